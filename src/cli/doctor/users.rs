//! The users: whether their database answers and its schema will do, and whether each server of a
//! location is found, answers, and lets us in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::SignedDuration;
use url::Url;

use super::{Area, Check};
use crate::config::Config;
use crate::db::Security;
use crate::engine::{Engine as _, Job};
use crate::error::Result;
use crate::text::{count, duration, plural, scrub};
use crate::users::Users;
use crate::users::migrate::{Migrate, Request};
use crate::users::model::Location;
use crate::users::readiness::{self, Obstacle, Purpose};
use crate::users::store::{Catalogue, Index, Store};

/// How long one server is asked, its tries included.
const BUDGET: Duration = Duration::from_secs(10);
const MIGRATE: &str = "`selaras users migrate` shows the change and makes it";
const SSL: &str = "ssl-mode=VERIFY_IDENTITY (and ssl-ca) at the end of the database URL";

/// What there is to say; nothing where users are not set up, which the settings have told.
pub async fn database(config: &Arc<Config>) -> Vec<Check> {
    let Ok(users) = Users::new(Arc::clone(config)) else {
        return Vec::new();
    };
    let name = users.database();
    match users.reading().await {
        Err(error) => vec![Check::failed(Area::Database, &name, &error)],
        Ok(None) => {
            let text = format!("{} is not there yet; the first sync makes it", scrub(&name));
            vec![Check::skipped(Area::Database, text)]
        }
        Ok(Some(mut store)) => match look(config, &name, &mut store).await {
            Ok(checks) => checks,
            Err(error) => vec![Check::failed(Area::Database, &name, &error)],
        },
    }
}

async fn look(config: &Arc<Config>, name: &str, store: &mut Store) -> Result<Vec<Check>> {
    let catalogue = store.catalogue().await?;
    let obstacles = readiness::obstacles(&catalogue, Purpose::Sync);
    let mut found = obstacles.iter().map(obstacle).collect::<Vec<_>>();
    if obstacles.iter().any(|one| one.blinds) {
        return Ok(found);
    }
    let counts = store.counts().await?;
    let active = counts.iter().map(|count| count.active).sum();
    let inactive = counts.iter().map(|count| count.inactive).sum();
    let answers = format!(
        "{} answers: {}, {} inactive",
        scrub(name),
        plural(active, "active user"),
        count(inactive)
    );
    let mut checks = vec![Check::well(Area::Database, answers)];
    checks.extend(schema(config).await?);
    checks.append(&mut found);
    let settings = config.users.ready()?;
    checks.extend(character_set(&catalogue));
    if catalogue.has_times() {
        checks.push(times(settings.timezone.is_some(), store).await?);
    }
    checks.push(security(store.security(&settings.database).await?));
    Ok(checks)
}

fn obstacle(obstacle: &Obstacle) -> Check {
    let check = Check::broken(Area::Database, obstacle.text.as_str());
    match obstacle.sql.as_slice() {
        [] => check,
        sql => check.hint(format!("{};", sql.join("; "))),
    }
}

/// An e-mail that the column cannot hold is a conflict of every preview.
fn character_set(catalogue: &Catalogue) -> Option<Check> {
    let email = catalogue.user_column("email")?;
    let charset = email.charset.as_deref()?;
    if charset.eq_ignore_ascii_case("utf8mb4") {
        return None;
    }
    let text = format!(
        "users.email is {charset}: users whose e-mail has other characters are left out as conflicts"
    );
    let kind = &email.kind;
    Some(Check::look(Area::Database, text).hint(format!(
        "ALTER TABLE users MODIFY email {kind} CHARACTER SET utf8mb4 NOT NULL;"
    )))
}

/// Whether the application writes times of the same zone; only a time in the future can tell that
/// it does not.
async fn times(is_set: bool, store: &mut Store) -> Result<Check> {
    let ahead = store.newest_ahead().await?;
    Ok(match readiness::another_zone(ahead, is_set) {
        Some((text, hint)) => Check::look(Area::Database, text).hint(hint),
        None => Check::skipped(
            Area::Database,
            "the zone of the application's times cannot be checked: none lies in the future",
        ),
    })
}

/// What `users migrate` would have to do.
async fn schema(config: &Arc<Config>) -> Result<Vec<Check>> {
    let migrate = Migrate::new(Arc::clone(config))?;
    let plan = migrate.plan(Request::default(), &Job::silent()).await?;
    let mut checks = Vec::new();
    let unique = plan.found.iter().any(Index::is_new);
    let old = plan.found.iter().any(Index::is_old);
    checks.push(if unique && !old {
        Check::well(Area::Database, "users are unique by (email, location_id)")
    } else {
        let text = if old {
            "users are unique by (email) alone: nothing can be applied"
        } else {
            "users are not unique by (email, location_id): nothing can be applied"
        };
        Check::broken(Area::Database, text).hint(MIGRATE)
    });
    if !plan.duplicates.is_empty() {
        let emails = plural(plan.duplicates.len() as u64, "e-mail");
        let text = format!("{emails} twice at one location");
        checks.push(Check::broken(Area::Database, text).hint(MIGRATE));
    }
    if plan
        .changes
        .iter()
        .any(|change| change.sql.contains("selaras_runs"))
    {
        checks.push(Check::skipped(
            Area::Database,
            "selaras_runs is not there yet; the first sync makes it",
        ));
    }
    Ok(checks)
}

fn security(security: Security) -> Check {
    let area = Area::Database;
    match security {
        Security::Local => Check::well(area, "the connection does not leave this machine"),
        Security::Verified => {
            Check::well(area, "the connection is encrypted, the certificate checked")
        }
        Security::Unverified => {
            let text = "the connection is encrypted, but the certificate is not checked";
            Check::look(area, text).hint(SSL)
        }
        Security::Plain => Check::look(area, "the connection is not encrypted").hint(SSL),
    }
}

/// One check for each location, all at once.
pub async fn servers(config: &Arc<Config>) -> Vec<Check> {
    let Ok(users) = Users::new(Arc::clone(config)) else {
        return Vec::new();
    };
    let Ok(locations) = users.locations().await else {
        // The database has told why.
        let text = "not asked: the list of locations is in the database";
        return vec![Check::look(Area::Servers, text)];
    };
    join_all(locations.iter().map(|location| server(&users, location))).await
}

async fn server(users: &Users, location: &Location) -> Check {
    let began = Instant::now();
    let place = location.url.as_deref().map(place).unwrap_or_default();
    match users.try_login(location, BUDGET, &Job::silent()).await {
        Ok(()) => {
            let took = SignedDuration::try_from(began.elapsed()).unwrap_or_default();
            let (name, place, took) = (scrub(&location.name), scrub(&place), duration(took));
            Check::well(
                Area::Servers,
                format!("{name}: login works ({place}, {took})"),
            )
        }
        Err(error) => Check::failed(Area::Servers, &location.name, &error),
    }
}

/// Where a server is, without what may be secret in its address.
fn place(url: &str) -> String {
    let url: Option<Url> = url.parse().ok();
    url.map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}
