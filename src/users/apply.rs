//! Carries out a plan: location after location, each by itself, and says how it went.
//!
//! One connection serves all locations as long as nothing goes wrong on it. After an error a new
//! one is made; a commit that was not answered is decided there by its marker row.

mod transaction;

use std::time::Duration;

use uuid::Uuid;

use super::plan::{LocationPlan, Plan};
use super::report::{LocationReport, Report};
use super::store::{Signature, Store, Wait};
use super::{Users, notes};
use crate::engine::Job;
use crate::error::{Error, Failure, Kind, Result};
use crate::text::short_id;
use transaction::{Applied, Progress};

/// How long a lost connection's transaction is given to end on the server.
const ENDING: Duration = Duration::from_secs(3);

/// Writes each location of `plan` that may be written.
pub async fn apply(users: &Users, plan: &Plan, job: &Job) -> Report {
    let identity = job.identity();
    let mut applying = Applying {
        users,
        signature: Signature {
            run: identity.map_or(plan.id, |identity| identity.run),
            plan: plan.id,
            operator: identity.map_or_else(String::new, |identity| identity.operator.clone()),
            undoes: plan.undoes,
        },
        store: None,
        job,
    };
    let mut locations = Vec::with_capacity(plan.locations.len());
    for location in &plan.locations {
        let report = applying.location(location).await;
        job.say(report.event());
        locations.push(report);
    }
    if let Some(store) = applying.store {
        // Everything is committed; a failing goodbye changes nothing.
        let _ = store.close().await;
    }
    Report {
        undoes: plan.undoes,
        locations,
    }
}

struct Applying<'a> {
    users: &'a Users,
    signature: Signature,
    store: Option<Store>,
    job: &'a Job,
}

impl Applying<'_> {
    /// Writes one location's part, or says why nothing is written for it.
    async fn location(&mut self, location: &LocationPlan) -> LocationReport {
        if let Some(failure) = self.obstacle(location) {
            return LocationReport::failed(location, failure);
        }
        if location.changes() == 0 {
            return LocationReport::done(location, self.signature.undoes);
        }
        self.job.stage(format!("apply {}", location.name));
        match self.write(location).await {
            Ok(Applied::Written) => LocationReport::done(location, self.signature.undoes),
            Ok(Applied::Stale(drift)) => LocationReport::stale(location, drift),
            Ok(Applied::Already(marker)) => LocationReport::applied_before(location, &marker),
            Ok(Applied::Undone(marker)) => {
                let run = self.signature.undoes.unwrap_or_default();
                LocationReport::failed(location, notes::undone_before(run, &marker).into())
            }
            Ok(Applied::Unanswered(error)) => {
                LocationReport::unknown(location, unanswered(&error, self.signature.run))
            }
            Err(error) => LocationReport::failed(location, failed(&error)),
        }
    }

    /// Why it may not be written now.
    fn obstacle(&self, location: &LocationPlan) -> Option<Failure> {
        if let Some(failure) = location.obstacle() {
            return Some(failure);
        }
        if location.changes() == 0 {
            return None;
        }
        if let Some(failure) = self.job.refused(&location.resource()) {
            return Some(failure.clone());
        }
        self.job.is_cancelled().then(|| {
            let why = format!(
                "stopped before {}; nothing was written for it",
                location.name
            );
            Error::new(Kind::Stopped, why).into()
        })
    }

    async fn write(&mut self, location: &LocationPlan) -> Result<Applied> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.users.writing().await?,
        };
        let progress = Progress::default();
        let writing =
            transaction::write(&mut store, location, &self.signature, (self.job, &progress));
        // A second request to stop does not wait for a database that does not answer: the
        // connection is dropped, and what it had not committed is gone with it.
        let applied = tokio::select! {
            biased;
            applied = writing => applied,
            () = self.job.insisted() => {
                let why = format!("stopped while it wrote to {}", location.name);
                let error = Error::new(Kind::Stopped, why);
                if progress.is_committing() { Ok(Applied::Unanswered(error)) } else { Err(error) }
            }
        };
        match applied {
            Ok(Applied::Unanswered(error)) => {
                drop(store);
                let asked = tokio::select! {
                    biased;
                    asked = self.was_committed(location.location_id) => asked.ok(),
                    () = self.job.insisted() => None,
                };
                Ok(match asked {
                    Some(true) => Applied::Written,
                    Some(false) => return Err(error),
                    None => Applied::Unanswered(error),
                })
            }
            Ok(applied) => {
                self.store = Some(store);
                Ok(applied)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks, over a new connection, whether the transaction of a lost one was committed. Holding
    /// the lock proves that the lost one has ended.
    async fn was_committed(&self, location: i64) -> Result<bool> {
        let mut store = self.users.writing().await?;
        store.lock(location, Wait::For(ENDING)).await?;
        let marker = store.marker_of_plan(self.signature.plan, location).await?;
        store.close().await?;
        Ok(marker.is_some_and(|marker| marker.run == self.signature.run))
    }
}

/// A failed apply keeps its kind and hint, and says that nothing was written.
fn failed(error: &Error) -> Failure {
    let failure = Failure::from(error);
    Failure {
        message: format!(
            "Failed to execute sync: {}; nothing was written",
            failure.message
        ),
        ..failure
    }
}

/// The database did not answer to a COMMIT, and not to the question for its marker row either.
fn unanswered(error: &Error, run: Uuid) -> Failure {
    let hint = format!(
        "`selaras runs show {}` asks the database when it is back; or plan again: the preview shows \
         what is left to do",
        short_id(run)
    );
    let why = error.chain();
    Error::database(format!(
        "Failed to execute sync: {why}; unknown whether it was written"
    ))
    .hint(hint)
    .into()
}
