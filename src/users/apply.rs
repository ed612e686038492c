//! Carries out a plan: location after location, each by itself, and says how it went.
//!
//! One connection serves all locations as long as nothing goes wrong on it. After an error a new
//! one is made; a commit that was not answered is decided there by its marker row.

mod drift;
mod transaction;

use std::time::Duration;

use super::model::{LocationPlan, LocationReport, Plan, Report};
use super::store::{Signature, Store, Wait};
use super::{Users, words};
use crate::engine::Job;
use crate::error::{Error, Failure, Kind, Result};
use transaction::{Applied, Progress};

/// How long a lost connection's transaction is given to end on the server.
const ENDING: Duration = Duration::from_secs(3);

/// Writes all that `plan` may write.
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
        self.job.stage(words::applying(&location.name));
        match self.write(location).await {
            Ok(Applied::Written) => LocationReport::done(location, self.signature.undoes),
            Ok(Applied::Stale(drift)) => LocationReport::stale(location, drift),
            Ok(Applied::Before(marker)) => LocationReport::applied_before(location, &marker),
            Ok(Applied::Undone(marker)) => {
                let run = self.signature.undoes.unwrap_or_default();
                LocationReport::failed(location, words::undone_before(run, &marker).into())
            }
            Ok(Applied::Doubtful(error)) => {
                LocationReport::unknown(location, words::undecided(&error, self.signature.run))
            }
            Err(error) => LocationReport::failed(location, words::failed_apply(&error)),
        }
    }

    /// Why it may not be written, or not now.
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
        let stopped = || Error::new(Kind::Stopped, words::stopped_before(&location.name));
        self.job.is_cancelled().then(|| stopped().into())
    }

    async fn write(&mut self, location: &LocationPlan) -> Result<Applied> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.users.writing().await?,
        };
        let progress = Progress::default();
        let writing =
            transaction::write(&mut store, location, &self.signature, (self.job, &progress));
        // Whoever asks twice to stop is not made to wait for a database that says nothing: the
        // connection is dropped, and what it had not committed is gone with it.
        let applied = tokio::select! {
            biased;
            applied = writing => applied,
            () = self.job.insisted() => {
                let error = Error::new(Kind::Stopped, words::stopped_within(&location.name));
                if progress.is_committing() { Ok(Applied::Doubtful(error)) } else { Err(error) }
            }
        };
        match applied {
            Ok(Applied::Doubtful(error)) => {
                drop(store);
                let asked = tokio::select! {
                    biased;
                    asked = self.ask(location.location_id) => asked.ok(),
                    () = self.job.insisted() => None,
                };
                // Whoever cannot ask does not know.
                Ok(match asked {
                    Some(Answer::Written) => Applied::Written,
                    Some(Answer::Not) => return Err(error),
                    None => Applied::Doubtful(error),
                })
            }
            Ok(applied) => {
                self.store = Some(store);
                Ok(applied)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks, over a new connection, whether the transaction of a lost one was committed. Whoever
    /// gets the lock knows that the lost one has ended.
    async fn ask(&self, location: i64) -> Result<Answer> {
        let mut store = self.users.writing().await?;
        store.lock(location, Wait::For(ENDING)).await?;
        let marker = store.marker_of_plan(self.signature.plan, location).await?;
        store.close().await?;
        Ok(match marker {
            Some(marker) if marker.run == self.signature.run => Answer::Written,
            _ => Answer::Not,
        })
    }
}

/// What the marker row says about a doubtful commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Written,
    Not,
}
