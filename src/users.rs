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
pub mod describe;
pub mod export;
mod guards;
pub mod listing;
mod locations;
pub mod migrate;
pub mod model;
mod notes;
pub mod partition;
pub mod plan;
mod planning;
pub mod readiness;
mod remote;
pub mod report;
pub mod store;
pub mod undo;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use model::Location;
pub use notes::security;
pub use plan::{LocationPlan, Plan};
pub use report::{LocationReport, Report};
use store::Store;

use crate::config::{Config, Users as Settings};
use crate::db::Security;
use crate::engine::{Engine, Job, Seal};
use crate::error::{Error, Result};

/// Which locations to plan for, and what to allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The codes of the locations; `None` for all of them.
    pub locations: Option<Vec<String>>,
    /// `--max-deactivate`: replaces both limits, for each location.
    pub max_deactivate: Option<u64>,
    /// `--allow-empty`.
    pub allow_empty: bool,
}

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
    pub async fn locations(&self) -> Result<Vec<Location>> {
        let mut store = self.reading().await?;
        locations::all(&self.settings, store.as_mut()).await
    }

    /// The location with `code`, compared case-insensitively.
    pub async fn location(&self, code: &str) -> Result<Location> {
        let request = Request {
            locations: Some(vec![code.to_owned()]),
            ..Request::default()
        };
        let mut chosen = locations::choose(self.locations().await?, &request)?;
        Ok(chosen.remove(0))
    }

    /// A store for reading; `None` where an embedded database is not there yet.
    pub async fn reading(&self) -> Result<Option<Store>> {
        let store = Store::for_reading(&self.settings.database).await?;
        match store {
            Some(store) => self.set_up(store).await.map(Some),
            None => Ok(None),
        }
    }

    /// The store with the timeout and the time zone of the configuration.
    async fn set_up(&self, store: Store) -> Result<Store> {
        let zone = self.settings.timezone.as_ref();
        store.with(self.config.statement_timeout, zone).await
    }

    /// How well the connection to the database is protected.
    pub async fn security(&self) -> Result<Security> {
        match self.reading().await? {
            Some(mut store) => store.security(&self.settings.database).await,
            None => Ok(Security::Local),
        }
    }

    /// The ids of the locations at which `run` was applied, however the run ended.
    pub async fn applied_locations(&self, run: Uuid) -> Result<Vec<i64>> {
        match self.reading().await? {
            Some(mut store) => store.applied_locations(run).await,
            None => Ok(Vec::new()),
        }
    }

    /// Refuses a plan that was changed, or was made for another database.
    pub fn accept(&self, plan: &mut Plan) -> Result<()> {
        Self::accept_sealed(plan)?;
        self.accept_database(&plan.database)
    }

    fn accept_sealed(plan: &mut impl Seal) -> Result<()> {
        if plan.check()? {
            return Ok(());
        }
        let why = "the plan was changed since it was made: its seal does not fit";
        Err(Error::stale(why).hint(notes::PLAN_AGAIN))
    }

    fn accept_database(&self, database: &str) -> Result<()> {
        let now = self.database();
        if database == now {
            return Ok(());
        }
        let why = format!("the plan was made for {database}, the configured database is {now}");
        Err(Error::stale(why).hint(notes::PLAN_AGAIN))
    }

    /// A store for writing; an embedded database is made, and gets the configured locations.
    async fn writing(&self) -> Result<Store> {
        let locations = locations::configured(&self.settings);
        let store = Store::for_writing(&self.settings.database, &locations).await?;
        self.set_up(store).await
    }
}

impl Engine for Users {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "users";

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        // Boxed, as it holds a whole connection being made: callers nest it in further futures.
        Box::pin(planning::plan(self, &request, job)).await
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        self.accept(&mut plan)?;
        Ok(apply::apply(self, &plan, job).await)
    }
}
