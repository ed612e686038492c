//! What the runs of this machine know about the script: the active run, and earlier ones.
//!
//! The engine knows no runs; every face that shows or starts the script asks here.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;

use crate::engine::{Engine as _, Event};
use crate::error::Result;
use crate::run::{Entry, Follower, Id, Run, Runs, State};
use crate::script::{Last, Plan, RESOURCE, Report, SCRIPT_ITEM, Script, Target};
use crate::text::{age, scrub};

/// After how many minutes without output a warning is shown.
const SILENCE: u64 = 5;
/// After how many minutes of waiting for what a script left it needs attention.
const ATTENTION: i64 = 10;

/// A run of the script, with its plan and report where they can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    pub run: Run,
    pub plan: Option<Plan>,
    pub report: Option<Report>,
}

/// What can be seen of an active run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The script's own process.
    pub pid: Option<u32>,
    /// When it printed something for the last time.
    pub last_output: Option<Timestamp>,
    /// How many bytes of output are kept.
    pub bytes: u64,
    /// What is waited for, once the script itself has ended.
    pub waiting: Option<Waiting>,
}

/// A script that has ended while what it left in the background still runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// How the script ended: `ended with 0 after 6 s`.
    pub ended: String,
    /// `2 processes still run: 4711 (sleep 300), …`.
    pub left: String,
}

impl Activity {
    /// For how many minutes a script that began at `since` has printed nothing, from the limit on.
    /// One that has ended does not wait for input.
    pub fn silent_minutes(&self, since: Timestamp, now: Timestamp) -> Option<u64> {
        let silence = now.duration_since(self.last_output.unwrap_or(since));
        let minutes = u64::try_from(silence.as_mins()).unwrap_or(0);
        (self.waiting.is_none() && minutes >= SILENCE).then_some(minutes)
    }

    /// `last output 5 min ago`, for people.
    pub fn last_output(&self, now: Timestamp) -> String {
        match self.last_output {
            Some(at) => format!("last output {}", age(at, now)),
            None => "no output yet".to_owned(),
        }
    }
}

impl Waiting {
    /// `the script ended with 0 after 6 s; 2 processes still run: …`, for people.
    pub fn sentence(&self) -> String {
        scrub(&format!("the script {}; {}", self.ended, self.left))
    }

    /// For how many minutes it has lasted, once that needs attention.
    pub fn overdue_minutes(&self, now: Timestamp) -> Option<i64> {
        let minutes = now.duration_since(self.since).as_mins();
        (minutes >= ATTENTION).then_some(minutes)
    }
}

/// The active run of the script, or of the removal of its lock file. One that has reported and is
/// about to end does not count: a start waits for that moment.
pub fn running(runs: &Runs) -> Result<Option<Run>> {
    let holder = runs.holder(RESOURCE)?;
    Ok(holder.filter(|run| run.state == State::Running))
}

/// The run whose worker was killed, and whose script still runs.
pub fn orphaned(runs: &Runs) -> Result<Option<Run>> {
    let holder = runs.holder(RESOURCE)?;
    Ok(holder.filter(|run| run.orphan.is_some()))
}

/// The run that is [`running`], or else [`orphaned`].
pub fn in_hand(runs: &Runs) -> Result<Option<Run>> {
    let holder = runs.holder(RESOURCE)?;
    Ok(holder.filter(|run| run.state == State::Running || run.orphan.is_some()))
}

/// The newest runs of the script, the newest first.
pub fn past(runs: &Runs, count: usize) -> Result<Vec<Past>> {
    let all = runs.readable()?.into_iter();
    let ours = all.filter(|run| run.manifest.engine == Script::NAME);
    let past = ours.take(count).map(|run| Past {
        plan: runs.plan(run.id()).ok(),
        report: runs.report(run.id()).ok().and_then(|file| file.report),
        run,
    });
    Ok(past.collect())
}

/// The run before the next one.
pub fn last(runs: &Runs) -> Result<Option<Last>> {
    Ok(past(runs, 1)?.first().map(Past::last))
}

/// Looks at a run again and again, and reads of its journal only what is new.
#[derive(Debug)]
pub struct Observer {
    output: PathBuf,
    journal: Follower,
    seen: Activity,
}

impl Observer {
    pub fn new(runs: &Runs, id: Id) -> Self {
        Self {
            output: runs.output(id),
            journal: runs.follower(id, 0),
            seen: Activity::default(),
        }
    }

    pub fn look(&mut self) -> Activity {
        let output = fs::symlink_metadata(&self.output).ok();
        let (bytes, written) =
            output.map_or((0, None), |found| (found.len(), found.modified().ok()));
        let stamp = |at: SystemTime| Timestamp::try_from(at).ok();
        self.seen.last_output = written.filter(|_| bytes > 0).and_then(stamp);
        self.seen.bytes = bytes;
        // What cannot be read now may be at the next look.
        while let Ok(batch) = self.journal.next_batch()
            && !batch.is_empty()
        {
            for entry in batch {
                self.take(entry);
            }
        }
        self.seen.clone()
    }

    fn take(&mut self, entry: Entry) {
        match entry.event {
            // The first one is the script; the others are what it left.
            Event::Child { pid, .. } => {
                self.seen.pid.get_or_insert(pid);
            }
            Event::Item { key, state, note } if key == SCRIPT_ITEM => {
                let since = self.seen.waiting.as_ref().map(|waiting| waiting.since);
                self.seen.waiting = Some(Waiting {
                    since: since.unwrap_or(entry.at),
                    ended: state,
                    left: note,
                });
            }
            _ => {}
        }
    }
}

pub fn activity(runs: &Runs, id: Id) -> Activity {
    Observer::new(runs, id).look()
}

impl Past {
    /// As plans keep it.
    pub fn last(&self) -> Last {
        let manifest = &self.run.manifest;
        let sha256 = match self.plan.as_ref().map(|plan| &plan.target) {
            Some(Target::Local(local)) => local.sha256.clone(),
            _ => None,
        };
        Last {
            run: manifest.id.to_string(),
            started: manifest.created,
            operator: manifest.operator.to_string(),
            sha256,
            meaning: self.meaning(),
        }
    }

    /// How it ended, in a few words; `None` while it runs.
    pub fn meaning(&self) -> Option<String> {
        match (&self.run.state, &self.report) {
            (State::Running, _) => None,
            (_, Some(report)) => Some(report.meaning.clone()),
            (_, None) => self.run.failure().map(|failure| failure.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan as _;

    #[test]
    fn a_wait_of_ten_minutes_needs_attention_and_silence_is_then_no_matter() {
        let since: Timestamp = "2026-11-08T07:00:00Z".parse().unwrap();
        let at = |minutes: i64| since + minutes.minutes();
        let waiting = Waiting {
            since,
            ended: "ended with 0 after 6 s".into(),
            left: "1 process still runs: 4711 (sleep 300)".into(),
        };
        assert_eq!(waiting.overdue_minutes(at(9)), None);
        assert_eq!(waiting.overdue_minutes(at(12)), Some(12));
        let mut activity = Activity::default();
        assert_eq!(activity.silent_minutes(since, at(4)), None);
        assert_eq!(activity.silent_minutes(since, at(6)), Some(6));
        activity.waiting = Some(waiting);
        assert_eq!(activity.silent_minutes(since, at(60)), None);
    }
}
