//! Runs a script of this machine to its end, or stops it: group by group, with a countdown.
//!
//! ```text
//!   spawned ─ runs ──────────▶ ended ─ what it left in the background has the output ──▶ Report
//!                └ stop, time limit: TERM ─ grace ─ KILL ─▶ no process is left ─┘
//! ```
//! The run lasts as long as a process has the script's output open, as behind a pipe, unless the
//! settings say otherwise; a process that has closed it is left alone. The environment is little and
//! the same from every shell and screen; secrets of selaras are passed on only by name.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::process::Signal;
use tokio::time::{Instant, sleep, sleep_until};

use super::exit::{self, Read};
use super::lock::{self, Evidence};
use super::model::{Fate, Left, LocalPlan, Report};
use super::output::Output;
use super::pty_reader::PtyReader;
use super::session::{Session, Waiting};
use super::{SOURCE, describe, look};
use crate::clock::{every, millis};
use crate::config::{Leftovers, LocalScript};
use crate::engine::{Event, Job};
use crate::error::{Error, Result};
use crate::proc;
use crate::text::duration;

/// How often the output is reported, and the processes that are left are looked at.
const PULSE: Duration = Duration::from_millis(100);
/// How long the output may be quiet, and how long it may last, once the script has ended.
const DRAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How long killed processes may take to go. One that hangs in the kernel goes when that lets it.
const KILL_WAIT: Duration = Duration::from_secs(5);

/// What every script gets.
const USUAL: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "TZ", "TERM"];
/// For a caller that has none, such as a timer; the usual one of a shell.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// For a caller without a terminal: the script has one.
const DEFAULT_TERM: &str = "xterm-256color";

/// Why a script is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Asked,
    TimeLimit,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Runs,
    Grace { since: Instant },
    Killed { since: Instant },
}

/// Why and when a stop began.
#[derive(Clone, Copy, Debug)]
struct Stop {
    why: Why,
    /// The script's own process had ended before.
    after_end: bool,
}

/// How the script's own process ended.
struct Ended {
    /// How long it took.
    after: Duration,
    read: Read,
    waiting: Waiting,
}

struct Running {
    child: Box<dyn ChildWrapper>,
    session: Session,
    reader: PtyReader,
    output: Output,
    began: Instant,
    grace: Duration,
    deadline: Option<Instant>,
    leftovers: Leftovers,
    phase: Phase,
    stop: Option<Stop>,
    ended: Option<Ended>,
    /// No process that could be ended was left at the last look.
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
    running.follow(plan, job).await?;
    running.drain(job).await;
    let (left, fate) = running.leave(job);
    running.output.tell(job);
    Ok(running.report(left, fate))
}

impl Running {
    fn start(plan: &LocalPlan, settings: &LocalScript, output: Output) -> Result<Self> {
        let failed = |cause| Error::local("Failed to execute sync script").because(cause);
        let (reader, end, terminal) = PtyReader::open().map_err(failed)?;
        let [out, err] = [end.try_clone(), Ok(end)];
        let [out, err] = [out.map_err(failed)?, err.map_err(failed)?];
        let (program, arguments) =
            (plan.command.split_first()).ok_or_else(|| Error::bug("the plan has no command"))?;
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments)
                .env_clear()
                .envs(clean_environment(&settings.pass_env))
                .current_dir(&plan.folder)
                .stdin(Stdio::null())
                .stdout(out)
                .stderr(err);
        });
        command.wrap(ProcessSession);
        proc::default_for_children();
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
            session: Session::new(leader, terminal),
            reader,
            output,
            began,
            grace: settings.grace,
            deadline: settings.time_limit.map(|limit| began + limit),
            leftovers: settings.leftovers,
            phase: Phase::Runs,
            stop: None,
            ended: None,
            alone: false,
        })
    }

    /// Until the script has ended and no process has its output, or, after a stop, none is left.
    async fn follow(&mut self, plan: &LocalPlan, job: &Job) -> Result<()> {
        let mut pulse = every(PULSE);
        while !self.is_over() {
            let deadline = self.next_deadline();
            tokio::select! {
                bytes = self.reader.next(), if self.reader.is_open() => self.output.take(bytes, job),
                status = self.child.wait(), if self.ended.is_none() => {
                    self.has_ended(status.ok(), plan).await?;
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
        Ok(())
    }

    /// Notes how the script's own process ended; `None` where the kernel did not tell.
    async fn has_ended(&mut self, status: Option<ExitStatus>, plan: &LocalPlan) -> Result<()> {
        let after = self.began.elapsed();
        let code = status.map(exit::code);
        let read = match code {
            None => exit::unknown(),
            // The lock is looked at now: what was left may take hours.
            Some(code) if self.stop.is_none() && exit::is_ambiguous(code) => {
                exit::read(code, &others(plan, self.session.leader).await?)
            }
            Some(code) => exit::read(code, &[]),
        };
        self.ended = Some(Ended {
            after,
            read,
            waiting: Waiting::new(code, after),
        });
        self.output.expects_silence();
        if self.stop.is_some() {
            self.alone = self.session.find().is_over();
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.ended.is_some()
            && match self.phase {
                Phase::Runs => self.leftovers != Leftovers::Wait || !self.reader.is_open(),
                Phase::Grace { .. } => self.alone,
                Phase::Killed { since } => self.alone || since.elapsed() > KILL_WAIT,
            }
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Runs => self.deadline,
            Phase::Grace { since } => Some(since + self.grace),
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
            job.line(SOURCE, "the time limit is reached");
        }
        let grace = duration(self.grace);
        job.line(
            SOURCE,
            format!("TERM sent to all of it; KILL follows in {grace}"),
        );
        self.session.find().signal(Signal::TERM);
        self.stops(why);
        let since = Instant::now();
        self.phase = Phase::Grace { since };
    }

    fn kill(&mut self, job: &Job) {
        job.line(SOURCE, "KILL sent to all of it");
        self.session.find().signal(Signal::KILL);
        self.stops(Why::Asked);
        let since = Instant::now();
        self.phase = Phase::Killed { since };
    }

    /// Notes the first reason.
    fn stops(&mut self, why: Why) {
        let after_end = self.ended.is_some();
        self.stop.get_or_insert(Stop { why, after_end });
    }

    fn look(&mut self, job: &Job) {
        self.output.tell(job);
        match self.phase {
            Phase::Runs => {
                if let Some(ended) = &mut self.ended {
                    ended.waiting.look(&self.session, job);
                }
                return;
            }
            Phase::Grace { since } => {
                let gone = since.elapsed().min(self.grace).as_secs();
                job.step("until KILL", gone, Some(self.grace.as_secs().max(1)));
            }
            Phase::Killed { .. } => {}
        }
        let found = self.session.find();
        if matches!(self.phase, Phase::Killed { .. }) {
            // Processes that began while the others were being killed.
            found.signal(Signal::KILL);
        }
        self.alone = found.is_over();
    }

    /// What was printed before the end and not read yet.
    async fn drain(&mut self, job: &Job) {
        let (quiet, all) = DRAIN;
        let deadline = Instant::now() + all;
        while self.reader.is_open() {
            tokio::select! {
                bytes = self.reader.next() => self.output.take(bytes, job),
                () = sleep(quiet) => return,
                () = sleep_until(deadline) => return,
            }
            // A child that never stops printing leaves no pause for the timer alone.
            if Instant::now() >= deadline {
                return;
            }
        }
    }

    /// Who is still there, and what becomes of them.
    fn leave(&self, job: &Job) -> (Vec<Left>, Fate) {
        if self.stop.is_none() && self.leftovers == Leftovers::Wait {
            return (Vec::new(), Fate::Alone);
        }
        let found = self.session.find();
        let left = found.named();
        let fate = match (self.stop, self.leftovers) {
            (Some(_), _) => Fate::NotEnded,
            (None, Leftovers::Hup) => Fate::Hup,
            (None, _) => Fate::Alone,
        };
        if !left.is_empty() {
            job.line(SOURCE, describe::left_behind(&left, fate));
        }
        if fate == Fate::Hup {
            found.signal(Signal::HUP);
        }
        (left, fate)
    }

    fn report(self, left: Vec<Left>, left_fate: Fate) -> Report {
        let duration = self.began.elapsed();
        let killed = matches!(self.phase, Phase::Killed { .. });
        let (after, own) = match self.ended {
            Some(ended) => (Some(ended.after), ended.read),
            None => (None, exit::unknown()),
        };
        let read = match (self.stop, own.exit) {
            (Some(stop), _) if stop.after_end => {
                exit::cut_after(&own, stop.why == Why::TimeLimit, killed)
            }
            (Some(stop), Some(code)) if stop.why == Why::TimeLimit => {
                exit::time_limit(code, killed)
            }
            (Some(_), Some(code)) => exit::stopped(code, killed),
            (_, _) => own,
        };
        Report {
            exit: read.exit,
            meaning: read.meaning,
            signal: read.signal,
            duration_ms: millis(duration),
            script_ms: after.map(millis),
            lines: self.output.lines(),
            bytes: self.output.bytes,
            kept: self.output.kept,
            left_out: 0,
            end: read.end,
            left,
            left_fate,
        }
    }
}

/// Who else has the lock, or runs the script.
async fn others(plan: &LocalPlan, session: u32) -> Result<Vec<Evidence>> {
    let script = plan.path.clone();
    let lock = plan.lock.as_ref().map(|lock| lock.path.clone());
    look(move || Ok(lock::holders(lock.as_deref(), &script, Some(session)))).await
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The usual variables and those of `pass`, where they are set.
fn clean_environment(pass: &[String]) -> Vec<(String, OsString)> {
    let names = USUAL.iter().copied().chain(pass.iter().map(String::as_str));
    names
        .filter_map(|name| {
            let set = std::env::var_os(name);
            let value = match default_value(name) {
                Some(default) => set
                    .filter(|value| !value.is_empty())
                    .unwrap_or(default.into()),
                None => set?,
            };
            Some((name.to_owned(), value))
        })
        .collect()
}

fn default_value(name: &str) -> Option<&'static str> {
    match name {
        "PATH" => Some(DEFAULT_PATH),
        "TERM" => Some(DEFAULT_TERM),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_and_what_is_asked_for_is_passed_on() {
        let given = clean_environment(&[
            "CARGO_MANIFEST_DIR".to_owned(),
            "NOT_SET_ANYWHERE".to_owned(),
        ]);
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"CARGO_MANIFEST_DIR"));
        assert!(names.contains(&"PATH") && names.contains(&"TERM"));
        assert!(!names.contains(&"CARGO_PKG_NAME") && !names.contains(&"NOT_SET_ANYWHERE"));
    }
}
