//! One location's part of a plan, written in one transaction or not at all.
//!
//! ```text
//!   BEGIN ─ marker there? ─ re-read all rows ─ as the plan saw them? ─ insert, update ─ mark ─ COMMIT
//!                │                                    │ no
//!                └─ already applied                   └─ ROLLBACK, the difference is the answer
//! ```
//! Counts are checked before the commit; what cannot be known (a connection lost in the middle of
//! a commit) is decided by the marker row afterwards.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::model::{Drift, LocalUser, LocationPlan, Row, Status, normal};
use super::store::{BATCH, Keys, Marker, Store};
use super::words;
use crate::engine::Job;
use crate::error::{Error, Result};

/// In whose name rows are written.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The run.
    pub run: Uuid,
    /// The plan.
    pub plan: Uuid,
    /// Who confirmed it.
    pub operator: String,
}

/// How writing a location's part ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// All of it is in the database.
    Written,
    /// Nothing is: these rows changed since the plan.
    Stale(Vec<Drift>),
    /// Nothing is: the same plan was applied before.
    Before(Marker),
}

/// Writes the changes of `location`. After an `Err` nothing of them is in the database.
pub async fn apply(
    store: &mut Store,
    location: &LocationPlan,
    signature: &Signature,
    job: &Job,
) -> Result<Applied> {
    store.begin().await?;
    match write(store, location, signature, job).await {
        Ok(Applied::Written) => {}
        // The rollback of a connection that is gone is made by the other side.
        Ok(refused) => {
            let _ = store.rollback().await;
            return Ok(refused);
        }
        Err(error) => {
            let _ = store.rollback().await;
            return Err(error);
        }
    }
    store.commit().await.map(|()| Applied::Written)
}

async fn write(
    store: &mut Store,
    location: &LocationPlan,
    signature: &Signature,
    job: &Job,
) -> Result<Applied> {
    let place = location.location_id;
    if let Some(marker) = store.marker_of_plan(signature.plan, place).await? {
        return Ok(Applied::Before(marker));
    }
    let rows = store.local_users(place, true).await?;
    let drift = drift(store, location, &rows).await?;
    if !drift.is_empty() {
        return Ok(Applied::Stale(drift));
    }
    let mut progress = Progress {
        name: &location.name,
        done: 0,
        of: location.changes(),
        job,
    };
    let emails: Vec<_> = location.new.iter().map(|row| row.email.as_str()).collect();
    for batch in emails.chunks(BATCH) {
        let added = store.insert(place, batch).await?;
        progress.check(added, batch.len())?;
    }
    for (rows, status) in [
        (&location.reactivate, Status::Active),
        (&location.deactivate, Status::Inactive),
    ] {
        for batch in ids(rows)?.chunks(BATCH) {
            let changed = store.set_status(place, batch, status).await?;
            progress.check(changed, batch.len())?;
        }
    }
    store
        .mark(signature.run, place, signature.plan, &signature.operator)
        .await?;
    Ok(Applied::Written)
}

struct Progress<'a> {
    name: &'a str,
    done: usize,
    of: usize,
    job: &'a Job,
}

impl Progress<'_> {
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

fn ids(rows: &[Row]) -> Result<Vec<i64>> {
    rows.iter()
        .map(|row| {
            let id = row.id.as_deref().and_then(|id| id.parse().ok());
            id.ok_or_else(|| Error::bug(words::row_without_id(&row.email)))
        })
        .collect()
}

/// What is no longer as the plan saw it, among the rows that it touches.
async fn drift(
    store: &mut Store,
    location: &LocationPlan,
    rows: &[LocalUser],
) -> Result<Vec<Drift>> {
    let mut drift = Vec::new();
    let by_id: HashMap<_, _> = rows.iter().map(|row| (row.id, row)).collect();
    for (class, was) in [
        (&location.reactivate, Status::Inactive),
        (&location.deactivate, Status::Active),
    ] {
        for (row, id) in class.iter().zip(ids(class)?) {
            let is = match by_id.get(&id) {
                None => words::no_longer_there(),
                Some(now) if now.email != row.email => words::now_called(&now.email),
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
    drift.extend(appeared(store, &location.new, rows).await?);
    Ok(drift)
}

/// The new users who are there by now.
async fn appeared(store: &mut Store, new: &[Row], rows: &[LocalUser]) -> Result<Vec<Drift>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let both = new
        .iter()
        .map(|row| row.email.as_str())
        .chain(rows.iter().map(|row| row.email.as_str()));
    let keys: Keys = store.keys(both).await?;
    let wanted: HashSet<_> = new.iter().map(|row| keys.of(&row.email)).collect();
    Ok(rows
        .iter()
        .filter(|row| wanted.contains(&keys.of(&normal(&row.email))))
        .map(|row| Drift {
            email: row.email.clone(),
            was: words::absent(),
            is: row.status.word().to_owned(),
        })
        .collect())
}
