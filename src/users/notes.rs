//! Sentences that several parts of the engine say: markers, backups, the way to the database.

use uuid::Uuid;

use super::store::Marker;
use crate::config::DatabaseUrl;
use crate::db::Security;
use crate::error::Error;
use crate::text::{excerpt, short_id};

/// What helps whenever a plan is out of date.
pub const PLAN_AGAIN: &str = "plan again, and look at the new preview";
/// What a row is that a plan, or a run, has and the table has not.
pub const NO_LONGER_THERE: &str = "no longer there";

/// What a row is that has another e-mail by now.
pub fn now_called(email: &str) -> String {
    format!("now called {}", excerpt(email, 80))
}

/// Who applied it, when, and in which run: ` by budi at 2026-11-08 14:03:00 (run c41f9a)`.
pub fn by(marker: &Marker) -> String {
    let who = match excerpt(&marker.operator, 100) {
        nobody if nobody.is_empty() => String::new(),
        operator => format!(" by {operator}"),
    };
    let (at, run) = (excerpt(&marker.applied_at, 40), short_id(marker.run));
    format!("{who} at {at} (run {run})")
}

/// Why a run is not undone a second time.
pub fn undone_before(run: Uuid, undoing: &Marker) -> Error {
    let (run, by) = (short_id(run), by(undoing));
    Error::stale(format!("run {run} was already undone{by}"))
        .hint("nothing is left to undo; a new plan shows where the users stand")
}

/// What is wrong with the way to the database; `None` where it is safe.
pub fn security(security: Security) -> Option<&'static str> {
    match security {
        Security::Local | Security::Verified => None,
        Security::Plain => Some("the connection to the database is not encrypted"),
        Security::Unverified => {
            Some("the connection to the database is encrypted, its certificate was not checked")
        }
    }
}

/// What is wise before a plan whose number of deactivations trips its guard.
pub fn backup_first(database: &DatabaseUrl) -> String {
    format!(
        "before so many deactivations a backup is wise: {}",
        backup(database)
    )
}

/// The command that saves the tables a sync writes to.
pub fn backup(database: &DatabaseUrl) -> String {
    if let Some(path) = database.path() {
        return format!("sqlite3 '{}' \".backup 'users-backup.db'\"", path.display());
    }
    let name = database.target_name();
    let (host, schema) = name
        .rsplit_once(' ')
        .and_then(|(_, place)| place.rsplit_once('/'))
        .unwrap_or(("HOST", "DATABASE"));
    let (host, port) = host.rsplit_once(':').unwrap_or((host, "3306"));
    format!(
        "mysqldump --single-transaction -h {host} -P {port} -p {schema} users > users-backup.sql"
    )
}
