//! From a request to a plan: which locations, what is there and here, what would follow.

mod fitting;
mod ground;

use std::time::Instant;

use futures_util::{StreamExt, stream};
use uuid::Uuid;
use wildmatch::WildMatch;

use super::door::Door;
use super::guards::{self, Figures, Limits, List};
use super::listing::{Doubt, Listing};
use super::model::{Fetched, Guard, GuardName, LocalUser, Location, LocationPlan, Plan, Status};
use super::partition::{Classes, Rules, partition};
use super::store::{Keys, Store};
use super::{Request, Users, locations, words};
use crate::config::Users as Settings;
use crate::engine::Job;
use crate::error::{Kind, Result};
use ground::Ground;

/// The whole plan. `Err` only when it was stopped, or nothing could be planned anywhere.
pub async fn plan(users: &Users, request: &Request, job: &Job) -> Result<Plan> {
    let looking = look(users, request);
    let (mut store, ground, chosen) = job.or_cancel("the plan", looking).await??;
    let concurrency = users.settings.concurrency;
    let fetching = stream::iter(chosen).map(|location| async move {
        let began = Instant::now();
        let listing = fetch(users, &location, job).await;
        (location, listing, began.elapsed())
    });
    let mut fetching = fetching.buffered(concurrency);
    let mut plans = Vec::new();
    while let Some((location, listing, took)) = fetching.next().await {
        let comparing = async {
            let listing = listing?;
            let here = (&ground, store.as_mut());
            compare(&users.settings, request, &location, &listing, here).await
        };
        let planned = job.or_cancel(&location.name, comparing).await?;
        let mut plan = match planned {
            Ok(plan) => plan,
            Err(error) if error.kind() == Kind::Stopped => return Err(error),
            Err(error) => LocationPlan {
                error: Some(error.into()),
                ..empty(&location)
            },
        };
        plan.fetched.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        plan.notes.extend(ground.notes.iter().cloned());
        match (&plan.error, &ground.unready) {
            (None, unready) => plan.error.clone_from(unready),
            (Some(_), Some(unready)) => plan.notes.push(unready.message.clone()),
            (Some(_), None) => {}
        }
        plans.push(plan);
    }
    let database = users.database();
    Plan {
        engine: "users".into(),
        id: Uuid::now_v7(),
        hash: String::new(),
        database,
        undoes: None,
        locations: plans,
    }
    .sealed()
}

/// What the database is like, and which locations are meant.
async fn look(users: &Users, request: &Request) -> Result<(Option<Store>, Ground, Vec<Location>)> {
    let mut store = users.reading().await?;
    let ground = match &mut store {
        Some(store) => Ground::read(store, &users.settings).await?,
        None => Ground::of_none(),
    };
    let known = locations::all(&users.settings, store.as_mut()).await?;
    let chosen = locations::choose(known, request)?;
    Ok((store, ground, chosen))
}

async fn fetch(users: &Users, location: &Location, job: &Job) -> Result<Listing> {
    let door = Door::of(users, location)?;
    door.branch(users).list(job).await
}

/// What the listing means for the users here.
async fn compare(
    settings: &Settings,
    request: &Request,
    location: &Location,
    listing: &Listing,
    (ground, store): (&Ground, Option<&mut Store>),
) -> Result<LocationPlan> {
    let protected = protected(settings);
    let (local, classes) = if let Some(store) = store {
        let local = store.local_users(location.id, false).await?;
        let there = listing.seen().users.iter().map(|user| user.email.as_str());
        let keys = store
            .keys(there.chain(local.iter().map(|user| user.email.as_str())))
            .await?;
        let mut classes = sort(listing, &local, &keys, &protected);
        fitting::fit(&mut classes, ground, settings.name, store).await?;
        (local, classes)
    } else {
        let mut classes = sort(listing, &[], &Keys::default(), &protected);
        for row in &mut classes.new {
            row.name = None;
        }
        (Vec::new(), classes)
    };
    let active_now = local
        .iter()
        .filter(|user| user.status == Status::Active)
        .count() as u64;
    let fetched = fetched(listing);
    let figures = Figures {
        listing: Some(List {
            doubt: fetched.why.as_deref(),
            rows: fetched.rows,
            pages: fetched.pages,
        }),
        active_now,
        deactivations: classes.deactivate.len() as u64,
        schema: ground.schema.clone(),
    };
    let limits = limits(settings, request);
    let guards = guards::check(&figures, &limits);
    let error = match listing {
        Listing::Incomplete(_, Doubt::Failed(failure)) => Some(failure.clone()),
        _ => None,
    };
    let notes = notes(&classes, &guards, ground, settings);
    let fills = match classes.new.as_slice() {
        [] => Vec::new(),
        _ => ground.fills.clone(),
    };
    Ok(LocationPlan {
        fetched,
        active_now,
        fills,
        notes,
        guards,
        error,
        ..classes.into_plan(location)
    })
}

fn sort(
    listing: &Listing,
    local: &[LocalUser],
    keys: &Keys,
    protected: &dyn Fn(&str) -> bool,
) -> Classes {
    let rules = Rules {
        key: &|email| keys.of(email),
        protected,
    };
    partition(listing, local, &rules)
}

/// Whether the configuration protects a normalised e-mail.
pub fn protected(settings: &Settings) -> impl Fn(&str) -> bool + Send + Sync + use<> {
    let patterns = settings.protected.iter();
    let patterns: Vec<_> = patterns
        .map(|pattern| WildMatch::new(&pattern.to_lowercase()))
        .collect();
    move |email| patterns.iter().any(|pattern| pattern.matches(email))
}

/// How much a request allows.
pub fn limits(settings: &Settings, request: &Request) -> Limits {
    Limits {
        deactivations: settings.max_deactivate,
        percent: u64::from(settings.max_deactivate_percent),
        allowed: request.max_deactivate,
        empty: request.allow_empty,
    }
}

fn fetched(listing: &Listing) -> Fetched {
    let seen = listing.seen();
    let why = match listing {
        Listing::Complete(_) => None,
        Listing::Incomplete(_, Doubt::DoesNotAddUp(why)) => Some(why.clone()),
        Listing::Incomplete(_, Doubt::Failed(failure)) => Some(failure.message.clone()),
    };
    Fetched {
        pages: seen.pages,
        rows: seen.users.len() as u64,
        total: seen.total,
        complete: why.is_none(),
        why,
        took_ms: 0,
    }
}

fn notes(classes: &Classes, guards: &[Guard], ground: &Ground, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if !classes.new.is_empty() && !ground.fills.is_empty() {
        notes.push(words::filled(&ground.fills, settings.name));
    }
    if classes.unknown > 0 {
        notes.push(words::unknown(classes.unknown));
    }
    if !classes.repeated.is_empty() {
        notes.push(words::repeated(&classes.repeated));
    }
    let many = guards
        .iter()
        .any(|guard| guard.name == GuardName::Deactivations && !guard.passed);
    let backup = words::backup(&settings.database);
    if many {
        notes.push(words::many_deactivations(&backup));
    } else if !ground.synced {
        notes.push(words::first_sync(&backup));
    }
    notes
}

/// A plan in which nothing is done.
pub fn empty(location: &Location) -> LocationPlan {
    Classes::default().into_plan(location)
}

impl Classes {
    fn into_plan(self, location: &Location) -> LocationPlan {
        LocationPlan {
            location_id: location.id,
            code: location.code.clone(),
            name: location.name.clone(),
            production: location.production,
            fetched: Fetched::default(),
            unchanged: self.unchanged.len() as u64,
            new: self.new,
            reactivate: self.reactivate,
            deactivate: self.deactivate,
            remove: Vec::new(),
            changed: Vec::new(),
            conflict: self.conflict,
            protected: self.protected,
            unchanged_rows: self.unchanged,
            ignored: self.ignored,
            gone: self.gone,
            active_now: 0,
            fills: Vec::new(),
            notes: Vec::new(),
            guards: Vec::new(),
            error: None,
        }
    }
}
