//! Users: pull the users of many branch servers into one database, nobody lost by mistake.
//!
//! ```text
//!   config ─ locations ─┬─ remote ─▶ listing ─┐
//!                       │                     ├─▶ partition ─▶ guards ─▶ Plan ─ apply ─▶ Report
//!                       └─ store ─▶ users here ┘
//! ```
//! A location is planned by itself: a dead server is a row of the plan, not the end of it. The
//! original is a Laravel admin page, "Sync from Server"; its texts are kept where people know them.

mod apply;
pub mod export;
mod guards;
pub mod listing;
pub mod model;
mod outcome;
pub mod partition;
mod planning;
mod remote;
pub mod store;
mod words;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use apply::{Applied, Signature};
pub use model::{LocationPlan, LocationReport, Plan, Report};
use store::Store;

use crate::config::{Config, Users as Settings};
use crate::engine::{Engine, Job, Summary};
use crate::error::{Error, Failure, Kind, Result};

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The codes of the locations; `None` for all of them.
    pub locations: Option<Vec<String>>,
    /// `--max-deactivate`: replaces both limits, for each location.
    pub max_deactivate: Option<u64>,
    /// `--allow-empty`.
    pub allow_empty: bool,
}

/// The users engine.
#[derive(Clone, Debug)]
pub struct Users {
    config: Arc<Config>,
    settings: Settings,
}

impl Users {
    /// An engine with these settings; a later change of the files is seen by a new engine only.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let settings = config.users.ready()?.clone();
        Ok(Self { config, settings })
    }

    /// The database the engine writes to, for people and for comparing with a plan's.
    pub fn database(&self) -> String {
        let url = &self.settings.database;
        url.path().map_or_else(
            || url.target_name(),
            |path| format!("sqlite {}", path.display()),
        )
    }

    /// The locations: the database's, with what the configuration says about them.
    pub async fn locations(&self) -> Result<Vec<model::Location>> {
        let mut store = Store::for_reading(&self.settings.database).await?;
        planning::locations(&self.settings, store.as_mut()).await
    }

    /// The location with `code`, compared case-insensitively.
    pub async fn location(&self, code: &str) -> Result<model::Location> {
        let request = Request {
            locations: Some(vec![code.to_owned()]),
            ..Request::default()
        };
        let mut chosen = planning::choose(self.locations().await?, &request)?;
        Ok(chosen.remove(0))
    }

    /// A store for reading; `None` where an embedded database is not there yet.
    pub async fn reading(&self) -> Result<Option<Store>> {
        Store::for_reading(&self.settings.database).await
    }

    /// The ids of the locations at which `run` was applied, whatever became of the run.
    pub async fn applied_locations(&self, run: Uuid) -> Result<Vec<i64>> {
        match self.reading().await? {
            Some(mut store) => store.applied_locations(run).await,
            None => Ok(Vec::new()),
        }
    }

    /// Refuses a plan that was changed, or was made for another database.
    pub fn accept(&self, plan: &Plan) -> Result<()> {
        if !plan.is_sealed()? {
            return Err(Error::stale(words::plan_was_changed()).hint(words::hint_plan_again()));
        }
        let database = self.database();
        if plan.database == database {
            Ok(())
        } else {
            let why = words::another_database(&plan.database, &database);
            Err(Error::stale(why).hint(words::hint_plan_again()))
        }
    }

    /// Writes one location's part, or says why nothing is written for it.
    async fn apply_location(
        &self,
        store: &mut Option<Store>,
        location: &LocationPlan,
        signature: &Signature,
        job: &Job,
    ) -> LocationReport {
        if let Some(failure) = location.obstacle() {
            return LocationReport::failed(location, failure);
        }
        if location.changes() == 0 {
            return LocationReport::done(location);
        }
        if let Some(failure) = job.refused(&location.resource()) {
            return LocationReport::failed(location, failure.clone());
        }
        if job.is_cancelled() {
            let failure = Failure::from(Error::new(
                Kind::Stopped,
                words::stopped_before(&location.name),
            ));
            return LocationReport::failed(location, failure);
        }
        job.stage(words::applying(&location.name));
        match self.write(store, location, signature, job).await {
            Ok(Applied::Written) => LocationReport::done(location),
            Ok(Applied::Stale(drift)) => LocationReport::stale(location, drift),
            Ok(Applied::Before(marker)) => LocationReport::applied_before(location, &marker),
            Err(error) => LocationReport::failed(location, words::failed_apply(&error)),
        }
    }

    /// After an error the connection is not used again: whether the transaction stands is asked of
    /// the marker row over a new one.
    async fn write(
        &self,
        store: &mut Option<Store>,
        location: &LocationPlan,
        signature: &Signature,
        job: &Job,
    ) -> Result<Applied> {
        let mut open = match store.take() {
            Some(open) => open,
            None => self.writing().await?,
        };
        match apply::apply(&mut open, location, signature, job).await {
            Ok(applied) => {
                *store = Some(open);
                Ok(applied)
            }
            Err(error) => {
                drop(open);
                let mut fresh = self.writing().await.map_err(|_| words::undecided(&error))?;
                let marker = fresh
                    .marker_of_plan(signature.plan, location.location_id)
                    .await;
                match marker.map_err(|_| words::undecided(&error))? {
                    Some(marker) if marker.run == signature.run => Ok(Applied::Written),
                    _ => Err(error),
                }
            }
        }
    }

    async fn writing(&self) -> Result<Store> {
        let locations = planning::configured(&self.settings);
        Store::for_writing(&self.settings.database, &locations).await
    }
}

impl Engine for Users {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "users";

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        planning::plan(self, &request, job).await
    }

    async fn apply(&self, plan: Plan, job: &Job) -> Result<Report> {
        self.accept(&plan)?;
        let mandate = job.mandate();
        let signature = Signature {
            run: mandate.map_or(plan.id, |mandate| mandate.run),
            plan: plan.id,
            operator: mandate.map_or_else(String::new, |mandate| mandate.operator.clone()),
        };
        let mut store = None;
        let mut locations = Vec::with_capacity(plan.locations.len());
        for location in &plan.locations {
            let report = self
                .apply_location(&mut store, location, &signature, job)
                .await;
            job.say(report.event());
            locations.push(report);
        }
        if let Some(store) = store {
            // Everything is committed; a failing goodbye changes nothing.
            let _ = store.close().await;
        }
        Ok(Report { locations })
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        !self.locations.iter().any(LocationPlan::is_applicable)
    }

    fn target(&self) -> String {
        let names = self
            .locations
            .iter()
            .filter(|location| location.is_applicable());
        names
            .map(|location| crate::text::scrub(&location.name))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn resources(&self) -> Vec<String> {
        let touched = self
            .locations
            .iter()
            .filter(|location| location.is_applicable());
        touched.map(LocationPlan::resource).collect()
    }
}
