//! Undoes a run: a new plan from what the run changed and from how those rows are now.
//!
//! Whether the run was applied is asked of its marker rows, not of its report: a run that died
//! after its commit can be undone too. No server is asked. Rows that were changed since are listed
//! and left alone. The plan is an ordinary one: shown, sealed and applied like any other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::guards::{self, Figures};
use super::model::{LocalUser, Location, RowId, Status, normal};
use super::plan::{Drift, GuardName, LocationPlan, Plan, Row};
use super::readiness::{self, Purpose};
use super::report::Report;
use super::store::{Marker, Store};
use super::{Users, locations, notes, planning};
use crate::config::{Config, Overrides};
use crate::engine::{Engine, Job, Seal};
use crate::error::Result;
use crate::text::{excerpt, plural, short_id};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub run: Uuid,
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
                let plan = self.undo_at(request, done, &location, &mut store).await?;
                plans.push(LocationPlan {
                    error: plan
                        .error
                        .or_else(|| Some(readiness::error(&obstacles)?.into())),
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

    async fn undo_at(
        &self,
        request: &Request,
        done: &LocationPlan,
        location: &Location,
        store: &mut Store,
    ) -> Result<LocationPlan> {
        let empty = planning::empty(location);
        let Some(marker) = store.applied(request.run, location.id).await? else {
            return Ok(LocationPlan {
                notes: vec![format!(
                    "run {} wrote nothing here: there is nothing to undo",
                    short_id(request.run)
                )],
                ..empty
            });
        };
        if let Some(undoing) = store.undone(request.run, location.id).await? {
            return Ok(LocationPlan {
                error: Some(notes::undone_before(request.run, &undoing).into()),
                ..empty
            });
        }
        let settings = &self.users.settings;
        let protected = planning::protected(settings);
        let mut plan = reverse(done, request, store, (empty, &protected)).await?;
        // Nothing is missing: no list is needed.
        plan.fetched.complete = true;
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
        let undoes = format!("undoes what was applied{}", notes::by(marker));
        plan.notes.insert(0, undoes);
        let tripped = plan.tripped().map(|guard| guard.name);
        if tripped == Some(GuardName::Deactivations) {
            plan.notes.push(notes::backup_first(&settings.database));
        }
        let security = store.security(&settings.database).await?;
        plan.notes
            .extend(notes::security(security).map(str::to_owned));
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
        // Only the folder of its run vouches for this plan, and whoever read it there broke that
        // seal: its own one may be of a version that sealed otherwise.
        self.users.accept_database(&request.plan.database)?;
        job.or_cancel("the plan to undo", self.look(&request))
            .await?
    }

    async fn apply(&self, plan: Plan, job: &Job) -> Result<Report> {
        self.users.apply(plan, job).await
    }
}

struct CurrentRows<'a> {
    by_id: HashMap<RowId, &'a LocalUser>,
    /// Written to after the run, by anybody.
    touched: HashSet<RowId>,
    protected: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// Adds to the plan what reverses what was `done` at its location, row by row, as far as the rows
/// are still as the run left them.
async fn reverse(
    done: &LocationPlan,
    request: &Request,
    store: &mut Store,
    (mut plan, protected): (LocationPlan, &(dyn Fn(&str) -> bool + Send + Sync)),
) -> Result<LocationPlan> {
    let place = done.location_id;
    let rows = store.local_users(place, false).await?;
    let touched = store.touched_since(request.run, place).await?;
    let now = CurrentRows {
        by_id: rows.iter().map(|row| (row.id, row)).collect(),
        touched: touched.into_iter().collect(),
        protected,
    };
    let active = rows.iter().filter(|row| row.status == Status::Active);
    plan.active_now = active.count() as u64;
    let added = added(store, &done.new, &rows).await?;
    let added = plan.sort_out(&added, Status::Active, &now);
    plan.reactivate = plan.sort_out(&existing(&done.deactivate), Status::Inactive, &now);
    plan.deactivate = plan.sort_out(&existing(&done.reactivate), Status::Active, &now);
    plan.drop_added(added, request, store).await?;
    plan.changed.extend(done.remove.iter().map(|row| Drift {
        email: row.email.clone(),
        was: Status::Active.word().to_owned(),
        is: "removed by that run; removed rows do not come back".to_owned(),
    }));
    plan.deactivate.sort();
    plan.unchanged = (plan.changed.len() + plan.protected.len()) as u64;
    Ok(plan)
}

/// A row of the run, and which row here it is; `Err` says why it is none.
type Found<'a> = (&'a Row, Result<RowId, String>);

fn existing(rows: &[Row]) -> Vec<Found<'_>> {
    let id = |row: &Row| row.id.as_deref().and_then(|id| id.parse().ok());
    rows.iter()
        .map(|row| (row, id(row).ok_or_else(no_longer_there)))
        .collect()
}

/// Added users have no row number in the plan: they are found by what the database takes for
/// their e-mail.
async fn added<'a>(
    store: &mut Store,
    new: &'a [Row],
    rows: &[LocalUser],
) -> Result<Vec<Found<'a>>> {
    let wanted = new.iter().map(|row| row.email.as_str());
    let there = rows.iter().map(|row| row.email.as_str());
    let keys = store.keys(wanted.chain(there)).await?;
    let mut by_key: HashMap<String, Vec<RowId>> = HashMap::new();
    for row in rows {
        let key = keys.of(&normal(&row.email));
        by_key.entry(key).or_default().push(row.id);
    }
    let find = |row: &Row| match by_key.get(&keys.of(&normal(&row.email))).map(Vec::as_slice) {
        None | Some([]) => Err(no_longer_there()),
        Some([id]) => Ok(*id),
        Some(_) => Err("there more than once".to_owned()),
    };
    Ok(new.iter().map(|row| (row, find(row))).collect())
}

impl LocationPlan {
    /// Keeps the rows that are still as the run left them, with status `was`; notes the others.
    fn sort_out(&mut self, rows: &[Found<'_>], was: Status, now: &CurrentRows<'_>) -> Vec<Row> {
        let mut kept = Vec::new();
        for (row, found) in rows {
            let is = match found {
                Err(why) => Err(why.clone()),
                Ok(id) => now.state(*id, &row.email, was),
            };
            match is {
                Ok(existing) if (now.protected)(&normal(&existing.email)) => {
                    self.protected.push(existing);
                }
                Ok(existing) => kept.push(existing),
                Err(is) => self.changed.push(Drift {
                    email: row.email.clone(),
                    was: was.word().to_owned(),
                    is,
                }),
            }
        }
        kept
    }

    /// Users that the run added become inactive, or are removed where that was asked for and
    /// nothing refers to them.
    async fn drop_added(
        &mut self,
        added: Vec<Row>,
        request: &Request,
        store: &mut Store,
    ) -> Result<()> {
        if !request.delete {
            self.deactivate.extend(added);
            return Ok(());
        }
        let ids: Vec<RowId> = added
            .iter()
            .filter_map(|row| row.id.as_deref()?.parse().ok())
            .collect();
        let referred = store.referred(&ids).await?;
        let mut kept = Vec::new();
        for (row, id) in added.into_iter().zip(ids) {
            match referred.get(&id) {
                None => self.remove.push(row),
                Some(table) => {
                    kept.push((row.email.clone(), table.clone()));
                    self.deactivate.push(row);
                }
            }
        }
        if !kept.is_empty() {
            self.notes.push(not_removed(&kept));
        }
        Ok(())
    }
}

impl CurrentRows<'_> {
    /// The row with `id`; `Err` says how it is no longer as the run left it.
    fn state(&self, id: RowId, email: &str, was: Status) -> Result<Row, String> {
        let row = self.by_id.get(&id).ok_or_else(no_longer_there)?;
        if row.email != email {
            return Err(notes::now_called(&row.email));
        }
        if row.status != was {
            return Err(row.status.word().to_owned());
        }
        if self.touched.contains(&id) {
            return Err(format!("{}, but written to since", was.word()));
        }
        Ok(Row {
            email: row.email.clone(),
            id: Some(id.to_string()),
            name: None,
        })
    }
}

fn no_longer_there() -> String {
    notes::NO_LONGER_THERE.to_owned()
}

/// That `users`, each with the table that refers to it, are not removed.
fn not_removed(users: &[(String, String)]) -> String {
    let some: Vec<_> = users
        .iter()
        .take(20)
        .map(|(email, table)| format!("{} ({})", excerpt(email, 80), excerpt(table, 80)))
        .collect();
    let more = if users.len() > 20 { ", …" } else { "" };
    format!(
        "{} made inactive and not removed, since rows of other tables refer to them: {}{more}",
        plural(users.len() as u64, "user"),
        some.join(", ")
    )
}
