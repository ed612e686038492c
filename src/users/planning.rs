//! From a request to a plan: which locations, what is there and here, what would follow.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use url::Url;
use uuid::Uuid;
use wildmatch::WildMatch;

use super::guards::{self, Figures, Limits, List};
use super::listing::{Doubt, Listing};
use super::model::{Fetched, Guard, GuardName, Location, LocationPlan, Plan, Status, base_url};
use super::partition::{Classes, Rules, partition};
use super::remote::Branch;
use super::store::{Keys, Store};
use super::{Request, Users, words};
use crate::config::Users as Settings;
use crate::engine::Job;
use crate::error::{Error, Kind, Result};
use crate::http::{Patience, Peer};
use crate::text;

/// The whole plan. `Err` only when it was stopped, or nothing could be planned anywhere.
pub async fn plan(users: &Users, request: &Request, job: &Job) -> Result<Plan> {
    let mut store = job.or_cancel("the plan", users.reading()).await??;
    let known = locations(&users.settings, store.as_mut()).await?;
    let chosen = choose(known, request)?;
    let concurrency = users.settings.concurrency;
    let fetching = stream::iter(chosen).map(|location| async move {
        let began = Instant::now();
        let listing = fetch(users, &location, job).await;
        (location, listing, began.elapsed())
    });
    let mut fetching = fetching.buffered(concurrency);
    let mut plans = Vec::new();
    while let Some((location, listing, took)) = fetching.next().await {
        let plan = match listing {
            Ok(listing) => {
                let comparing = compare(
                    &users.settings,
                    request,
                    &location,
                    &listing,
                    store.as_mut(),
                );
                job.or_cancel(&location.name, comparing)
                    .await?
                    .map(|plan| LocationPlan {
                        fetched: Fetched {
                            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                            ..plan.fetched
                        },
                        ..plan
                    })?
            }
            Err(error) if error.kind() == Kind::Stopped => return Err(error),
            Err(error) => LocationPlan {
                error: Some(error.into()),
                ..empty(&location)
            },
        };
        plans.push(plan);
    }
    let database = users.database();
    Plan {
        engine: "users".into(),
        id: Uuid::now_v7(),
        hash: String::new(),
        database,
        locations: plans,
    }
    .sealed()
}

/// The locations of the configuration.
pub fn configured(settings: &Settings) -> Vec<Location> {
    let rows = settings.locations.iter();
    rows.map(|row| Location {
        // Rows without an id only say more about a foreign database's.
        id: row.id.unwrap_or_default(),
        code: row.code.clone(),
        name: row.name.clone(),
        url: row
            .url
            .as_ref()
            .and_then(|url| base_url(url.expose().as_str())),
        production: row.production,
    })
    .collect()
}

/// The locations of the database. An embedded one holds what the configuration says; of a foreign
/// one the configuration only says which are `production`.
pub async fn locations(settings: &Settings, store: Option<&mut Store>) -> Result<Vec<Location>> {
    let configured = configured(settings);
    let stored = match store {
        Some(store) => store.locations().await?,
        None => Vec::new(),
    };
    if !settings.is_embedded() {
        let production = |location: &Location| {
            configured
                .iter()
                .any(|row| row.production && row.code.eq_ignore_ascii_case(&location.code))
        };
        return Ok(stored
            .into_iter()
            .map(|location| Location {
                production: production(&location),
                ..location
            })
            .collect());
    }
    let forgotten = stored
        .into_iter()
        .filter(|location| !configured.iter().any(|row| row.id == location.id))
        .collect::<Vec<_>>();
    Ok(configured.into_iter().chain(forgotten).collect())
}

pub fn choose(known: Vec<Location>, request: &Request) -> Result<Vec<Location>> {
    if known.is_empty() {
        return Err(Error::config(words::no_locations()).hint(words::hint_locations()));
    }
    let Some(codes) = &request.locations else {
        return Ok(known);
    };
    let mut chosen: Vec<Location> = Vec::new();
    for code in codes {
        let found = known
            .iter()
            .find(|location| location.code.eq_ignore_ascii_case(code.trim()));
        let Some(found) = found else {
            let codes: Vec<_> = known
                .iter()
                .map(|location| text::scrub(&location.code))
                .collect();
            return Err(Error::usage(words::unknown_location(code, &codes)));
        };
        if !chosen.contains(found) {
            chosen.push(found.clone());
        }
    }
    Ok(chosen)
}

async fn fetch(users: &Users, location: &Location, job: &Job) -> Result<Listing> {
    let settings = &users.settings;
    let name = text::scrub(&location.name);
    let base = location.url.as_deref().ok_or_else(|| {
        Error::config(words::no_url(&name)).hint(words::hint_no_url(&text::scrub(&location.code)))
    })?;
    let url: Url = base
        .parse()
        .map_err(|_| Error::config(words::bad_url(base)).hint(words::hint_url(&name)))?;
    let credentials = users.config.login(&location.code)?;
    let patience = Patience {
        connect: settings.connect_timeout,
        request: settings.timeout,
        retry_base: users.config.retry_base,
    };
    let peer = Peer::new(&name, &url, patience)?;
    peer.keep_secret(credentials.password.clone());
    let branch = Branch {
        peer: &peer,
        base,
        email: &credentials.email,
        password: &credentials.password,
        page_size: u64::from(settings.page_size),
        concurrency: settings.concurrency,
        login_budget: settings.timeout,
    };
    branch.list(job).await
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
                store.uniqueness().await?,
                store.was_synced().await?,
            )
        }
        None => (Vec::new(), Keys::Plain, Ok(()), true),
    };
    let patterns: Vec<_> = settings
        .protected
        .iter()
        .map(|pattern| WildMatch::new(&pattern.to_lowercase()))
        .collect();
    let rules = Rules {
        key: &|email| keys.of(email),
        protected: &|email| patterns.iter().any(|pattern| pattern.matches(email)),
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

fn empty(location: &Location) -> LocationPlan {
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
