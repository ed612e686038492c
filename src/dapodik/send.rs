//! The calls that are sent once and answered at once: one PTK, all PTK, all schools.
//!
//! A backend tells no more of the last two than that it has begun. Our own server names the run it
//! began, and lists its runs: that one is looked at until it has ended.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::backend::{Backend, CallOutcome, RunState};
use super::model::{End, Finding, Plan, Report, Scope, WhenRunning};
use super::{Dapodik, US, describe, planning};
use crate::engine::Job;
use crate::error::{Error, Kind, Result};
use crate::text::{count, short_id};

/// After how many looks in vain a server is given up.
const VAIN: u32 = 30;

impl Dapodik {
    /// Sends the call of a plan; where the answer names a run, follows that to its end.
    pub(super) async fn send(&self, backend: &Backend, plan: &Plan, job: &Job) -> Result<Report> {
        // Signs in, and sees that no sync began meanwhile.
        let now = backend.metadata(job).await?;
        let begun = now.is_running() && !plan.metadata.is_running();
        if begun && plan.when_running == WhenRunning::Refuse && !is_one_ptk(&plan.scope) {
            return Err(describe::running(plan));
        }
        if let Some(shown) = &plan.emptied {
            // What was confirmed is a figure: more than that was not.
            let now = planning::emptied(self).await.and_then(|now| now.rows);
            if let (Some(now), Some(shown)) = (now, shown.rows)
                && now > shown
            {
                let why = format!(
                    "{} rows would lose a value by now, {} when it was shown",
                    count(now),
                    count(shown)
                );
                return Err(Error::stale(why).hint(describe::HINT_PLAN_AGAIN));
            }
        }
        let what = describe::scope(&plan.scope, &plan.kecamatan);
        job.stage(format!("ask for {what}"));
        let body = match &plan.scope {
            Scope::Ptk { nik, npsn } => {
                Some(serde_json::json!({"nik": nik.expose(), "npsn": npsn.as_str()}))
            }
            _ => None,
        };
        let path = plan.scope.path();
        let acted = backend.act(&path, body.as_ref(), &what, job).await;
        let (end, message) = match acted {
            CallOutcome::Done { said, .. } if is_one_ptk(&plan.scope) => (End::Done, Some(said)),
            CallOutcome::Done { said, run } => match run {
                Some(run) => (self.attend(backend, run, job).await, Some(said)),
                None => (End::Started, Some(said)),
            },
            // Another sync runs there: nothing was begun.
            CallOutcome::Refused(error) if error.kind() == Kind::Busy => return Err(error),
            CallOutcome::Refused(error) => (End::Failed(error.into()), None),
            CallOutcome::Unknown(error) if error.kind() == Kind::Stopped => (
                End::Stopped(
                    "stopped waiting for the answer; the backend may have done it all the same"
                        .to_owned(),
                ),
                None,
            ),
            CallOutcome::Unknown(error) => (End::Interrupted(error.into()), None),
        };
        let mut report = Report::of(what, end);
        report.ptk = (is_one_ptk(&plan.scope) && report.end == End::Done).then_some(1);
        report.message = message.filter(|message| !message.is_empty());
        if let (Scope::Ptk { nik, .. }, End::Failed(failure)) = (&plan.scope, &report.end) {
            report.skipped.push(Finding {
                key: nik.to_string(),
                label: nik.to_string(),
                reason: failure.message.clone(),
                kecamatan: None,
            });
        }
        Ok(report)
    }

    /// Looks at a run of our own server until it has ended. A stop is passed on to the server.
    async fn attend(&self, backend: &Backend, run: Uuid, job: &Job) -> End {
        job.stage(format!("follow run {} of the server", short_id(run)));
        let deadline = Instant::now() + self.timeouts.watch;
        let (mut vain, mut stopping) = (0, false);
        loop {
            // The run's own job asks nothing any more once it was stopped.
            let asker = if stopping { &Job::silent() } else { job };
            let seen = backend.run_state(run, asker).await;
            match &seen {
                Ok(RunState::Ended(end)) => return end.clone(),
                Ok(RunState::NoList) => return End::Started,
                Ok(RunState::Unknown) => {
                    return given_up("the server does not know its run any more".to_owned());
                }
                Ok(RunState::Running) => vain = 0,
                Err(_) => vain += 1,
            }
            if vain >= VAIN || Instant::now() >= deadline {
                let last = seen.err().map(|error| error.chain());
                return given_up(format!(
                    "the end of the server's run was not seen; the last that was known: {}",
                    last.unwrap_or_default()
                ));
            }
            tokio::select! {
                biased;
                () = job.insisted(), if stopping => return stopped_waiting(),
                () = job.cancelled(), if !stopping => {
                    if !backend.stop(&run.to_string()).await {
                        return stopped_waiting();
                    }
                    job.line(US, describe::STOP_ASKED);
                    stopping = true;
                }
                () = sleep(self.next_look(stopping)) => {}
            }
        }
    }

    /// A server that was asked to stop is soon done.
    fn next_look(&self, stopping: bool) -> Duration {
        if stopping {
            self.timeouts.settle
        } else {
            self.timeouts.poll
        }
    }
}

fn given_up(why: String) -> End {
    End::Interrupted(Error::remote(why).hint(describe::HINT_LOOK_FIRST).into())
}

fn stopped_waiting() -> End {
    let what = "stopped waiting for the server's run; it was not stopped and may still be at work";
    End::Stopped(what.to_owned())
}

fn is_one_ptk(scope: &Scope) -> bool {
    matches!(scope, Scope::Ptk { .. })
}
