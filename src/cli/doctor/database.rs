//! The database of the users: whether it answers, what is in it, and whether its schema will do.

use std::sync::Arc;

use super::check::{Area, Check};
use crate::cli::words;
use crate::config::Config;
use crate::db::Security;
use crate::engine::{Engine as _, Job};
use crate::error::Result;
use crate::users::Users;
use crate::users::migrate::{Migrate, Request};
use crate::users::readiness::{self, Obstacle, Purpose};
use crate::users::store::{Catalogue, Index, Store};

/// What there is to say; nothing where users are not set up, which the settings have told.
pub async fn checks(config: &Arc<Config>) -> Vec<Check> {
    let Ok(users) = Users::new(Arc::clone(config)) else {
        return Vec::new();
    };
    let name = users.database();
    match users.reading().await {
        Err(error) => vec![Check::failed(Area::Database, &name, &error)],
        Ok(None) => vec![Check::skipped(Area::Database, words::not_made_yet(&name))],
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
    let answers = words::answers(name, active, inactive);
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

/// Whether the application writes the same zone's time: only a time of the future tells, that it
/// does not.
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
        Check::broken(Area::Database, words::not_unique(old)).hint(words::HINT_MIGRATE)
    });
    if !plan.duplicates.is_empty() {
        let text = words::duplicates(plan.duplicates.len() as u64);
        checks.push(Check::broken(Area::Database, text).hint(words::HINT_MIGRATE));
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
    match security {
        Security::Local => {
            Check::well(Area::Database, "the connection does not leave this machine")
        }
        Security::Verified => Check::well(Area::Database, words::VERIFIED),
        Security::Unverified => {
            Check::look(Area::Database, words::UNVERIFIED).hint(words::HINT_SSL)
        }
        Security::Plain => {
            Check::look(Area::Database, "the connection is not encrypted").hint(words::HINT_SSL)
        }
    }
}
