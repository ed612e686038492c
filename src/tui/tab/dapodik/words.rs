//! Texts of the tab of Dapodik.

use std::fmt::Write as _;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::dapodik::Scope;
use crate::dapodik::model::Named;
use crate::dapodik::progress::{Eta, Progress};
use crate::text::{count, duration, excerpt, plural};

pub const LAST: &str = "Last global sync";
pub const LOOKING: &str = "Looking…";
pub const NEVER: &str = "there was none yet";
pub const NO_ANSWER: &str = "no answer";
pub const KECAMATAN: &str = "Kecamatan";
pub const EVENTS: &str = "Events";
pub const SYNC: &str = "Sync";
pub const NOTHING_RUNS: &str = "nothing is running here";
pub const READ_ONLY: &str = "nothing may be started: read_only is set";
pub const RIGHT: &str = "✓";
pub const PREVIEW: &str = "Preview";
pub const RESULT: &str = "Result";
pub const BESIDE: &str = "! A global sync runs over there, or died and left RUNNING. The backend \
                          locks nothing: two at once write the same rows.";
pub const AGAIN: &str = "r shows the same once more, with the settings as they are by then";
pub const LEFT_OUT: &str = "Left out";
pub const VERIFIED: &str = "✓ verified: the database has every kecamatan anew";
pub const PORTAL: &str = "[dapodik] source is \"portal\": selaras would fetch from the regional \
                          portal by itself. That comes with a later version. Nothing is started, \
                          and nothing was lost.";
pub const PORTAL_SETTINGS: [(&str, &str); 4] = [
    ("[dapodik] source", "\"remote\""),
    ("[dapodik] url", "the address of the backend"),
    (
        "EALUMNI_API_KEY",
        "or EALUMNI_USERNAME and EALUMNI_PASSWORD, or EALUMNI_AUTH_TOKEN (environment or .env)",
    ),
    (
        "[dapodik] database",
        "its database, to be checked after a sync; without it a sync is \"not verified\"",
    ),
];
pub const HERE: &str = "in hand";
pub const WAITING: &str = "waiting";

/// What the backend does when the run is stopped.
pub fn after_stop(scope: Option<&Scope>) -> &'static str {
    match scope {
        Some(Scope::Global | Scope::Kecamatan { .. }) | None => {
            "! The deployed backend goes on to the end of the kecamatan in hand, then ends with an \
             error, and does not refresh its view. A server of selaras stops at once. A sync that \
             is only watched goes on."
        }
        Some(_) => "! Only the waiting ends: the backend may do it all the same.",
    }
}

/// `1 school left out: 20400101 SD NEGERI 1 in 34.04.07 Depok (Sleman)`.
pub fn schools_left_out(schools: &[&Named]) -> String {
    let labels: Vec<&str> = schools.iter().map(|school| school.label.as_str()).collect();
    let many = plural(u64::try_from(labels.len()).unwrap_or(u64::MAX), "school");
    format!("{many} left out: {}", labels.join(", "))
}

pub fn verified_but(schools: usize) -> String {
    let schools = plural(u64::try_from(schools).unwrap_or(u64::MAX), "school");
    format!("✓ verified but for {schools} without PTK")
}

/// Of a sync that is only watched: how far it was when it was last heard of.
pub fn watching(progress: &Progress) -> String {
    let place = progress.place();
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    match progress.percent() {
        0 if place.is_empty() => "watching, started elsewhere".to_owned(),
        percent => format!("watching; the connection broke at {percent} %{place}"),
    }
}

/// A kecamatan in hand of which the backend says no more.
pub fn in_hand(name: &str, schools: &str) -> String {
    let gap = if schools.is_empty() { "" } else { " " };
    format!("{name} in hand{gap}{schools}")
}

pub fn plan(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("plan {}", &digits[digits.len() - 6..])
}

pub fn chosen(labels: &[String]) -> String {
    let named = labels
        .iter()
        .take(4)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match labels.len().checked_sub(4) {
        Some(more) if more > 0 => format!("Chosen: {named} and {more} more"),
        _ => format!("Chosen: {named}"),
    }
}

pub fn unverified(failed: usize, skipped: usize) -> String {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{} kecamatan are not there", count(number(failed))));
    }
    if skipped > 0 {
        parts.push(format!("{} left out", plural(number(skipped), "school")));
    }
    format!("✗ checked in the database: {}", parts.join(", "))
}

/// `ETA 19 min (15 to 24 min)`; no clock time, which `19:00` would be taken for.
pub fn eta(eta: &Eta) -> String {
    let [soonest, likely, latest] = [eta.soonest, eta.likely, eta.latest].map(about);
    let [
        (soonest, unit),
        (likely, likely_unit),
        (latest, latest_unit),
    ] = [soonest, likely, latest];
    if unit == latest_unit {
        format!("ETA {likely} {likely_unit} ({soonest} to {latest} {latest_unit})")
    } else {
        format!("ETA {likely} {likely_unit} ({soonest} {unit} to {latest} {latest_unit})")
    }
}

/// A length of time as a round figure and its unit.
fn about(length: SignedDuration) -> (String, &'static str) {
    let minutes = (length.as_secs() + 30) / 60;
    match length.as_secs() {
        seconds @ ..100 => (seconds.to_string(), "s"),
        ..6_000 => (minutes.to_string(), "min"),
        _ => (format!("{}:{:02}", minutes / 60, minutes % 60), "h"),
    }
}

/// The title of the bars: short, so that run and elapsed time stand beside it.
pub fn synced(scope: &Scope, target: &str) -> String {
    match scope {
        Scope::Kecamatan { codes } if codes.len() == 1 => format!("sync of {}", codes[0]),
        Scope::Kecamatan { codes } => format!("sync of {} kecamatan", codes.len()),
        _ => excerpt(target, 60),
    }
}

/// `! RUNNING, seen so for 03:20`, and when that was asked, unless it was just now.
pub fn seen_running(length: SignedDuration, asked: SignedDuration) -> String {
    let mut seen = "! RUNNING".to_owned();
    if length >= SignedDuration::from_secs(1) {
        let _ = write!(seen, ", seen so for {}", duration(length));
    }
    if asked >= SignedDuration::from_mins(1) {
        let _ = write!(seen, "; asked {} ago, m asks again", duration(asked));
    }
    seen
}

/// `17 · 2 failed`
pub fn kecamatan(all: usize, failed: usize) -> String {
    match failed {
        0 => all.to_string(),
        failed => format!("{all} · {failed} failed"),
    }
}

pub fn of_kecamatan(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{}/{}", count(done), count(total)),
        None => count(done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_foretold_is_round_and_has_its_unit() {
        let table = [
            ([40, 50, 90], "ETA 50 s (40 to 90 s)"),
            ([80, 119, 150], "ETA 2 min (80 s to 3 min)"),
            ([480, 533, 586], "ETA 9 min (8 to 10 min)"),
            ([5_000, 6_100, 8_000], "ETA 1:42 h (83 min to 2:13 h)"),
        ];
        for (seconds, words) in table {
            let [soonest, likely, latest] = seconds.map(SignedDuration::from_secs);
            let foretold = Eta {
                soonest,
                likely,
                latest,
            };
            assert_eq!(eta(&foretold), words);
        }
    }
}
