//! Texts about a script behind a service.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::error::Error;
use crate::text::{count, excerpt, local_time, scrub};

pub const STATUS: &str = "the status";
pub const LOG: &str = "the log";
pub const RUNS: &str = "the list of runs";
pub const RUN: &str = "the call that runs the script";
pub const STOP: &str = "the stop";
pub const LOGIN: &str = "the login";
/// What leads to the service.
pub const SETTING: &str = "`url` (and `prefix`) of [script]";
/// Stands in the output where the log moved on faster than it was asked for.
pub const MISSING_LINES: &str = "… lines may be missing …";

/// The host of a service, with its port where it is a special one.
pub fn server(url: &str) -> String {
    let parsed: Option<Url> = url.parse().ok();
    let host = parsed.as_ref().and_then(|url| {
        let host = url.host_str()?.to_owned();
        Some(
            url.port()
                .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
        )
    });
    scrub(&host.unwrap_or_else(|| url.to_owned()))
}

pub fn unanswered(server: &str, what: &str, why: &str) -> Error {
    Error::remote(format!("{server}: {what} failed: {why}"))
}

pub fn redirected(target: &str) -> String {
    format!("the server redirects to {target}")
}

pub fn hint_token() -> String {
    "correct SCRIPT_API_TOKEN, or SCRIPT_API_USERNAME and SCRIPT_API_PASSWORD".to_owned()
}

pub fn hint_login() -> String {
    "correct SCRIPT_API_USERNAME and SCRIPT_API_PASSWORD".to_owned()
}

pub fn no_runs_there(server: &str) -> String {
    format!("{server} offers no way to stop a run")
}

pub fn no_log_there(server: &str) -> String {
    format!("{server} has no log to show (yet)")
}

pub fn running_there(
    server: &str,
    last_line: Option<&str>,
    stale_since: Option<Timestamp>,
) -> Error {
    let last = last_line.map_or_else(String::new, |line| {
        format!("; the last line of its log: {}", excerpt(line, 200))
    });
    let text = format!("a sync is already running at {server}{last}");
    match stale_since {
        None => Error::busy(text).hint("`selaras script run --attach` follows it"),
        Some(at) => Error::busy(format!("{text}; {}", probably_stale(at))).hint(
            "look there whether the script runs; where it does not, its lock file is to be removed",
        ),
    }
}

/// `probably stale since 2026-11-08 03:14: its log stands still`
pub fn probably_stale(since: Timestamp) -> String {
    format!(
        "probably stale since {}: its log stands still",
        local_time(since)
    )
}

pub fn stands_still(server: &str, length: Duration) -> String {
    format!(
        "{server} says running, and its log has stood still for {}: its lock is probably stale",
        super::span(length)
    )
}

/// How a run ended of which a service only says that it is over.
pub fn good_by_its_log(line: &str) -> String {
    format!(
        "success, by the last line of its log: {}",
        excerpt(line, 200)
    )
}

pub fn no_result_but(line: &str) -> String {
    format!(
        "{}; the last line of its log: {}",
        super::no_result(),
        excerpt(line, 200)
    )
}

pub fn left_out(bytes: u64) -> String {
    format!(
        "── {} bytes of the output were left out here ──",
        count(bytes)
    )
}

pub fn very_long(bytes: u64, left_out: u64) -> String {
    format!(
        "the answer has {} bytes of output: the first and the last part are kept, {} bytes \
         between them are not",
        count(bytes),
        count(left_out)
    )
}

pub fn call_lost(why: &str) -> String {
    format!("{RUN} was lost ({why}); the script may go on: following status and log")
}

pub fn lost_sight(why: &str) -> String {
    format!("ended without a result: {why}")
}

pub fn left() -> String {
    "no longer followed".to_owned()
}

pub fn stopped_there() -> String {
    "stopped at the server".to_owned()
}

pub fn asked_to_stop(server: &str) -> String {
    format!("{server} was asked to stop it")
}

pub fn nothing_to_stop(server: &str) -> String {
    format!("{server} knows of no run to stop")
}

pub fn held_back(server: &str) -> String {
    format!(
        "{server} says idle and holds its answer back: something in the background may keep the \
         output open"
    )
}

pub fn error_there(message: &str) -> String {
    if message.is_empty() {
        "an error, without a message".to_owned()
    } else {
        message.to_owned()
    }
}

pub fn two_there() -> String {
    "the script failed with exit 2: the server said running, and nothing runs".to_owned()
}
