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
use crate::users::store::{Index, Store};

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
    let counts = store.counts().await?;
    let active = counts.iter().map(|count| count.active).sum();
    let inactive = counts.iter().map(|count| count.inactive).sum();
    let answers = words::answers(name, active, inactive);
    let mut checks = vec![Check::well(Area::Database, answers)];
    checks.extend(schema(config).await?);
    let url = &config.users.ready()?.database;
    checks.push(security(store.security(url).await?));
    Ok(checks)
}

/// What `users migrate` would have to do.
async fn schema(config: &Arc<Config>) -> Result<Vec<Check>> {
    let migrate = Migrate::new(Arc::clone(config))?;
    let plan = migrate.plan(Request::default(), &Job::silent()).await?;
    let mut checks = Vec::new();
    let unique = plan.found.iter().any(Index::is_new);
    let old = plan.found.iter().any(Index::is_old);
    checks.push(if unique && !old {
        Check::well(Area::Database, words::UNIQUE)
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
        checks.push(Check::skipped(Area::Database, words::NO_MARKERS));
    }
    Ok(checks)
}

fn security(security: Security) -> Check {
    match security {
        Security::Local => Check::well(Area::Database, words::LOCAL),
        Security::Verified => Check::well(Area::Database, words::VERIFIED),
        Security::Unverified => {
            Check::look(Area::Database, words::UNVERIFIED).hint(words::HINT_SSL)
        }
        Security::Plain => Check::look(Area::Database, words::UNENCRYPTED).hint(words::HINT_SSL),
    }
}
