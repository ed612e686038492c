//! A plan, a report, a guard, a drift in sentences: what screen, command line and journal all say.
//!
//! Text from outside is scrubbed here. Clauses have no full stop unless they are whole sentences.

use std::path::Path;

use jiff::SignedDuration;
use uuid::Uuid;

use super::model::{Drift, LocationPlan};
use super::store::Duplicate;
use crate::text::{count, duration, excerpt, plural, scrub, short_id};

/// `add 25 · reactivate 2 · deactivate 3 · remove 1`, for all of `locations` together.
pub fn changes<'a>(locations: impl IntoIterator<Item = &'a LocationPlan>) -> String {
    let mut sums = [0; 4];
    for location in locations {
        let rows = [
            &location.new,
            &location.reactivate,
            &location.deactivate,
            &location.remove,
        ];
        for (sum, rows) in sums.iter_mut().zip(rows) {
            *sum += rows.len() as u64;
        }
    }
    let verbs = ["add", "reactivate", "deactivate", "remove"].iter();
    let parts = verbs.zip(sums).filter(|(_, sum)| *sum > 0);
    let parts: Vec<_> = parts
        .map(|(verb, sum)| format!("{verb} {}", count(sum)))
        .collect();
    parts.join(" · ")
}

/// `Dev: add 25`.
pub fn changes_at(location: &LocationPlan) -> String {
    at(&location.name, &changes([location]))
}

/// What a question says about a location that stays as it is.
pub fn nothing_at(name: &str, why: &str) -> String {
    at(name, &format!("nothing ({})", scrub(why)))
}

/// `Dev: what`.
pub fn at(name: &str, what: &str) -> String {
    format!("{}: {what}", excerpt(name, 100))
}

/// `fetched 812 of 812 · 9 pages · 0.4 s`.
pub fn fetched(location: &LocationPlan) -> String {
    let fetched = &location.fetched;
    let took = i64::try_from(fetched.took_ms).unwrap_or(i64::MAX);
    let of = (fetched.total).map_or_else(String::new, |total| format!(" of {}", count(total)));
    let mut parts = vec![
        format!("fetched {}{of}", count(fetched.rows)),
        plural(fetched.pages, "page"),
        duration(SignedDuration::from_millis(took)),
    ];
    for (users, what) in [
        (location.ignored, "inactive there"),
        (location.gone, "gone before"),
    ] {
        parts.extend((users > 0).then(|| format!("{} {what}", count(users))));
    }
    parts.join(" · ")
}

/// How a row differs from what the plan saw.
pub fn drift(drift: &Drift) -> String {
    format!("was {}, is now {}", scrub(&drift.was), scrub(&drift.is))
}

/// The same with its e-mail.
pub fn drifted(row: &Drift) -> String {
    format!("{}: {}", excerpt(&row.email, 120), drift(row))
}

/// Rows that a migration cannot make unique.
pub fn duplicate(row: &Duplicate) -> String {
    let (email, ids) = (excerpt(&row.email, 120), excerpt(&row.ids, 200));
    format!("{email} at location {} (rows {ids})", row.location_id)
}

/// What a plan to undo `run` is called.
pub fn undo_of(run: Uuid) -> String {
    format!("Undo of run {}", short_id(run))
}

/// How an export ended.
pub fn exported(users: u64, path: &Path) -> String {
    format!("{} written to {}", plural(users, "user"), path.display())
}
