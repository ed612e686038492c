//! Takes a run back: a new plan from what the run changed and from how those rows are now.
//!
//! Whether the run was applied is asked of its marker rows, not of its report: a run that died
//! after its commit can be undone too. Nothing is asked of any server. Rows that somebody changed
//! since are listed and left alone. The plan is an ordinary one: shown, sealed and applied alike.

mod reverse;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::guards::{self, Figures};
use super::model::{Fetched, GuardName, Location, LocationPlan, Plan, Report};
use super::readiness::{self, Purpose};
use super::store::{Marker, Store};
use super::{Users, locations, planning, words};
use crate::config::{Config, Overrides};
use crate::engine::{Engine, Job};
use crate::error::Result;

/// Which run to take back, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The run.
    pub run: Uuid,
    /// Its plan, as it was applied.
    pub plan: Plan,
    /// `--delete`: users it added are removed where nothing refers to them.
    pub delete: bool,
    /// `--max-deactivate`: replaces both limits, for each location.
    pub max_deactivate: Option<u64>,
}

/// The users engine, planning backwards. What it plans, [`Users`] applies as well.
#[derive(Clone, Debug)]
pub struct Undo {
    users: Users,
}

impl Undo {
    /// An engine with these settings.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let users = Users::new(config)?;
        Ok(Self { users })
    }

    async fn look(&self, request: &Request) -> Result<Plan> {
        let mut plans = Vec::new();
        if let Some(mut store) = self.users.reading().await? {
            let catalogue = store.catalogue().await?;
            let purpose = if request.delete {
                Purpose::Remove
            } else {
                Purpose::Undo
            };
            let obstacles = readiness::obstacles(&catalogue, purpose);
            let known = locations::all(&self.users.settings, Some(&mut store)).await?;
            for done in &request.plan.locations {
                if done.changes() == 0 {
                    continue;
                }
                let now = known.iter().find(|row| row.id == done.location_id);
                let location = now.cloned().unwrap_or_else(|| place_of(done));
                let plan = self.take_back(request, done, &location, &mut store).await?;
                plans.push(LocationPlan {
                    error: plan.error.or_else(|| readiness::failure(&obstacles)),
                    ..plan
                });
            }
        }
        let plan = Plan {
            engine: Users::NAME.into(),
            id: Uuid::now_v7(),
            hash: String::new(),
            database: self.users.database(),
            undoes: Some(request.run),
            locations: plans,
        };
        match plan.failure() {
            Some(failure) => Err(failure.into()),
            None => plan.sealed(),
        }
    }

    /// The plan of one location.
    async fn take_back(
        &self,
        request: &Request,
        done: &LocationPlan,
        location: &Location,
        store: &mut Store,
    ) -> Result<LocationPlan> {
        let empty = planning::empty(location);
        let Some(marker) = store.applied(request.run, location.id).await? else {
            return Ok(LocationPlan {
                notes: vec![words::nothing_was_written(request.run)],
                ..empty
            });
        };
        if let Some(undoing) = store.undone(request.run, location.id).await? {
            return Ok(LocationPlan {
                error: Some(words::undone_before(request.run, &undoing).into()),
                ..empty
            });
        }
        let settings = &self.users.settings;
        let protected = planning::protected(settings);
        let reversed = reverse::reverse(done, request, store, &protected).await?;
        let plan = LocationPlan {
            // Nothing is missing: no list is needed.
            fetched: Fetched {
                complete: true,
                ..Fetched::default()
            },
            ..reversed.into_plan(empty)
        };
        self.guarded(plan, request, &marker, store).await
    }

    /// The plan with its checks: those about a server's list have nothing to look at.
    async fn guarded(
        &self,
        mut plan: LocationPlan,
        request: &Request,
        marker: &Marker,
        store: &mut Store,
    ) -> Result<LocationPlan> {
        let settings = &self.users.settings;
        let figures = Figures {
            listing: None,
            active_now: plan.active_now,
            deactivations: plan.deactivations() as u64,
            schema: guards::schema_of(&store.unique_indexes().await?),
        };
        let limits = planning::limits(
            settings,
            &super::Request {
                max_deactivate: request.max_deactivate,
                ..super::Request::default()
            },
        );
        plan.guards = guards::check(&figures, &limits);
        plan.notes.insert(0, words::takes_back(marker));
        let tripped = plan.tripped().map(|guard| guard.name);
        if tripped == Some(GuardName::Deactivations) {
            let backup = words::backup(&settings.database);
            plan.notes.push(words::many_deactivations(&backup));
        }
        let security = store.security(&settings.database).await?;
        plan.notes
            .extend(words::security(security).map(str::to_owned));
        Ok(plan)
    }
}

/// The location as the plan knew it; the database has forgotten it.
fn place_of(plan: &LocationPlan) -> Location {
    Location {
        id: plan.location_id,
        code: plan.code.clone(),
        name: plan.name.clone(),
        overrides: Overrides {
            production: plan.production,
            ..Overrides::default()
        },
        ..Location::default()
    }
}

impl Engine for Undo {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = Users::NAME;

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        self.users.accept(&request.plan)?;
        job.or_cancel("the plan to undo", self.look(&request))
            .await?
    }

    async fn apply(&self, plan: Plan, job: &Job) -> Result<Report> {
        self.users.apply(plan, job).await
    }
}
