//! The one change to a foreign schema: users unique by e-mail and location, and our markers.
//!
//! MySQL commits with every such statement, so their order matters: the new index stands before
//! the old one goes, and a database left between two of them works. Nothing else is ever altered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Users;
use super::notes::{self, PLAN_AGAIN};
use super::plan::resource;
use super::store::{Duplicate, Index, Store, Wait, by_an_administrator};
use crate::config::Config;
use crate::db;
use crate::engine::{Engine, Job, Outcome, Seal, Summary, Verdict};
use crate::error::{Error, Failure, Kind, Result};
use crate::text::{excerpt, plural};

const MIGRATION: &str = "the migration";

/// Laravel keeps its own list of what was done to the schema, into which only Laravel writes.
const TELL_LARAVEL: &str = "the application keeps its own list of changes (the table migrations): if \
    one of its files makes this change too, tell it afterwards, or `artisan migrate` fails with error \
    1091: INSERT INTO migrations (migration, batch) SELECT 'NAME_OF_THE_FILE_WITHOUT_.php', \
    COALESCE(MAX(batch), 0) + 1 FROM migrations;";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {}

/// One statement, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub sql: String,
    /// What it brings, for people.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// The database it was made for, without credentials.
    pub database: String,
    /// The unique indexes of `users` that are there.
    pub found: Vec<Index>,
    pub changes: Vec<Change>,
    /// Rows that keep users from being unique: nothing is changed.
    pub duplicates: Vec<Duplicate>,
    /// The locations whose users nobody else may write meanwhile.
    pub locations: Vec<i64>,
    pub notes: Vec<String>,
    /// What is left to do by hand afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub done: Vec<String>,
    pub message: String,
    /// What is left to do by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why not all were run.
    pub error: Option<Failure>,
}

#[derive(Clone, Debug)]
pub struct Migrate {
    users: Users,
}

impl Migrate {
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let users = Users::new(config)?;
        Ok(Self { users })
    }

    async fn look(&self) -> Result<Plan> {
        let mut plan = Plan {
            engine: Self::NAME.into(),
            id: Uuid::now_v7(),
            database: self.users.database(),
            ..Plan::default()
        };
        let Some(mut store) = self.users.reading().await? else {
            let why = "there is no database yet; it will be made with the right schema";
            plan.notes.push(why.to_owned());
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
            plan.after
                .extend(is_laravel.then(|| TELL_LARAVEL.to_owned()));
        }
        if !plan.changes.is_empty() {
            plan.notes.push(format!(
                "before a change of the schema a backup is wise: {}",
                notes::backup(&self.users.settings.database)
            ));
        }
        let security = store.security(&self.users.settings.database).await?;
        plan.notes
            .extend(notes::security(security).map(str::to_owned));
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
            let why = "the schema changed since the preview; nothing was written";
            return Err(Error::stale(why).hint(PLAN_AGAIN));
        }
        let mut done = Vec::new();
        for (number, change) in plan.changes.iter().enumerate() {
            if job.is_cancelled() {
                let error = Error::stopped(MIGRATION);
                return Ok(Report::broken(done, &error, &plan.changes[number..]));
            }
            job.stage(change.sql.as_str());
            // It may take long; a second request to stop does not wait for it.
            let changed = tokio::select! {
                biased;
                changed = store.change_schema(&change.sql) => changed,
                () = job.insisted() => Err(Error::stopped(MIGRATION)),
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
        // All is done, so a failure here changes nothing. Closing releases the locks.
        let _ = store.close().await;
        Ok(Report {
            notes: plan.after.clone(),
            ..Report::complete(done)
        })
    }
}

/// What is left to do, in an order that leaves a working schema after every statement.
async fn changes(store: &mut Store, found: &[Index]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if let Some(sql) = store.markers_need().await? {
        changes.push(Change {
            sql: sql.to_owned(),
            why: "our own table: what was applied, when and by whom".to_owned(),
        });
    }
    if !found.iter().any(Index::is_new) {
        changes.push(Change {
            sql: store.adding_unique().to_owned(),
            why: "one user for each e-mail and location".to_owned(),
        });
    }
    changes.extend(
        found
            .iter()
            .filter(|index| index.is_old())
            .map(|index| Change {
                sql: store.dropping(index),
                why: "no longer one user for each e-mail alone".to_owned(),
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
        job.or_cancel(MIGRATION, self.look()).await?
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        Users::accept_sealed(&mut plan)?;
        self.users.accept_database(&plan.database)?;
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

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Plan {
    /// Why it may not be applied, if so.
    pub fn failure(&self) -> Option<Failure> {
        if self.duplicates.is_empty() {
            return None;
        }
        let users = plural(self.duplicates.len() as u64, "user");
        let named: Vec<_> = self.duplicates.iter().map(duplicate).collect();
        let why = format!(
            "(email, location_id) cannot be made unique, {users} there more than once: {}",
            named.join("; ")
        );
        let hint =
            "nothing was changed; merge or delete those rows in the application, then try again";
        Some(Error::new(Kind::Guard, why).hint(hint).into())
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() || !self.duplicates.is_empty()
    }

    fn target(&self) -> String {
        self.database.clone()
    }

    fn resources(&self) -> Vec<String> {
        let locations = self.locations.iter().map(|id| resource(*id));
        std::iter::once("users-schema".to_owned())
            .chain(locations)
            .collect()
    }
}

impl Report {
    pub(super) fn complete(done: Vec<String>) -> Self {
        Self {
            message: match done.len() {
                0 => "Nothing to do: users are unique by (email, location_id).".to_owned(),
                changes => format!(
                    "Migration completed: {}, users are unique by (email, location_id).",
                    plural(changes as u64, "change")
                ),
            },
            done,
            notes: Vec::new(),
            error: None,
        }
    }

    pub(super) fn refused(failure: Failure) -> Self {
        Self {
            done: Vec::new(),
            notes: Vec::new(),
            message: failure.message.clone(),
            error: Some(failure),
        }
    }

    /// The first of the statements that were `left` was not answered.
    pub(super) fn unknown(done: Vec<String>, error: &Error, left: &[Change]) -> Self {
        let at = left.first().map_or("", |change| change.sql.as_str());
        let failure = Failure::from(error);
        let failure = Failure {
            message: format!(
                "Failed to migrate: {}; unknown whether this was carried out: {at}",
                failure.message
            ),
            hint: Some(
                "the database may still be at work on it (SHOW PROCESSLIST); when it is done, \
                 `selaras users migrate` shows what is left"
                    .to_owned(),
            ),
            ..failure
        };
        Self {
            done,
            ..Self::refused(failure)
        }
    }

    /// The first of the statements that were `left` failed.
    pub(super) fn broken(done: Vec<String>, error: &Error, left: &[Change]) -> Self {
        let statements: Vec<_> = left.iter().map(|change| change.sql.as_str()).collect();
        let at = statements.first().copied().unwrap_or_default();
        let failure = Failure::from(error);
        let state = match done.len() {
            0 => "nothing was changed".to_owned(),
            changes => format!(
                "{} before it stay, and the application works with them",
                plural(changes as u64, "change")
            ),
        };
        let failure = Failure {
            message: format!("Failed to migrate: {}; at: {at}; {state}", failure.message),
            hint: if db::is_denied(error) {
                Some(by_an_administrator(&statements.join("; ")))
            } else {
                failure.hint
            },
            ..failure
        };
        Self {
            done,
            ..Self::refused(failure)
        }
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        match &self.error {
            None => Verdict::Clean,
            Some(failure) if failure.kind == Kind::Stopped => Verdict::Stopped,
            Some(_) if self.done.is_empty() => Verdict::Failed,
            Some(_) => Verdict::Partial,
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.error.clone()
    }

    fn sentence(&self) -> String {
        self.message.clone()
    }
}

/// Rows that a migration cannot make unique.
pub fn duplicate(row: &Duplicate) -> String {
    let (email, ids) = (excerpt(&row.email, 120), excerpt(&row.ids, 200));
    format!("{email} at location {} (rows {ids})", row.location_id)
}
