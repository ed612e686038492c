//! From a request to a plan: which locations, what is there and here, what would follow.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use url::Url;
use uuid::Uuid;
use wildmatch::WildMatch;

use super::door::Door;
use super::guards::{self, Figures, Limits, List};
use super::listing::{Doubt, Listing};
use super::model::{Fetched, Guard, GuardName, Location, LocationPlan, Plan, Status};
use super::partition::{Classes, Rules, partition};
use super::store::{Keys, Store};
use super::{Request, Users, locations, words};
use crate::config::{Scheme, Users as Settings};
use crate::db::Security;
use crate::engine::Job;
use crate::error::{Kind, Result};
use crate::http;

/// The whole plan. `Err` only when it was stopped, or nothing could be planned anywhere.
pub async fn plan(users: &Users, request: &Request, job: &Job) -> Result<Plan> {
    let mut store = job.or_cancel("the plan", users.reading()).await??;
    let known = locations::all(&users.settings, store.as_mut()).await?;
    let chosen = locations::choose(known, request)?;
    let security = match &mut store {
        Some(store) => store.security(&users.settings.database).await?,
        None => Security::Local,
    };
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
            let store = store.as_mut();
            compare(&users.settings, request, &location, &listing, store).await
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
        plan.notes
            .extend(words::security(security).map(str::to_owned));
        plan.notes.extend(plain_http(&location));
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

async fn fetch(users: &Users, location: &Location, job: &Job) -> Result<Listing> {
    let door = Door::of(users, location)?;
    door.branch(users).list(job).await
}

/// That anybody can read along on the way to its server, where that is so.
fn plain_http(location: &Location) -> Option<String> {
    let url: Url = location.base()?.parse().ok()?;
    let allowed = location.overrides.scheme == Some(Scheme::Http);
    let host = url.host_str().unwrap_or_default();
    (allowed || http::is_open(&url)).then(|| words::plain_http(host))
}

/// What the listing means for the users here.
async fn compare(
    settings: &Settings,
    request: &Request,
    location: &Location,
    listing: &Listing,
    store: Option<&mut Store>,
) -> Result<LocationPlan> {
    let (local, keys, schema, synced) = match store {
        Some(store) => {
            let local = store.local_users(location.id, false).await?;
            let there = listing.seen().users.iter().map(|user| user.email.as_str());
            let keys = store
                .keys(there.chain(local.iter().map(|user| user.email.as_str())))
                .await?;
            (
                local,
                keys,
                guards::schema_of(&store.unique_indexes().await?),
                store.was_synced().await?,
            )
        }
        None => (Vec::new(), Keys::Plain, Ok(()), true),
    };
    let protected = protected(settings);
    let rules = Rules {
        key: &|email| keys.of(email),
        protected: &protected,
    };
    let classes = partition(listing, &local, &rules);
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
        schema,
    };
    let limits = limits(settings, request);
    let guards = guards::check(&figures, &limits);
    let error = match listing {
        Listing::Incomplete(_, Doubt::Failed(failure)) => Some(failure.clone()),
        _ => None,
    };
    Ok(LocationPlan {
        fetched,
        notes: notes(&classes, &guards, synced, settings),
        guards,
        error,
        active_now,
        ..classes.into_plan(location)
    })
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

fn notes(classes: &Classes, guards: &[Guard], synced: bool, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
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
    } else if !synced {
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
            production: location.overrides.production,
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
            notes: Vec::new(),
            guards: Vec::new(),
            error: None,
        }
    }
}
