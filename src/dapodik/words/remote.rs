//! Texts about a backend: calls, streams, silence, breaks.

use std::time::Duration;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::dapodik::follow::Line;
use crate::dapodik::model::Plan;
use crate::text::{count, duration, excerpt};

pub const LOGIN: &str = "sign-in";
pub const METADATA: &str = "metadata";
pub const RUNS: &str = "the runs of the server";
pub const STREAM: &str = "the sync's stream";
/// What leads to the backend.
pub const SETTING: &str = "`url` of [dapodik]";
pub const NO_JSON: &str = "no JSON";
pub const NO_METADATA: &str = "the answer says nothing of the last sync";
pub const WEB_PAGE: &str = "a web page came";

pub fn peer(host: &str) -> String {
    format!("E-Alumni {host}")
}

pub fn no_credentials() -> String {
    "no credentials for the E-Alumni backend".to_owned()
}

pub fn hint_credentials() -> String {
    "set EALUMNI_API_KEY, or EALUMNI_USERNAME and EALUMNI_PASSWORD, or EALUMNI_AUTH_TOKEN, in the \
     environment or in .env"
        .to_owned()
}

pub fn hint_unknown() -> String {
    "it may have been done all the same: look before you try again".to_owned()
}

pub fn hint_empty_500() -> String {
    "the backend answers so when its database is down".to_owned()
}

pub fn hint_metadata() -> String {
    "`selaras dapodik metadata` shows how it stands".to_owned()
}

pub fn hint_interrupted() -> String {
    "nothing is started again by itself; when metadata is not RUNNING, start it again".to_owned()
}

pub fn call_failed(what: &str, why: &str) -> String {
    format!("{what}: {why}")
}

pub fn redirected(target: &str) -> String {
    format!("redirected to {target}")
}

pub fn not_signed_in(what: &str, how: &str) -> String {
    format!("{what}: not signed in ({how})")
}

pub fn no_cookie() -> String {
    format!("{LOGIN}: the backend set no auth_token cookie")
}

pub fn no_stream(told: &str) -> String {
    format!("{STREAM}: no event stream came, but {told}")
}

pub fn no_answer() -> String {
    "no answer about metadata in time".to_owned()
}

pub fn following(plan: &Plan) -> String {
    format!("follow the {}", super::scope(&plan.scope, &plan.kecamatan))
}

pub fn sending(what: &str) -> String {
    format!("ask for {what}")
}

pub fn watching() -> String {
    "watch by metadata".to_owned()
}

/// A server of selaras names the run that it began.
pub fn attending(run: Uuid) -> String {
    let digits = run.simple().to_string();
    format!("follow run {} of the server", &digits[digits.len() - 6..])
}

pub fn no_runs(first: &str) -> String {
    format!("{RUNS}: the answer lists none: {first}")
}

pub fn run_unknown() -> String {
    "the server does not know its run any more".to_owned()
}

pub fn run_not_seen(last: &str) -> String {
    format!("the end of the server's run was not seen; the last that was known: {last}")
}

pub fn run_died() -> String {
    "the server's run died without a report".to_owned()
}

pub fn run_partial(said: &str) -> String {
    if said.is_empty() {
        "the server did not do all of it".to_owned()
    } else {
        said.to_owned()
    }
}

pub fn checking() -> String {
    "look into the database".to_owned()
}

pub fn and_more(text: &str, more: u64) -> String {
    format!("{text} (and {} more)", count(more))
}

/// `connected, silent for 75 s; last global sync 2026-02-27 08:00 (3 d ago)`.
pub fn silent(length: Duration, line: Line, metadata: &str) -> String {
    let length = duration(SignedDuration::try_from(length).unwrap_or_default());
    let how = match line {
        Line::Opening => "asked, no answer for",
        Line::Open => "connected, silent for",
    };
    format!("{how} {length}, which is normal; {metadata}")
}

pub fn broken(why: &str) -> String {
    format!("the stream broke ({why}); it is not opened again: that would start another sync")
}

pub fn resuming(why: &str) -> String {
    format!("the stream broke ({why}); going on after the last event")
}

pub fn ended_early() -> String {
    "it ended without a result".to_owned()
}

pub fn metadata_says(what: &str) -> String {
    format!("{METADATA}: {what}")
}

pub fn backend_failed(why: &str) -> String {
    let why = excerpt(why.trim(), 400);
    if why.is_empty() {
        "the backend gave up without a reason".to_owned()
    } else {
        format!("the backend gave up: {why}")
    }
}

pub fn interrupted(percent: u64, place: Option<&str>, why: &str) -> String {
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    format!("interrupted at {percent} %{place}: the stream broke ({why})")
}

pub fn watched_in_vain(last: &str) -> String {
    format!("the end of the sync was not seen; the last that was known: {last}")
}

pub fn unclear(metadata: &str) -> String {
    format!("the end of the sync was not seen; now: {metadata}")
}

pub fn stop_asked() -> String {
    "the server was asked to stop".to_owned()
}

pub fn stopped_by_leaving() -> String {
    "stopped following: the backend goes on to the end of the kecamatan in hand, then ends, and \
     does not refresh its view"
        .to_owned()
}

pub fn stopped_there() -> String {
    "the sync was stopped at the server".to_owned()
}

pub fn stopped_watching() -> String {
    "stopped watching; the sync goes on at the backend".to_owned()
}

pub fn stopped_unknown() -> String {
    "stopped waiting for the answer; the backend may have done it all the same".to_owned()
}

pub fn two_at_once() -> String {
    "another sync was running: the end that metadata tells may be that one's".to_owned()
}

pub fn unread(frames: u64) -> String {
    format!(
        "{} of the stream could not be read",
        crate::text::plural(frames, "event")
    )
}
