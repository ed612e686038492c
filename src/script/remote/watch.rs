//! A run behind a service, from the call that starts it to its end, even when the call is lost.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, Interval};

use super::answer::{Answer, ListedRun, Printed, Status};
use super::client::{Client, SETTING};
use super::log::{Seen, Standstill, Window, last_line, tells_of_success};
use crate::clock::{every, millis};
use crate::engine::Job;
use crate::error::{Error, Kind, Result};
use crate::http::Unanswered;
use crate::script::exit::{ALREADY, NO_RESULT, SUCCESS};
use crate::script::model::{End, Fate, RemotePlan, Report};
use crate::script::output::Output;
use crate::script::{SOURCE, describe};
use crate::text::{count, duration, excerpt};

/// How long a service that does not answer is asked again, once the call that runs the script is
/// lost.
const UNREACHABLE: Duration = Duration::from_mins(5);
const CALL: &str = "the call that runs the script";
const STOPPED: &str = "stopped at the server";
const LEFT: &str = "no longer followed";

pub struct Watch<'a> {
    client: &'a Client,
    plan: &'a RemotePlan,
    output: Output,
    job: &'a Job,
    window: Window,
    began: Instant,
    /// The lines that came with the log.
    seen: Seen,
    /// Whether lines of the log may be missing.
    gap: bool,
    /// How often in a row the service was idle and did not answer.
    idle: u32,
    asked_to_stop: bool,
    still: Standstill,
    /// The ids of the runs that the service listed before ours, where it lists runs.
    before: Option<Vec<String>>,
    /// The id of ours, once it was seen.
    ours: Option<String>,
    /// What the service says that the script printed: it counts, and not the log.
    printed: Option<Counted>,
}

/// How much a script printed, as its service returned it.
#[derive(Clone, Copy, Debug)]
struct Counted {
    lines: u64,
    bytes: u64,
    kept: u64,
    left_out: u64,
}

/// How the call that runs the script ended.
enum Call {
    Answered(Result<Answer, Unanswered>),
    Left(String),
}

impl<'a> Watch<'a> {
    pub fn new(client: &'a Client, plan: &'a RemotePlan, output: Output, job: &'a Job) -> Self {
        Self {
            client,
            plan,
            output,
            job,
            window: Window::default(),
            began: Instant::now(),
            seen: Seen::default(),
            gap: false,
            idle: 0,
            asked_to_stop: false,
            still: Standstill::new(Instant::now()),
            before: None,
            ours: plan.run.clone().filter(|_| plan.attach),
            printed: None,
        }
    }

    /// Notes the lines and the listed runs of before, which are not this run's.
    pub async fn skip_old(&mut self) {
        if let Ok(Some(log)) = self.client.log(self.job).await {
            self.window.advance(&log.text);
        }
        let ids = |runs: Vec<ListedRun>| runs.into_iter().map(|run| run.id).collect();
        self.before = self.listed().await.map(ids);
    }

    /// The runs of the service, where it lists them.
    async fn listed(&self) -> Option<Vec<ListedRun>> {
        if self.plan.no_stop.is_some() {
            return None;
        }
        self.client.runs(&self.job_for_requests()).await.ok()?.ok()
    }

    /// Notes the active run as ours, unless ours is known by now.
    async fn recognise(&mut self) {
        if self.ours.is_some() {
            return;
        }
        let going = self.listed().await.unwrap_or_default();
        let going = going
            .into_iter()
            .find(ListedRun::is_running)
            .map(|run| run.id);
        let known = self.before.as_deref().unwrap_or_default();
        self.ours = going.filter(|id| !known.contains(id));
    }

    /// What the service's list says of ours: the one that was seen, else the first after those
    /// that were there before.
    async fn row(&self) -> Option<ListedRun> {
        let runs = self.listed().await?;
        if let Some(ours) = &self.ours {
            return runs.into_iter().find(|run| run.id == *ours);
        }
        let before = self.before.as_ref()?;
        runs.into_iter().rfind(|run| !before.contains(&run.id))
    }

    /// Starts the script and watches it to its end.
    pub async fn run(mut self) -> Result<Report> {
        match self.call().await {
            Call::Left(why) => Ok(self.report(None, End::Left, why)),
            Call::Answered(Err(Unanswered::NotSent(trouble))) => Err(self
                .client
                .unanswered(CALL, &trouble.to_string())
                .hint(trouble.hint(SETTING))),
            Call::Answered(Err(Unanswered::Lost(trouble))) => {
                self.say(format!(
                    "{CALL} was lost ({trouble}); the script may still run: following status and log"
                ));
                self.follow().await
            }
            Call::Answered(Ok(answer)) => {
                self.poll_log().await;
                self.conclude(answer).await
            }
        }
    }

    /// The call, with a look at status and log from time to time.
    async fn call(&mut self) -> Call {
        let client = self.client;
        let job = self.job;
        let mut call = pin!(client.run());
        let mut pulse = self.pulse();
        loop {
            tokio::select! {
                biased;
                answered = &mut call => return Call::Answered(answered),
                () = job.insisted() => return Call::Left(LEFT.to_owned()),
                () = job.cancelled(), if !self.asked_to_stop => {
                    if let Err(why) = self.stop_or_leave().await {
                        return Call::Left(why);
                    }
                }
                // A look may be dropped in the middle: the next one sees what it missed.
                () = self.look(&mut pulse) => {}
            }
        }
    }

    async fn look(&mut self, pulse: &mut Interval) {
        pulse.tick().await;
        self.poll_log().await;
        self.poll_status().await;
    }

    /// Watches the service until it is idle; it does not say how the script ended.
    pub async fn follow(mut self) -> Result<Report> {
        let job = self.job;
        let mut pulse = self.pulse();
        let mut heard = Instant::now();
        loop {
            let moved = self.poll_log().await;
            match self.client.status(&self.job_for_requests()).await {
                Ok(Status::Idle) => break,
                Ok(Status::Running) => {
                    heard = Instant::now();
                    if let Some(length) = self.still.look(moved, heard) {
                        self.say(format!(
                            "{} says running, and its log has stood still for {}: its lock is \
                             probably stale",
                            self.client.name(),
                            duration(length)
                        ));
                    }
                    self.recognise().await;
                }
                Err(error) if error.kind() == Kind::Stopped => {}
                Err(error) if heard.elapsed() > UNREACHABLE => {
                    let why = lost_sight(&error);
                    return Ok(self.report(None, End::NoResult, why));
                }
                Err(error) => self.say(error.chain()),
            }
            tokio::select! {
                _ = pulse.tick() => {}
                () = job.insisted() => return Ok(self.report(None, End::Left, LEFT.to_owned())),
                () = job.cancelled(), if !self.asked_to_stop => {
                    if let Err(why) = self.stop_or_leave().await {
                        return Ok(self.report(None, End::Left, why));
                    }
                }
            }
        }
        self.poll_log().await;
        let (exit, end, why) = if self.asked_to_stop {
            (None, End::Stopped, STOPPED.to_owned())
        } else {
            self.end_there().await
        };
        Ok(self.report(exit, end, why))
    }

    /// How a run ended without an answer: by the service's list of runs, else, for a run that was
    /// attached to, by the last line of the log.
    async fn end_there(&self) -> (Option<i32>, End, String) {
        let row = self.row().await;
        let message = row.as_ref().and_then(|row| row.message.clone());
        let message = self.client.words(&message.unwrap_or_default());
        let verdict = row.and_then(|row| row.verdict);
        let line = last_line(self.window.lines());
        match (verdict.as_deref(), line) {
            (Some("clean"), _) => (Some(0), End::Success, SUCCESS.to_owned()),
            (Some("partial"), _) => (None, End::Partial, message),
            (Some("stopped"), _) => (None, End::Stopped, STOPPED.to_owned()),
            (Some("failed"), _) => (None, End::Failed, error_there(&message)),
            (_, Some(line)) if self.plan.attach && tells_of_success(line) => {
                let line = excerpt(line, 200);
                let why = format!("success, by the last line of its log: {line}");
                (None, End::Success, why)
            }
            (_, Some(line)) => {
                let line = excerpt(line, 200);
                let why = format!("{NO_RESULT}; the last line of its log: {line}");
                (None, End::NoResult, why)
            }
            (_, None) => (None, End::NoResult, NO_RESULT.to_owned()),
        }
    }

    async fn conclude(mut self, answer: Answer) -> Result<Report> {
        let (exit, end, meaning) = match answer {
            Answer::Success(printed) => {
                self.add_unseen(&printed);
                (Some(0), End::Success, SUCCESS.to_owned())
            }
            Answer::Error(message, printed) => {
                self.add_unseen(&printed);
                if self.asked_to_stop {
                    (None, End::Stopped, STOPPED.to_owned())
                } else {
                    (None, End::Failed, error_there(&message))
                }
            }
            // The answer for an active run, and for one that ended with exit 2.
            Answer::Running(message) => match self.client.status(&self.job_for_requests()).await {
                Ok(Status::Running) => (None, End::AlreadyRunning, message),
                Ok(Status::Idle) => {
                    let why =
                        "the script failed with exit 2: the server said running, and nothing runs";
                    (Some(ALREADY), End::Failed, why.to_owned())
                }
                Err(error) => (None, End::NoResult, lost_sight(&error)),
            },
            Answer::Unreadable(why) => (None, End::Unreadable, why),
        };
        Ok(self.report(exit, end, meaning))
    }

    /// As `stop`; a second request to stop waits for no answer.
    async fn stop_or_leave(&mut self) -> Result<(), String> {
        let job = self.job;
        tokio::select! {
            biased;
            () = job.insisted() => Err(LEFT.to_owned()),
            stopped = self.stop() => stopped,
        }
    }

    /// Asks the service to stop the run; `Err` says why it cannot.
    async fn stop(&mut self) -> Result<(), String> {
        self.asked_to_stop = true;
        if let Some(why) = &self.plan.no_stop {
            return Err(why.clone());
        }
        let job = self.job_for_requests();
        let run = self.client.running_run(&job).await;
        match run.map_err(|error| error.chain())?? {
            Some(run) => {
                let stopped = self.client.stop(&run, &job).await;
                stopped.map_err(|error| error.chain())?;
                self.say(describe::asked_to_stop(self.client.name()));
            }
            None => self.say(format!("{} knows of no run to stop", self.client.name())),
        }
        Ok(())
    }

    /// A stop ends the requests under way; those after it must not be interrupted.
    fn job_for_requests(&self) -> Job {
        if self.asked_to_stop {
            Job::silent()
        } else {
            self.job.clone()
        }
    }

    async fn poll_status(&mut self) {
        let status = self.client.status(&self.job_for_requests()).await;
        match status {
            Ok(Status::Running) => {
                self.idle = 0;
                self.recognise().await;
            }
            Ok(Status::Idle) => self.idle += 1,
            Err(_) => return,
        }
        // Once may be the moment between the end and its answer.
        if self.idle == 2 {
            self.say(format!(
                "{} says idle and holds its answer back: something in the background may keep the \
                 output open",
                self.client.name()
            ));
        }
    }

    /// Whether the log has new lines.
    async fn poll_log(&mut self) -> bool {
        // A log that cannot be read now may be at the next look; the run does not depend on it.
        let Ok(Some(log)) = self.client.log(&self.job_for_requests()).await else {
            return false;
        };
        let fresh = self.window.advance(&log.text);
        if fresh.gap {
            self.gap = true;
            self.add(Window::GAP);
        }
        let moved = !fresh.lines.is_empty();
        for line in fresh.lines {
            self.seen.add(&line);
            self.add(&line);
        }
        self.output.tell(self.job);
        moved
    }

    /// The output of the answer, where it says more than the log did. It is what counts.
    fn add_unseen(&mut self, printed: &Printed) {
        if printed.bytes == 0 {
            return;
        }
        let mut counted = Counted {
            lines: printed.lines,
            bytes: printed.bytes,
            kept: printed.bytes,
            left_out: printed.left_out(),
        };
        let text = String::from_utf8_lossy(&printed.first);
        if self.gap || counted.left_out > 0 || !self.seen.has_all(&text) {
            counted.kept = self.add_printed(printed);
        }
        self.printed = Some(counted);
    }

    /// Says how many bytes were kept.
    fn add_printed(&mut self, printed: &Printed) -> u64 {
        if !self.seen.is_empty() {
            self.add("── the whole output, as the server returned it ──");
        }
        let before = self.output.kept;
        self.output.take(&printed.first, self.job);
        let mut kept = self.output.kept - before;
        let left_out = printed.left_out();
        if left_out > 0 {
            self.say(format!(
                "the answer has {} bytes of output: the first and the last part are kept, {} bytes \
                 between them are not",
                count(printed.bytes),
                count(left_out)
            ));
            if !printed.first.ends_with(b"\n") {
                self.add("");
            }
            self.add(&format!(
                "── {} bytes of the output were left out here ──",
                count(left_out)
            ));
        }
        let before = self.output.kept;
        let (one, other) = printed.last.as_slices();
        self.output.take(one, self.job);
        self.output.take(other, self.job);
        kept += self.output.kept - before;
        kept
    }

    fn add(&mut self, line: &str) {
        self.output.take(format!("{line}\n").as_bytes(), self.job);
    }

    fn say(&self, text: String) {
        self.job.line(SOURCE, text);
    }

    fn pulse(&self) -> Interval {
        let period = Duration::from_millis(self.plan.poll_ms.max(10));
        let mut pulse = every(period);
        // The caller has just looked.
        pulse.reset();
        pulse
    }

    fn report(mut self, exit: Option<i32>, end: End, meaning: String) -> Report {
        self.output.tell(self.job);
        let counted = self.printed.unwrap_or(Counted {
            lines: self.output.lines(),
            bytes: self.output.bytes,
            kept: self.output.kept,
            left_out: 0,
        });
        Report {
            exit,
            meaning,
            signal: None,
            duration_ms: millis(self.began.elapsed()),
            script_ms: None,
            lines: counted.lines,
            bytes: counted.bytes,
            kept: counted.kept,
            left_out: counted.left_out,
            end,
            left: Vec::new(),
            left_fate: Fate::Alone,
        }
    }
}

fn lost_sight(error: &Error) -> String {
    format!("{NO_RESULT}: {}", error.chain())
}

fn error_there(message: &str) -> String {
    if message.is_empty() {
        "an error, without a message".to_owned()
    } else {
        message.to_owned()
    }
}
