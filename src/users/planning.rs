//! From a request to a plan: which locations, what is there and here, what would follow.

mod database;
mod visit;

use futures_util::{StreamExt, stream};
use url::Url;
use uuid::Uuid;
use wildmatch::WildMatch;

use super::guards::{self, Figures, Limits, List};
use super::listing::{Doubt, Listing};
use super::model::{LocalUser, Location, Status, normal};
use super::partition::{Classes, Rules, partition};
use super::plan::{Fill, Guard, GuardName, LocationPlan, Plan};
use super::store::{Keys, Store};
use super::{Request, Users, locations, notes};
use crate::config::{NameFrom, Scheme, Users as Settings};
use crate::engine::{Job, Seal};
use crate::error::{Failure, Kind, Result};
use crate::http;
use crate::text::{excerpt, plural, with_hint};
use database::DatabaseFacts;
use visit::Visit;

/// The whole plan. `Err` only when it was stopped, or nothing could be planned anywhere.
pub async fn plan(users: &Users, request: &Request, job: &Job) -> Result<Plan> {
    let looking = look(users, request);
    let (mut store, facts, chosen) = job.or_cancel("the plan", looking).await??;
    let concurrency = users.settings.concurrency;
    let reading = stream::iter(chosen).map(|location| Visit::begin(users, location, job));
    let mut reading = reading.buffered(concurrency);
    let (mut plans, mut doubtful) = (Vec::new(), Vec::new());
    while let Some(visit) = reading.next().await {
        let here = (&facts, store.as_mut());
        let (plan, absent) = plan_location(&visit, users, request, here, job).await?;
        plans.push(plan);
        if absent > 0 && visit.wants_second_reading() {
            doubtful.push((plans.len() - 1, visit));
        }
    }
    let reading =
        stream::iter(doubtful).map(|(index, visit)| async move { (index, visit.again(job).await) });
    let mut reading = reading.buffered(concurrency);
    while let Some((index, visit)) = reading.next().await {
        let here = (&facts, store.as_mut());
        let (plan, _) = plan_location(&visit, users, request, here, job).await?;
        plans[index] = plan;
    }
    for plan in &mut plans {
        plan.notes.extend(facts.notes.iter().cloned());
        match (&plan.error, &facts.unready) {
            (None, unready) => plan.error.clone_from(unready),
            (Some(_), Some(unready)) => {
                let hint = unready.hint.as_deref();
                plan.notes.push(with_hint(&unready.message, hint));
            }
            (Some(_), None) => {}
        }
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
async fn look(
    users: &Users,
    request: &Request,
) -> Result<(Option<Store>, DatabaseFacts, Vec<Location>)> {
    let mut store = users.reading().await?;
    let facts = match &mut store {
        Some(store) => DatabaseFacts::read(store, &users.settings).await?,
        None => DatabaseFacts::of_none(),
    };
    let known = locations::all(&users.settings, store.as_mut()).await?;
    let chosen = locations::choose(known, request)?;
    Ok((store, facts, chosen))
}

/// The plan of a location after a visit at its server, and how many users it would deactivate for
/// being absent there. `Err` only when it was stopped.
async fn plan_location(
    visit: &Visit,
    users: &Users,
    request: &Request,
    here: (&DatabaseFacts, Option<&mut Store>),
    job: &Job,
) -> Result<(LocationPlan, u64)> {
    let location = &visit.location;
    let comparing = async {
        let listing = visit.listing.as_ref().map_err(Clone::clone)?;
        let compared = compare(&users.settings, request, location, listing, here).await;
        compared.map_err(Failure::from)
    };
    let looked = job.or_cancel(&location.name, comparing).await?;
    let (mut plan, absent) = match looked {
        Ok(compared) => compared,
        Err(failure) if failure.kind == Kind::Stopped => return Err(failure.into()),
        Err(failure) => {
            let plan = LocationPlan {
                error: Some(failure),
                ..empty(location)
            };
            (plan, 0)
        }
    };
    plan.fetched.took_ms = u64::try_from(visit.took.as_millis()).unwrap_or(u64::MAX);
    plan.notes.extend(plain_http(location));
    Ok((plan, absent))
}

/// A warning where the users travel unencrypted.
fn plain_http(location: &Location) -> Option<String> {
    let url: Url = location.base()?.parse().ok()?;
    let allowed = location.overrides.scheme == Some(Scheme::Http);
    let host = url.host_str().unwrap_or_default();
    (allowed || http::is_open(&url)).then(|| {
        let host = excerpt(host, 100);
        format!("plain http: anybody on the way to {host} can read the password and the users")
    })
}

/// What the listing means for the users here.
async fn compare(
    settings: &Settings,
    request: &Request,
    location: &Location,
    listing: &Listing,
    (facts, store): (&DatabaseFacts, Option<&mut Store>),
) -> Result<(LocationPlan, u64)> {
    let protected = protected(settings);
    let (local, classes) = if let Some(store) = store {
        let local = store.local_users(location.id, false).await?;
        let received = listing.received();
        let there = (received.users.iter()).chain(received.earlier.iter().flatten());
        let there = there.map(|user| user.email.as_str());
        let keys = store
            .keys(there.chain(local.iter().map(|user| user.email.as_str())))
            .await?;
        let mut classes = classify(listing, &local, &keys, &protected);
        database::fit(&mut classes, facts, settings.name, store).await?;
        (local, classes)
    } else {
        let mut classes = classify(listing, &[], &Keys::default(), &protected);
        for row in &mut classes.new {
            row.name = None;
        }
        (Vec::new(), classes)
    };
    let active_now = local
        .iter()
        .filter(|user| user.status == Status::Active)
        .count() as u64;
    let fetched = visit::fetched(listing, location);
    let figures = Figures {
        listing: Some(List {
            complete: fetched.complete,
            why: fetched.why.as_deref().filter(|_| !listing.is_plain()),
            rows: fetched.rows,
            pages: fetched.pages,
        }),
        active_now,
        deactivations: classes.deactivate.len() as u64,
        schema: facts.schema.clone(),
    };
    let limits = limits(settings, request);
    let guards = guards::check(&figures, &limits);
    let error = match listing {
        Listing::Incomplete(_, Doubt::Failed(failure)) => Some(failure.clone()),
        _ => None,
    };
    let absent = classes.absent;
    let notes = notes(&classes, &guards, facts, settings);
    let fills = match classes.new.as_slice() {
        [] => Vec::new(),
        _ => facts.fills.clone(),
    };
    let plan = LocationPlan {
        fetched,
        active_now,
        fills,
        notes,
        guards,
        error,
        ..classes.into_plan(location)
    };
    Ok((plan, absent))
}

fn classify(
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
        .map(|pattern| WildMatch::new(&normal(pattern)))
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

fn notes(
    classes: &Classes,
    guards: &[Guard],
    facts: &DatabaseFacts,
    settings: &Settings,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !classes.new.is_empty() && !facts.fills.is_empty() {
        notes.push(filled(&facts.fills, settings.name));
    }
    if classes.unknown > 0 {
        notes.push(format!(
            "{} not on the pages that arrived: unknown, not missing; nobody is deactivated",
            plural(classes.unknown, "active user")
        ));
    }
    notes.extend(visit::skipped(classes.skipped));
    if !classes.repeated.is_empty() {
        notes.push(repeated(&classes.repeated));
    }
    let many = guards
        .iter()
        .any(|guard| guard.name == GuardName::Deactivations && !guard.passed);
    if many {
        notes.push(notes::backup_first(&settings.database));
    } else if !facts.synced {
        let backup = notes::backup(&settings.database);
        notes.push(format!(
            "first sync of this database: a backup first is wise: {backup}"
        ));
    }
    notes
}

/// What new users get in the columns that the table demands besides.
fn filled(fills: &[Fill], from: NameFrom) -> String {
    let parts = fills.iter().map(|fill| match (fill, from) {
        (Fill::Name, NameFrom::Remote) => "a name (their server's, else the e-mail)",
        (Fill::Name, NameFrom::Email) => "a name (the e-mail)",
        (Fill::Password, _) => "a password that nobody knows (random, in the form of a hash)",
    });
    let parts = parts.collect::<Vec<_>>().join(" and ");
    format!("the table demands more of new users; they get {parts}")
}

fn repeated(emails: &[String]) -> String {
    let some: Vec<_> = emails.iter().take(3).map(|one| excerpt(one, 80)).collect();
    let more = if emails.len() > 3 { ", …" } else { "" };
    format!(
        "{} listed more than once under different ids, taken as one: {}{more}",
        plural(emails.len() as u64, "user"),
        some.join(", ")
    )
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
            unchanged: self.unchanged.len() as u64,
            new: self.new,
            reactivate: self.reactivate,
            deactivate: self.deactivate,
            conflict: self.conflict,
            protected: self.protected,
            unchanged_rows: self.unchanged,
            ignored: self.ignored,
            gone: self.gone,
            ..LocationPlan::default()
        }
    }
}
