//! Texts about what was sent, and what became of it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::http::Asked;
use crate::pimpinan::model::{Marked, Stats};
use crate::text::{count, duration, excerpt, plural};

/// The remote's name for people.
pub const PEER: &str = "central API";
/// What is asked of it.
pub const PUSH: &str = "push";

pub const NOBODY: &str = "Nobody is to be sent; nothing was sent.";

/// The bound is for all tries and the waits between them.
pub fn sending(number: usize, url: &str, bound: Duration) -> String {
    let number = plural(number as u64, "official");
    let bound = took(u64::try_from(bound.as_millis()).unwrap_or(u64::MAX));
    format!("send {number} to {url} (at most {bound}, tries included)")
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

/// What leads to the central API.
pub const SETTING: &str = "`url` of [pimpinan]";

/// `told` is status, words and address; rows that were named follow.
pub fn refused(told: &str, rows: &[Marked]) -> String {
    let mut text = format!("the central API refused the push: {told}");
    for row in rows.iter().take(3) {
        let _ = write!(text, "; {}", marked(row));
    }
    if rows.len() > 3 {
        let _ = write!(text, "; … ({})", plural(rows.len() as u64, "row"));
    }
    text
}

pub fn status_and(status: &str, said: &str, asked: &Asked) -> String {
    if status.ends_with(said) {
        format!("{status} ({asked})")
    } else {
        format!("{status}: {said} ({asked})")
    }
}

pub fn says_no(status: &str, said: &str, asked: &Asked) -> String {
    if status.ends_with(said) {
        format!("the central API answered {status}, but that the push failed ({asked})")
    } else {
        format!("the central API answered {status}, but that the push failed: {said} ({asked})")
    }
}

pub fn malformed(status: &str, first: &str, asked: &Asked) -> String {
    format!("the central API answered {status}, but no JSON object: {first} ({asked})")
}

/// Of an answer whose JSON stands behind something else.
pub fn behind(before: &str) -> String {
    format!("the central API printed something before its answer: {before}")
}

pub fn too_large(status: &str, first: &str) -> String {
    format!("the central API answered {status}, but more than 32 MiB: {first}")
}

pub fn redirected(target: &str, status: &str, asked: &Asked) -> String {
    format!("the central API did not take the push, but redirects to {target} ({status}, {asked})")
}

pub fn unreachable(why: &str) -> String {
    format!("the central API cannot be reached: {why}")
}

pub fn hint_unreachable(hint: &str) -> String {
    format!("{hint} nothing was sent")
}

pub fn unanswered(why: &str) -> String {
    format!("the central API did not answer in full: {why}")
}

pub fn unsafe_connection(why: &str) -> String {
    format!("nothing was sent to the central API: {why}")
}

/// The error that version 1 of the central API is known for.
pub fn empty_there(status: &str, asked: &Asked) -> String {
    format!(
        "the central API refused the push: {status}: a user of its own has an empty username, and \
         another would get one (the known error of its version 1); no row of this push is to blame \
         ({asked})"
    )
}

pub const USERNAME_TAKEN: &str = "the central database has this username already, under another id";

pub fn taken(status: &str, username: &str, id: Option<i64>, asked: &Asked) -> String {
    let whose = match id {
        Some(id) => format!("{} (id {id})", excerpt(username, 80)),
        None => format!("«{}», which was not sent", excerpt(username, 80)),
    };
    format!(
        "the central API refused the push: {status}: another user there has the username of {whose} \
         ({asked})"
    )
}

pub const HINT_REPEAT: &str =
    "whether it took the list in is not known; pushing again does no harm";

pub fn hint_later(hint: &str) -> String {
    format!("{hint}; pushing again does no harm")
}

pub fn hint_key(name: &str) -> String {
    format!(
        "check {name}, or {name}_FILE or {name}_COMMAND: the central API does not know this key"
    )
}

pub fn hint_not_allowed(name: &str, place: &str) -> String {
    format!("{place} admits this key or this machine not: check {name}, or ask its operators")
}

pub fn unsendable_key(name: &str) -> String {
    format!("{name} has characters that no HTTP header can carry; nothing was sent")
}

pub fn hint_unsendable_key(name: &str) -> String {
    format!("is there a line break or a control character in {name}?")
}

pub fn not_shared(path: &Path, group: u32, why: &std::io::Error) -> String {
    format!(
        "{} could not be given to group {group} of its folder ({why}): who reads it there may not \
         be able to",
        path.display()
    )
}

pub fn not_logged(why: &str) -> String {
    format!("the integration log could not be written: {why}")
}
