//! The one change to a foreign schema: users unique by e-mail and location, and our markers.
//!
//! MySQL commits with every such statement, so their order matters: the new index stands before
//! the old one goes, and a database left between two of them works. Nothing else is ever altered.

mod report;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Duplicate, Index, Store, Wait};
use super::{Users, words};
use crate::config::Config;
use crate::db;
use crate::engine::{Engine, Job, Summary};
use crate::error::{Error, Failure, Kind, Result};

/// There is only one thing to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {}

/// One statement, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The statement, exactly.
    pub sql: String,
    /// What it brings, for people.
    pub why: String,
}

/// What would be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `migrate`.
    pub engine: String,
    /// No other plan has it.
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// The database it was made for, without credentials.
    pub database: String,
    /// The unique indexes of `users` that are there.
    pub found: Vec<Index>,
    /// The statements, in their order.
    pub changes: Vec<Change>,
    /// Rows that stand in the way.
    pub duplicates: Vec<Duplicate>,
    /// The locations whose users nobody else may write meanwhile.
    pub locations: Vec<i64>,
    /// Things worth knowing that change nothing.
    pub notes: Vec<String>,
    /// What is left to do by hand afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The statements that were run.
    pub done: Vec<String>,
    /// The result in a sentence.
    pub message: String,
    /// What is left to do by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why not all were run.
    pub error: Option<Failure>,
}

/// The migration of the users database.
#[derive(Clone, Debug)]
pub struct Migrate {
    users: Users,
}

impl Migrate {
    /// An engine with these settings.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let users = Users::new(config)?;
        Ok(Self { users })
    }

    async fn look(&self) -> Result<Plan> {
        let mut plan = Plan {
            engine: Self::NAME.into(),
            id: Uuid::now_v7(),
            hash: String::new(),
            database: self.users.database(),
            found: Vec::new(),
            changes: Vec::new(),
            duplicates: Vec::new(),
            locations: Vec::new(),
            notes: Vec::new(),
            after: Vec::new(),
        };
        let Some(mut store) = self.users.reading().await? else {
            plan.notes.push(words::no_migration_needed());
            return plan.sealed();
        };
        plan.locations = store.locations().await?.iter().map(|row| row.id).collect();
        plan.found = store.unique_indexes().await?;
        plan.changes = changes(&mut store, &plan.found).await?;
        if !plan.found.iter().any(Index::is_new) {
            plan.duplicates = store.duplicates().await?;
        }
        if plan
            .changes
            .iter()
            .any(|change| change.sql.contains(" users "))
        {
            let catalogue = store.catalogue().await?;
            let is_laravel = catalogue.table("migrations").is_some();
            plan.after.extend(is_laravel.then(words::tell_laravel));
        }
        if !plan.changes.is_empty() {
            let backup = words::backup(&self.users.settings.database);
            plan.notes.push(words::backup_before_migration(&backup));
        }
        let security = store.security(&self.users.settings.database).await?;
        plan.notes
            .extend(words::security(security).map(str::to_owned));
        plan.sealed()
    }

    /// Runs the statements of `plan`. An `Err` means that none was.
    async fn change(&self, plan: &Plan, job: &Job) -> Result<Report> {
        let mut store = self.users.writing().await?;
        for location in &plan.locations {
            store.lock(*location, Wait::No).await?;
        }
        let found = store.unique_indexes().await?;
        if changes(&mut store, &found).await? != plan.changes {
            return Err(Error::stale(words::schema_moved()).hint(words::hint_plan_again()));
        }
        let mut done = Vec::new();
        for (number, change) in plan.changes.iter().enumerate() {
            if job.is_cancelled() {
                let error = Error::stopped(words::MIGRATION);
                return Ok(Report::broken(done, &error, &plan.changes[number..]));
            }
            job.stage(change.sql.as_str());
            // It takes as long as it takes, but nobody who asks twice to stop is made to wait.
            let changed = tokio::select! {
                biased;
                changed = store.change_schema(&change.sql) => changed,
                () = job.insisted() => Err(Error::stopped(words::MIGRATION)),
            };
            if let Err(error) = changed {
                let left = &plan.changes[number..];
                let is_unknown = error.kind() == Kind::Stopped || db::is_lost(&error);
                return Ok(if is_unknown {
                    Report::unknown(done, &error, left)
                } else {
                    Report::broken(done, &error, left)
                });
            }
            done.push(change.sql.clone());
        }
        // All is done; a failing goodbye changes nothing. It gives the locks back.
        let _ = store.close().await;
        Ok(Report {
            notes: plan.after.clone(),
            ..Report::complete(done)
        })
    }
}

/// What is left to do, in an order that leaves a working schema behind every statement.
async fn changes(store: &mut Store, found: &[Index]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if let Some(sql) = store.markers_need().await? {
        changes.push(Change {
            sql: sql.to_owned(),
            why: words::makes_markers(),
        });
    }
    if !found.iter().any(Index::is_new) {
        changes.push(Change {
            sql: store.adding_unique().to_owned(),
            why: words::adds_unique(),
        });
    }
    changes.extend(
        found
            .iter()
            .filter(|index| index.is_old())
            .map(|index| Change {
                sql: store.dropping(index),
                why: words::drops_unique(),
            }),
    );
    Ok(changes)
}

impl Engine for Migrate {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "migrate";

    async fn plan(&self, _: Request, job: &Job) -> Result<Plan> {
        job.or_cancel(words::MIGRATION, self.look()).await?
    }

    async fn apply(&self, plan: Plan, job: &Job) -> Result<Report> {
        self.users.accept_for(&plan.database, plan.is_sealed()?)?;
        if let Some(failure) = plan.failure() {
            return Ok(Report::refused(failure));
        }
        if plan.changes.is_empty() {
            return Ok(Report::complete(Vec::new()));
        }
        for resource in plan.resources() {
            if let Some(failure) = job.refused(&resource) {
                return Err(failure.clone().into());
            }
        }
        self.change(&plan, job).await
    }
}
