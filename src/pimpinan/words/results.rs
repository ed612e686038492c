//! Texts about what was sent, and what became of it.

use std::fmt::Write as _;

use crate::pimpinan::model::{Marked, Stats};
use crate::text::{count, duration, excerpt, plural};

/// The remote's name for people.
pub const PEER: &str = "central API";
/// What is asked of it.
pub const PUSH: &str = "push";

pub const NOBODY: &str = "Nobody is to be sent; nothing was sent.";

pub fn sending(number: usize, url: &str) -> String {
    format!("send {} to {url}", plural(number as u64, "official"))
}

pub fn sent(number: u64, url: &str, code: u16, message: &str) -> String {
    let number = plural(number, "official");
    format!("Sent {number} to {url}: {code}, {message}")
}

pub fn stats(stats: &Stats) -> String {
    format!(
        "{} inserted, {} updated, {} skipped, {} conflicts, {} errors",
        count(stats.inserted),
        count(stats.updated),
        count(stats.skipped),
        count(stats.conflicts),
        count(stats.errors)
    )
}

pub fn took(milliseconds: u64) -> String {
    let length = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    duration(jiff::SignedDuration::from_millis(length))
}

pub fn partly(errors: u64, sent: usize, rows: &[Marked]) -> String {
    let mut text = format!(
        "{} of {} not taken in by the central API",
        count(errors),
        plural(sent as u64, "official")
    );
    for row in rows.iter().take(3) {
        let _ = write!(text, "; {}", marked(row));
    }
    if rows.len() > 3 {
        text.push_str("; …");
    }
    text
}

/// `kasi_pem: username already taken`.
pub fn marked(row: &Marked) -> String {
    if row.username.is_empty() {
        excerpt(&row.reason, 200)
    } else {
        format!(
            "{}: {}",
            excerpt(&row.username, 80),
            excerpt(&row.reason, 200)
        )
    }
}

pub const HINT_PARTLY: &str =
    "the others are taken in; correct these in Docku and push again, which does no harm";

pub fn refused(status: &str, said: &str) -> String {
    if status.ends_with(said) {
        format!("the central API refused the push: {status}")
    } else {
        format!("the central API refused the push: {status}: {said}")
    }
}

pub fn says_no(status: &str, said: &str) -> String {
    if status.ends_with(said) {
        format!("the central API answered {status}, but that the push failed")
    } else {
        format!("the central API answered {status}, but that the push failed: {said}")
    }
}

pub fn malformed(status: &str, first: &str) -> String {
    format!("the central API answered {status}, but no JSON object: {first}")
}

pub fn too_large(status: &str, first: &str) -> String {
    format!("the central API answered {status}, but more than 32 MiB: {first}")
}

pub fn redirected(target: &str) -> String {
    format!("the central API did not take the push, but redirects to {target}")
}

pub fn unreachable(why: &str) -> String {
    format!("the central API cannot be reached: {why}")
}

pub fn broken(why: &str) -> String {
    format!("the central API did not answer in full: {why}")
}

pub fn unsafe_connection(why: &str) -> String {
    format!("no safe connection to the central API: {why}")
}

pub const HINT_TLS: &str =
    "nothing was sent; is its certificate valid, and its issuer trusted by this machine?";
pub const TIMEOUT: &str = "the central API did not answer in time: Connection timeout";
pub const STOPPED: &str = "the push was stopped before the central API had taken it in";

pub const USERNAME_TAKEN: &str = "the central database has this username already, under another id";

pub fn taken(status: &str, username: &str, id: Option<i64>) -> String {
    let whose = match id {
        Some(id) => format!("{} (id {id})", excerpt(username, 80)),
        None => format!("«{}», which was not sent", excerpt(username, 80)),
    };
    format!(
        "the central API refused the push: {status}: another user there has the username of {whose}"
    )
}

pub const HINT_TAKEN: &str = "nobody of this push was taken in for sure; leave that row out, or \
     have the username freed in the central database, and push again";
pub const HINT_URL: &str = "does `url` of [pimpinan] lead to the central API?";
pub const HINT_UP: &str =
    "is the central API up and reachable from this machine? nothing was taken in";
pub const HINT_REPEAT: &str =
    "whether it took the list in is not known; pushing again does no harm";
pub const HINT_SAYS_NO: &str = "its operators know why; pushing again does no harm";
pub const HINT_REFUSED: &str = "the payload is shown by `selaras push plan --json`";
pub const HINT_LATER: &str = "its operators know why; try again later, which does no harm";

pub fn hint_key(name: &str) -> String {
    format!(
        "check {name}, or {name}_FILE or {name}_COMMAND: the central API does not know this key"
    )
}

pub fn unsendable_key(name: &str) -> String {
    format!("{name} has characters that no HTTP header can carry; nothing was sent")
}

pub fn hint_unsendable_key(name: &str) -> String {
    format!("is there a line break or a control character in {name}?")
}

pub fn not_logged(why: &str) -> String {
    format!("the integration log could not be written: {why}")
}
