//! One location's part of a plan, written in one transaction or not at all.
//!
//! ```text
//!   lock ─ BEGIN ─ marker there? ─ re-read all rows ─ as the plan saw them? ─ write ─ mark ─ COMMIT
//!                     │                                    │ no
//!                     └─ done before                       └─ ROLLBACK, the difference is the answer
//! ```
//! Counts and the lock are checked before the commit. Only a failed commit leaves doubt; whoever
//! called decides it by the marker row, over a new connection.

use std::sync::atomic::{AtomicBool, Ordering};

use super::drift;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::users::model::{Drift, LocationPlan, Row, RowId, Status};
use crate::users::store::{BATCH, Marker, Signature, Store, TO_REMOVE, TO_SYNC, Wait};
use crate::users::words;

/// How writing a location's part ended.
#[derive(Debug)]
pub enum Applied {
    /// All of it is in the database.
    Written,
    /// Nothing is: these rows changed since the plan.
    Stale(Vec<Drift>),
    /// Nothing is: the same plan was applied before.
    Before(Marker),
    /// Nothing is: the run was undone before.
    Undone(Marker),
    /// All of it is or nothing: the commit was not answered.
    Doubtful(Error),
}

/// How far a transaction has come, for whoever stops waiting for it.
#[derive(Debug, Default)]
pub struct Progress(AtomicBool);

impl Progress {
    /// Whether its COMMIT is under way: from then on nobody here knows.
    pub fn is_committing(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Writes the changes of `location`. After an `Err` nothing of them is in the database; neither when
/// the call is dropped before `progress` says that it commits.
pub async fn write(
    store: &mut Store,
    location: &LocationPlan,
    signature: &Signature,
    (job, progress): (&Job, &Progress),
) -> Result<Applied> {
    store.make_markers().await?;
    store.lock(location.location_id, Wait::No).await?;
    let applied = match transact(store, location, signature, (job, progress)).await {
        Err(error) => Err(store.with_grants(error, &[], rights(location)).await),
        applied => applied,
    };
    // A connection that is gone has given its lock back.
    let _ = store.unlock(location.location_id).await;
    applied
}

fn rights(location: &LocationPlan) -> &'static str {
    if location.remove.is_empty() {
        TO_SYNC
    } else {
        TO_REMOVE
    }
}

async fn transact(
    store: &mut Store,
    location: &LocationPlan,
    signature: &Signature,
    (job, progress): (&Job, &Progress),
) -> Result<Applied> {
    store.begin().await?;
    match prepare(store, location, signature, job).await {
        Ok(Applied::Written) => {
            progress.0.store(true, Ordering::Relaxed);
            match store.commit().await {
                Ok(()) => Ok(Applied::Written),
                Err(error) => Ok(Applied::Doubtful(error)),
            }
        }
        refused => {
            // The rollback of a connection that is gone is made by the other side.
            let _ = store.rollback().await;
            refused
        }
    }
}

/// Everything between BEGIN and COMMIT.
async fn prepare(
    store: &mut Store,
    location: &LocationPlan,
    signature: &Signature,
    job: &Job,
) -> Result<Applied> {
    let place = location.location_id;
    if let Some(marker) = store.marker_of_plan(signature.plan, place).await? {
        return Ok(Applied::Before(marker));
    }
    if let Some(run) = signature.undoes
        && let Some(marker) = store.undone(run, place).await?
    {
        return Ok(Applied::Undone(marker));
    }
    let rows = store.local_users(place, true).await?;
    let drift = drift::of(store, location, &rows).await?;
    if !drift.is_empty() {
        return Ok(Applied::Stale(drift));
    }
    change(store, location, job).await?;
    store.mark(place, signature).await?;
    if store.holds_lock(place).await? {
        Ok(Applied::Written)
    } else {
        Err(Error::database(words::lock_lost()))
    }
}

/// The changes themselves, a batch at a time.
async fn change(store: &mut Store, location: &LocationPlan, job: &Job) -> Result<()> {
    let place = location.location_id;
    let mut steps = Steps {
        name: &location.name,
        done: 0,
        of: location.changes(),
        job,
    };
    for batch in location.new.chunks(BATCH) {
        let added = store.insert(place, batch, &location.fills).await?;
        steps.check(added, batch.len())?;
    }
    for (rows, status) in [
        (&location.reactivate, Status::Active),
        (&location.deactivate, Status::Inactive),
    ] {
        for batch in ids(rows)?.chunks(BATCH) {
            let changed = store.set_status(place, batch, status).await?;
            steps.check(changed, batch.len())?;
        }
    }
    for batch in ids(&location.remove)?.chunks(BATCH) {
        let removed = store.remove(place, batch).await?;
        steps.check(removed, batch.len())?;
    }
    Ok(())
}

struct Steps<'a> {
    name: &'a str,
    done: usize,
    of: usize,
    job: &'a Job,
}

impl Steps<'_> {
    /// A statement that found another number of rows than it was given must not stay.
    fn check(&mut self, written: u64, wanted: usize) -> Result<()> {
        if written != wanted as u64 {
            return Err(Error::database(words::wrong_row_count(written, wanted)));
        }
        self.done += wanted;
        self.job
            .step(self.name, self.done as u64, Some(self.of as u64));
        Ok(())
    }
}

/// The row numbers of existing users.
pub(super) fn ids(rows: &[Row]) -> Result<Vec<RowId>> {
    rows.iter()
        .map(|row| {
            let id = row.id.as_deref().and_then(|id| id.parse().ok());
            id.ok_or_else(|| Error::bug(words::row_without_id(&row.email)))
        })
        .collect()
}
