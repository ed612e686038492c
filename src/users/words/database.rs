//! Texts about the database: its locks, its rights, its files.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;

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

pub fn no_answer(after: Duration) -> String {
    format!(
        "the database gave no answer within {} min",
        after.as_secs() / 60
    )
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

/// The connection broke while it committed and could not be made again: nobody here knows.
pub fn undecided(error: &Error) -> Error {
    Error::database(format!(
        "{}; whether it was written could not be asked: the database does not answer",
        error.chain()
    ))
    .hint("plan again when it is back: the preview shows what is left to do")
}
