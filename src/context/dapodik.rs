//! What the runs of this machine know about syncs: how long they took, what can be continued, what
//! died and left RUNNING.
//!
//! The engine knows no runs; every face that plans a sync asks here.

use std::time::Duration;

use crate::dapodik::model::{DiedRun, Resume};
use crate::dapodik::tables::Moment;
use crate::dapodik::{Dapodik, Plan, RESOURCE, Report, Request, Scope, WhenRunning};
use crate::engine::{BEGUN, Engine as _, Event, STORED};
use crate::error::{Error, Result};
use crate::run::{Entry, Id, Run, Runs, State};

/// A request with what earlier runs tell.
pub fn request(runs: &Runs, scope: Scope, when_running: WhenRunning) -> Result<Request> {
    let took = took(runs, &scope)?;
    Ok(Request {
        when_running,
        took_ms: took.and_then(|took| u64::try_from(took.as_millis()).ok()),
        died: died(runs)?,
        ..Request::of(scope)
    })
}

/// The sync that is running on this machine.
pub fn running(runs: &Runs) -> Result<Option<Run>> {
    let holder = runs.holder(RESOURCE)?;
    Ok(holder.filter(|run| run.state == State::Running))
}

/// How long the same took when it was last done.
pub fn took(runs: &Runs, scope: &Scope) -> Result<Option<Duration>> {
    runs.newest(Dapodik::NAME, |plan: Plan, report: Report, _| {
        let same =
            plan.scope == *scope && plan.portal.as_ref().is_none_or(|own| own.resume.is_none());
        same.then(|| report.took()).flatten()
    })
}

/// The newest global sync of our own that did not come to its end, or left something out; `None`
/// where a later one was clean.
pub fn resumable(runs: &Runs) -> Result<Option<Run>> {
    for run in runs.readable()? {
        if !is_global(&run) || run.state == State::Running {
            continue;
        }
        if run.exit() == Some(0) {
            return Ok(None);
        }
        if runs
            .plan::<Plan>(run.id())
            .is_ok_and(|plan| plan.portal.is_some())
        {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// What a run has done, to be continued. One that itself continued another has what that had done.
pub fn resume(runs: &Runs, id: Id) -> Result<Resume> {
    let run = runs.get(id)?;
    let short = id.short();
    if run.manifest.engine != Dapodik::NAME || !is_global(&run) {
        let why = format!("run {short} is no global sync of Dapodik");
        return Err(Error::usage(why).hint("`selaras runs list` shows which runs there are"));
    }
    if run.state == State::Running {
        return Err(run.busy());
    }
    if run.exit() == Some(0) {
        let why = format!("run {short} stored all there was: nothing is left to continue");
        return Err(Error::usage(why).hint("plan a new one: `selaras dapodik global`"));
    }
    let plan: Plan = runs.plan(id)?;
    let Some(own) = plan.portal else {
        let why = format!("run {short} followed a backend, which cannot be continued");
        return Err(Error::usage(why).hint("plan a new one: `selaras dapodik global`"));
    };
    let mut start = None;
    let mut done = Vec::new();
    if let Some(before) = own.resume {
        start = Some(before.start);
        done = before.done;
    }
    each(runs, id, |entry| match entry.event {
        Event::Item { key, state, .. } if state == BEGUN => {
            start.get_or_insert(Moment(key));
        }
        Event::Item { key, state, .. } if state == STORED => {
            if let Some((_, npsn)) = key.split_once('/') {
                done.push(npsn.to_owned());
            }
        }
        _ => {}
    })?;
    let Some(start) = start else {
        let why = format!("run {short} ended before it had stored anything");
        return Err(Error::usage(why).hint("plan a new one: `selaras dapodik global`"));
    };
    done.sort();
    done.dedup();
    Ok(Resume {
        run: id.uuid(),
        start,
        database: plan.database,
        done,
    })
}

/// The newest global sync of our own that wrote anything, where it did not take RUNNING back: it
/// died, or lost its database.
fn died(runs: &Runs) -> Result<Option<DiedRun>> {
    for run in runs.readable()? {
        if !is_global(&run) || run.state == State::Running {
            continue;
        }
        let Ok(plan) = runs.plan::<Plan>(run.id()) else {
            return Ok(None);
        };
        if plan.portal.is_none() {
            return Ok(None);
        }
        let (mut last, mut has_begun) = (run.manifest.created, false);
        each(runs, run.id(), |entry| {
            last = entry.at;
            has_begun |= matches!(&entry.event, Event::Item { state, .. } if state == BEGUN);
        })?;
        // One that was refused wrote nothing: the one before it tells.
        if !has_begun {
            continue;
        }
        let left = run.state == State::Died || {
            let file = runs.report::<Report>(run.id());
            let work = file.ok().and_then(|file| file.report?.work);
            work.is_some_and(|work| work.left_running)
        };
        return Ok(left.then(|| DiedRun {
            run: run.id().uuid(),
            last,
            database: plan.database,
        }));
    }
    Ok(None)
}

fn is_global(run: &Run) -> bool {
    let request = serde_json::from_value::<Request>(run.manifest.request.clone());
    let global = request.is_ok_and(|request| request.scope == Scope::Global);
    run.manifest.engine == Dapodik::NAME && global
}

/// Reads a journal as far as it was written.
fn each(runs: &Runs, id: Id, mut read: impl FnMut(Entry)) -> Result<()> {
    let mut journal = runs.follower(id, 0);
    loop {
        let batch = journal.next_batch()?;
        if batch.is_empty() {
            return Ok(());
        }
        batch.into_iter().for_each(&mut read);
    }
}
