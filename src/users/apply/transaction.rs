//! One location's part of a plan, written in one transaction or not at all.
//!
//! ```text
//!   lock ─ BEGIN ─ marker there? ─ re-read all rows ─ as the plan saw them? ─ write ─ mark ─ COMMIT
//!                     │                                    │ no
//!                     └─ done before                       └─ ROLLBACK, the difference is the answer
//! ```
//! Counts and the lock are checked before the commit. Only after a failed commit is it unknown what
//! was written; the caller finds out by the marker row, over a new connection.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::Job;
use crate::error::{Error, Result};
use crate::text::excerpt;
use crate::users::model::{LocalUser, RowId, Status, normal};
use crate::users::notes::{self, NO_LONGER_THERE};
use crate::users::plan::{Drift, LocationPlan, Row};
use crate::users::store::{BATCH, Marker, Signature, Store, TO_REMOVE, TO_SYNC, Wait};

/// How writing a location's part ended.
#[derive(Debug)]
pub enum Applied {
    /// All of it is in the database.
    Written,
    /// Nothing is: these rows changed since the plan.
    Stale(Vec<Drift>),
    /// Nothing is: the same plan was applied before.
    Already(Marker),
    /// Nothing is: the run was undone before.
    Undone(Marker),
    /// All of it is or nothing: the commit was not answered.
    Unanswered(Error),
}

/// How far a transaction has come, for a caller that stops waiting for it.
#[derive(Debug, Default)]
pub struct Progress(AtomicBool);

impl Progress {
    /// Whether its COMMIT was sent: from then on its outcome is unknown here.
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
    // A lost connection has released its lock.
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
                Err(error) => Ok(Applied::Unanswered(error)),
            }
        }
        refused => {
            // The database rolls back for a connection that is lost.
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
        return Ok(Applied::Already(marker));
    }
    if let Some(run) = signature.undoes
        && let Some(marker) = store.undone(run, place).await?
    {
        return Ok(Applied::Undone(marker));
    }
    let rows = store.local_users(place, true).await?;
    let drift = drift(store, location, &rows).await?;
    if !drift.is_empty() {
        return Ok(Applied::Stale(drift));
    }
    change(store, location, job).await?;
    store.mark(place, signature).await?;
    if store.holds_lock(place).await? {
        Ok(Applied::Written)
    } else {
        Err(Error::database(
            "the lock on the location was lost; everything was rolled back",
        ))
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
            return Err(Error::database(format!(
                "a statement changed {written} rows instead of {wanted}; everything was rolled back"
            )));
        }
        self.done += wanted;
        self.job
            .step(self.name, self.done as u64, Some(self.of as u64));
        Ok(())
    }
}

/// The row numbers of existing users.
fn ids(rows: &[Row]) -> Result<Vec<RowId>> {
    rows.iter()
        .map(|row| {
            let id = row.id.as_deref().and_then(|id| id.parse().ok());
            let email = || excerpt(&row.email, 80);
            id.ok_or_else(|| Error::bug(format!("the plan has no row number for {}", email())))
        })
        .collect()
}

/// Compares the plan's before-image with `rows`, all users of the location as they are now.
async fn drift(
    store: &mut Store,
    location: &LocationPlan,
    rows: &[LocalUser],
) -> Result<Vec<Drift>> {
    let mut drift = changed(location, rows)?;
    drift.extend(appeared(store, &location.new, rows).await?);
    drift.extend(referred(store, &location.remove).await?);
    Ok(drift)
}

/// Rows that are gone, or have another status or e-mail.
fn changed(location: &LocationPlan, rows: &[LocalUser]) -> Result<Vec<Drift>> {
    let by_id: HashMap<_, _> = rows.iter().map(|row| (row.id, row)).collect();
    let mut drift = Vec::new();
    for (class, was) in [
        (&location.reactivate, Status::Inactive),
        (&location.deactivate, Status::Active),
        (&location.remove, Status::Active),
    ] {
        for (row, id) in class.iter().zip(ids(class)?) {
            let is = match by_id.get(&id) {
                None => NO_LONGER_THERE.to_owned(),
                Some(now) if now.email != row.email => notes::now_called(&now.email),
                Some(now) if now.status != was => now.status.word().to_owned(),
                Some(_) => continue,
            };
            drift.push(Drift {
                email: row.email.clone(),
                was: was.word().to_owned(),
                is,
            });
        }
    }
    Ok(drift)
}

/// New users who are there by now.
async fn appeared(store: &mut Store, new: &[Row], rows: &[LocalUser]) -> Result<Vec<Drift>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = new.iter().map(|row| row.email.as_str());
    let there = rows.iter().map(|row| row.email.as_str());
    let keys = store.keys(wanted.clone().chain(there)).await?;
    let wanted: HashSet<_> = wanted.map(|email| keys.of(&normal(email))).collect();
    Ok(rows
        .iter()
        .filter(|row| wanted.contains(&keys.of(&normal(&row.email))))
        .map(|row| Drift {
            email: row.email.clone(),
            was: "absent".to_owned(),
            is: row.status.word().to_owned(),
        })
        .collect())
}

/// Users to be removed to whom other rows refer by now: a cascade would delete those as well.
async fn referred(store: &mut Store, remove: &[Row]) -> Result<Vec<Drift>> {
    if remove.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = ids(remove)?;
    let referred = store.referred(&wanted).await?;
    let rows = remove.iter().zip(wanted);
    Ok(rows
        .filter_map(|(row, id)| {
            Some(Drift {
                email: row.email.clone(),
                was: Status::Active.word().to_owned(),
                is: format!("referred to by rows of {}", excerpt(referred.get(&id)?, 80)),
            })
        })
        .collect())
}
