//! What the runs of this machine know about the script: the run that goes on, and earlier ones.
//!
//! The engine knows no runs; every face that shows or starts the script asks here.

use std::fs;
use std::time::SystemTime;

use jiff::Timestamp;

use crate::engine::{Engine as _, Event};
use crate::error::Result;
use crate::run::{Id, Run, Runs, State};
use crate::script::{Last, Plan, RESOURCE, Report, Script, Target};

/// A run of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The run.
    pub run: Run,
    /// What it was to do, where that can be read.
    pub plan: Option<Plan>,
    /// What came of it, where that can be read.
    pub report: Option<Report>,
}

/// What can be seen of a run while it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The script's own process.
    pub pid: Option<u32>,
    /// When it printed something for the last time.
    pub last_output: Option<Timestamp>,
    /// How many bytes of output are kept.
    pub bytes: u64,
}

/// The run that has the script, or its lock file, in hand now. One that has reported and is about
/// to leave does not count: whoever starts waits for that moment.
pub fn running(runs: &Runs) -> Result<Option<Run>> {
    let holder = runs.holder(RESOURCE)?;
    Ok(holder.filter(|run| run.state == State::Running))
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

/// What can be seen of a run.
pub fn activity(runs: &Runs, id: Id) -> Activity {
    let output = fs::symlink_metadata(runs.output(id)).ok();
    let (bytes, written) = output.map_or((0, None), |found| (found.len(), found.modified().ok()));
    let stamp = |at: SystemTime| Timestamp::try_from(at).ok();
    Activity {
        pid: child(runs, id),
        last_output: written.filter(|_| bytes > 0).and_then(stamp),
        bytes,
    }
}

/// The journal names it among its first lines.
fn child(runs: &Runs, id: Id) -> Option<u32> {
    let batch = runs.follower(id, 0).next_batch().ok()?;
    batch.iter().find_map(|entry| match entry.event {
        Event::Child { pid, .. } => Some(pid),
        _ => None,
    })
}

impl Past {
    /// The same for a plan.
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

    /// How it ended, in a few words; `None` while it goes on.
    pub fn meaning(&self) -> Option<String> {
        match (&self.run.state, &self.report) {
            (State::Running, _) => None,
            (_, Some(report)) => Some(report.meaning.clone()),
            (_, None) => self.run.failure().map(|failure| failure.message),
        }
    }
}
