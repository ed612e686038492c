//! Texts about a backend: calls, streams, silence, breaks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::dapodik::follow::{Line, Sign};
use crate::dapodik::model::{Broken, Plan};
use crate::text::{count, duration, excerpt, local_time};

pub const LOGIN: &str = "sign-in";
pub const METADATA: &str = "metadata";
pub const RUNS: &str = "the runs of the server";
pub const STREAM: &str = "the sync's stream";
/// What leads to the backend.
pub const SETTING: &str = "`url` of [dapodik]";
pub const NO_JSON: &str = "no JSON";

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

/// One of two that belong together.
pub fn half(set: &str, missing: &str) -> String {
    format!(
        "{set} is set, {missing} is not: both are needed, or EALUMNI_API_KEY, or EALUMNI_AUTH_TOKEN"
    )
}

/// What is set and was refused; to set it would be no advice.
pub fn hint_refused(credentials: &[&str]) -> String {
    let set = credentials.join(" and ");
    let is = if credentials.len() > 1 || set.contains(" with ") {
        "are"
    } else {
        "is"
    };
    format!("{set} {is} set, and the backend refuses that: right, and not expired?")
}

pub fn hint_forbidden(credentials: &[&str]) -> String {
    let set = credentials.join(" and ");
    format!("{set} let us in, but not to this: does the account have the role for it?")
}

pub fn hint_path(base: &str) -> String {
    format!(
        "is {base} the right address, its path too? the backend sends whoever asks for a path that \
         it does not have to its sign-in page"
    )
}

pub fn hint_refused_or_path(credentials: &[&str], base: &str) -> String {
    format!("{}; else: {}", hint_refused(credentials), hint_path(base))
}

pub fn not_found_signed_in(what: &str, how: &str) -> String {
    format!("{what}: {how}, although the sign-in has worked")
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

/// What a cut means over there, and what to do.
pub fn hint_broken(broken: &Broken) -> String {
    let proxy = broken.proxy.as_ref();
    let proxy = proxy.map_or_else(String::new, |proxy| format!("{proxy}; "));
    format!(
        "{proxy}{BACKEND_ALONE}; nothing is started again by itself: when metadata is not RUNNING, \
         start it again"
    )
}

/// What the deployed backend does when its client is gone.
pub const BACKEND_ALONE: &str = "the deployed backend stops at the end of the kecamatan in hand \
                                 when its client is gone, and does not refresh its view";

/// Why a proxy is the likely cause, and what cures it.
pub fn proxy(sign: &Sign) -> String {
    let length =
        |length: &Duration| duration(SignedDuration::try_from(*length).unwrap_or_default());
    let sign = match sign {
        Sign::Status(status, after) => format!("{status} after {}", length(after)),
        Sign::Silence(after) => format!("cut after {} of silence", length(after)),
        Sign::Bursts => "frames are held back and come in bursts".to_owned(),
    };
    format!(
        "a proxy in front of the backend is the likely cause ({sign}): in nginx, its location needs \
         `proxy_buffering off;` `proxy_read_timeout 1h;` `proxy_http_version 1.1;`"
    )
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

/// `41 %, 34.04.07 Depok (Sleman)`.
fn place(broken: &Broken) -> String {
    let place = broken.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    format!("{} %{place}", broken.percent)
}

pub fn interrupted(broken: &Broken) -> String {
    format!(
        "interrupted at {}: the stream broke ({})",
        place(broken),
        broken.why
    )
}

/// `the connection broke at 41 %, 34.04.07 Depok (Sleman) (it ended without a result)`.
pub fn broke_at(broken: &Broken) -> String {
    format!("the connection broke at {} ({})", place(broken), broken.why)
}

/// The backend gave up after its client was gone.
pub fn gave_up_alone(broken: &Broken, why: &str) -> String {
    format!("{}, then {}", broke_at(broken), backend_failed(why))
}

/// `metadata says RUNNING, seen so since 2026-11-20 14:03`.
pub fn metadata_seen(said: &str, running: Option<Timestamp>) -> String {
    match running {
        Some(since) => format!(
            "{METADATA} says RUNNING, seen so since {}",
            local_time(since)
        ),
        None => format!("{METADATA}: {said}"),
    }
}

pub fn no_metadata_seen(why: &str) -> String {
    format!("{METADATA} cannot be asked ({why})")
}

pub fn rows_arrive(rows: u64) -> String {
    format!("rows arrive in the database, {} so far", count(rows))
}

pub fn no_rows_for(length: SignedDuration) -> String {
    format!("no new row in the database for {}", duration(length))
}

pub fn no_rows_yet() -> String {
    "no new row in the database yet".to_owned()
}

pub fn rows_unknown(why: &str) -> String {
    format!("the database cannot be read: {why}")
}

pub fn no_count() -> String {
    "it does not answer in time".to_owned()
}

/// What is known of a sync that is only watched.
pub fn known(metadata: Option<&str>, rows: Option<&str>) -> String {
    let metadata = metadata.unwrap_or("nothing is known");
    let rows = rows.map_or_else(String::new, |rows| format!("; {rows}"));
    format!("{metadata}; whether the backend still works cannot be seen from here{rows}")
}

/// Where the connection broke, where it did.
fn after_break(broken: Option<&Broken>) -> String {
    broken.map_or_else(String::new, |broken| format!(": {}", broke_at(broken)))
}

pub fn watched_in_vain(broken: Option<&Broken>, known: &str) -> String {
    format!(
        "the end of the sync was not seen{}; {known}",
        after_break(broken)
    )
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

/// Of a sync that may go on or be dead: only what is known is said.
pub fn stopped_watching(broken: Option<&Broken>, known: &str) -> String {
    format!("stopped watching{}; {known}", after_break(broken))
}

pub fn stopped_waiting() -> String {
    "stopped waiting for the server's run; it was not stopped and may still be at work".to_owned()
}

/// A server asked for a longer wait than anybody wants.
pub fn waits_less(asked: Duration, wait: Duration) -> String {
    let length = |length| duration(SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX));
    format!(
        "the server asks to wait for {} before going on; {} is waited",
        length(asked),
        length(wait)
    )
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
