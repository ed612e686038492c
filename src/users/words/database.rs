//! Texts about the database: its locks, its rights, its files.

use std::path::Path;

use uuid::Uuid;

use super::{apply_failed, short};
use crate::error::{Error, Failure};

pub fn cannot_make_tables(path: &Path) -> String {
    format!("the tables of {} cannot be made", path.display())
}

/// Who holds a lock: the connection, and whose it is where that may be seen.
pub fn busy(holder: Option<(&str, Option<(&str, &str)>)>) -> String {
    let who = match holder {
        None => String::new(),
        Some((connection, None)) => format!(" (connection {connection})"),
        Some((connection, Some((user, host)))) => {
            format!(" (connection {connection}, {user} from {host})")
        }
    };
    format!("another sync is writing to this location of the database{who}")
}

pub fn hint_busy() -> String {
    "plan again when it has ended; on the database, SHOW PROCESSLIST shows the connection"
        .to_owned()
}

pub fn no_lock() -> String {
    "the database gave no answer about the lock".to_owned()
}

pub fn lock_lost() -> String {
    "the lock on the location was lost; everything was rolled back".to_owned()
}

/// All that an administrator would have to run for a database user who lacks a right.
pub fn hint_grants(first: &[&str], rights: &str, database: &str, user: &str) -> String {
    let rights = [
        format!("GRANT {rights} ON `{database}`.users TO {user}"),
        format!("GRANT SELECT, INSERT ON `{database}`.selaras_runs TO {user}"),
    ];
    let all: Vec<_> = first
        .iter()
        .copied()
        .chain(rights.iter().map(String::as_str))
        .collect();
    format!("an administrator of the database runs: {};", all.join("; "))
}

/// The database did not answer to a COMMIT, and not to the question for its marker row either.
pub fn undecided(error: &Error, run: Uuid) -> Failure {
    let hint = format!(
        "`selaras runs show {}` asks the database when it is back; or plan again: the preview shows \
         what is left to do",
        short(run)
    );
    let why = format!("{}; unknown whether it was written", error.chain());
    Error::database(apply_failed(&why)).hint(hint).into()
}

/// A second wish to stop, in the middle of a location.
pub fn stopped_within(name: &str) -> String {
    format!("stopped while it wrote to {name}")
}
