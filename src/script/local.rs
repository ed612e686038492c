//! Runs a script of this machine to its end, or stops it: group by group, with a countdown.
//!
//! ```text
//!   spawned ─ runs ─────────────────────────▶ ended ─ drained ─ the left behind get HUP ─▶ Report
//!                └ stop, time limit: TERM ─ grace ─ KILL ─▶ nobody of it is left ─┘
//! ```
//! The end is that of the script's own process, not of its output: a background child may keep
//! that open for ever.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::process::Signal;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until};

use super::environment;
use super::exit::{self, Read};
use super::lock::{self, Evidence};
use super::model::{Left, LocalPlan, Report};
use super::output::Output;
use super::session::Session;
use super::tap::Tap;
use super::{look, words};
use crate::config::LocalScript;
use crate::engine::{Event, Job};
use crate::error::{Error, Result};
use crate::proc::signals;

/// How often what goes on is told, and who is left is looked at.
const PULSE: Duration = Duration::from_millis(100);
/// How long the output may be quiet, and how long it may last, once the script has ended.
const DRAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How long killed processes may take to go. One that hangs in the kernel goes when that lets it.
const BURIAL: Duration = Duration::from_secs(5);

/// Why a script is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Asked,
    TimeLimit,
}

/// How far a stop has come.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Runs,
    Grace { why: Why, since: Instant },
    Killed { why: Why, since: Instant },
}

/// A script that was started.
struct Running {
    child: Box<dyn ChildWrapper>,
    session: Session,
    tap: Tap,
    output: Output,
    began: Instant,
    grace: Duration,
    deadline: Option<Instant>,
    phase: Phase,
    ended: bool,
    /// How its process ended; `None` where the kernel did not tell.
    status: Option<ExitStatus>,
    /// Nobody of its session was left at the last look.
    alone: bool,
}

/// Runs the script of `plan`, which was checked again just now.
pub async fn run(
    plan: &LocalPlan,
    settings: &LocalScript,
    output: Output,
    job: &Job,
) -> Result<Report> {
    let mut running = Running::start(plan, settings, output)?;
    let pid = running.session.leader;
    job.say(Event::Child { pid, born: None });
    running.follow(job).await;
    running.drain(job).await;
    let left = running.hang_up(job);
    running.output.tell(job);
    running.report(plan, left).await
}

impl Running {
    fn start(plan: &LocalPlan, settings: &LocalScript, output: Output) -> Result<Self> {
        let failed = |cause| words::failed_to_execute(cause);
        let (tap, end) = Tap::open().map_err(failed)?;
        let [out, err] = [end.try_clone(), Ok(end)];
        let [out, err] = [out.map_err(failed)?, err.map_err(failed)?];
        let (program, arguments) = plan.command.split_first().ok_or_else(words::no_command)?;
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments)
                .env_clear()
                .envs(environment::clean(&settings.pass_env))
                .current_dir(&plan.folder)
                .stdin(Stdio::null())
                .stdout(out)
                .stderr(err);
        });
        command.wrap(ProcessSession);
        signals::default_for_children();
        // The plain child: the wrapper would wait for the whole group.
        let child = command.spawn().map_err(failed)?.into_inner();
        // With it goes our copy of the other end of the pseudo-terminal.
        drop(command);
        let leader = child
            .id()
            .ok_or_else(|| Error::bug("a new child has no pid"))?;
        let began = Instant::now();
        Ok(Self {
            child,
            session: Session { leader },
            tap,
            output,
            began,
            grace: settings.grace,
            deadline: settings.time_limit.map(|limit| began + limit),
            phase: Phase::Runs,
            ended: false,
            status: None,
            alone: false,
        })
    }

    /// Until the script has ended, and nobody is left where it was stopped.
    async fn follow(&mut self, job: &Job) {
        let mut pulse = pulse();
        while !self.is_over() {
            let deadline = self.next_deadline();
            tokio::select! {
                bytes = self.tap.next(), if self.tap.is_open() => self.output.take(bytes, job),
                status = self.child.wait(), if !self.ended => {
                    self.ended = true;
                    self.status = status.ok();
                    self.alone = self.session.is_empty();
                }
                () = job.cancelled(), if matches!(self.phase, Phase::Runs) => {
                    self.terminate(Why::Asked, job);
                }
                () = job.insisted(), if !matches!(self.phase, Phase::Killed { .. }) => {
                    self.kill(job);
                }
                () = until(deadline), if deadline.is_some() => self.time_is_up(job),
                _ = pulse.tick() => self.look(job),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ended
            && match self.phase {
                Phase::Runs => true,
                Phase::Grace { .. } => self.alone,
                Phase::Killed { since, .. } => self.alone || since.elapsed() > BURIAL,
            }
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Runs => self.deadline,
            Phase::Grace { since, .. } => Some(since + self.grace),
            Phase::Killed { .. } => None,
        }
    }

    fn time_is_up(&mut self, job: &Job) {
        match self.phase {
            Phase::Runs => self.terminate(Why::TimeLimit, job),
            Phase::Grace { .. } => self.kill(job),
            Phase::Killed { .. } => {}
        }
    }

    fn terminate(&mut self, why: Why, job: &Job) {
        if why == Why::TimeLimit {
            job.line(words::SOURCE, words::time_limit_reached());
        }
        job.line(words::SOURCE, words::terminated(self.grace));
        self.session.signal(Signal::TERM);
        let since = Instant::now();
        self.phase = Phase::Grace { why, since };
    }

    fn kill(&mut self, job: &Job) {
        let why = self.why().unwrap_or(Why::Asked);
        job.line(words::SOURCE, words::killed());
        self.session.signal(Signal::KILL);
        let since = Instant::now();
        self.phase = Phase::Killed { why, since };
    }

    fn why(&self) -> Option<Why> {
        match self.phase {
            Phase::Runs => None,
            Phase::Grace { why, .. } | Phase::Killed { why, .. } => Some(why),
        }
    }

    /// What a pulse is for.
    fn look(&mut self, job: &Job) {
        self.output.tell(job);
        match self.phase {
            Phase::Runs => return,
            Phase::Grace { since, .. } => {
                let gone = since.elapsed().min(self.grace).as_secs();
                job.step(words::COUNTDOWN, gone, Some(self.grace.as_secs().max(1)));
            }
            // Whoever was born while the others were being killed.
            Phase::Killed { .. } => self.session.signal(Signal::KILL),
        }
        self.alone = self.session.is_empty();
    }

    /// What was printed before the end and not read yet.
    async fn drain(&mut self, job: &Job) {
        let (quiet, all) = DRAIN;
        let deadline = Instant::now() + all;
        while self.tap.is_open() {
            tokio::select! {
                bytes = self.tap.next() => self.output.take(bytes, job),
                () = sleep(quiet) => return,
                () = sleep_until(deadline) => return,
            }
            // A child that never stops printing leaves no pause for the timer alone.
            if Instant::now() >= deadline {
                return;
            }
        }
    }

    /// What the script left in the background is told, and sent HUP.
    fn hang_up(&self, job: &Job) -> Vec<Left> {
        let left = self.session.named();
        if !left.is_empty() {
            job.line(words::SOURCE, words::left_behind(&left));
            self.session.signal(Signal::HUP);
        }
        left
    }

    async fn report(self, plan: &LocalPlan, left: Vec<Left>) -> Result<Report> {
        let duration = self.began.elapsed();
        let read = self.read(plan).await?;
        Ok(Report {
            exit: read.exit,
            meaning: read.meaning,
            signal: read.signal,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            lines: self.output.lines(),
            bytes: self.output.bytes,
            kept: self.output.kept,
            end: read.end,
            left,
        })
    }

    async fn read(&self, plan: &LocalPlan) -> Result<Read> {
        let Some(code) = self.status.map(exit::code) else {
            return Ok(exit::unknown());
        };
        let killed = matches!(self.phase, Phase::Killed { .. });
        Ok(match self.why() {
            Some(Why::Asked) => exit::stopped(code, killed),
            Some(Why::TimeLimit) => exit::time_limit(code, killed),
            None if exit::is_ambiguous(code) => {
                exit::read(code, &others(plan, self.session).await?)
            }
            None => exit::read(code, &[]),
        })
    }
}

/// Who else has the lock, or runs the script.
async fn others(plan: &LocalPlan, session: Session) -> Result<Vec<Evidence>> {
    let script = plan.path.clone();
    let lock = plan.lock.as_ref().map(|lock| lock.path.clone());
    let except = Some(session.leader);
    look(move || Ok(lock::holders(lock.as_deref(), &script, except))).await
}

fn pulse() -> Interval {
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pulse
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
