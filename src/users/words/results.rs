//! Texts about what was done, and what was not.

use uuid::Uuid;

use crate::error::{Error, Failure};
use crate::text::{excerpt, plural};
use crate::users::model::RowId;
use crate::users::store::Marker;

pub fn done(figures: &str) -> String {
    format!("Sync completed successfully! {figures}")
}

pub fn partly(figures: &str, done: usize, of: usize) -> String {
    format!("Sync completed for {done} of {of} locations: {figures}")
}

/// The original's words; a part about reactivations only where there were any.
pub fn figures(inserted: u64, reactivated: u64, deactivated: u64, unchanged: u64) -> String {
    let back = if reactivated > 0 {
        format!("{reactivated} users reactivated, ")
    } else {
        String::new()
    };
    format!(
        "{inserted} users added, {back}{deactivated} users deactivated, {unchanged} users unchanged."
    )
}

pub fn apply_failed(why: &str) -> String {
    format!("Failed to execute sync: {why}")
}

pub fn stale(rows: usize) -> String {
    format!(
        "{} changed since the preview; nothing was written",
        plural(rows as u64, "row")
    )
}

pub fn hint_plan_again() -> String {
    "plan again, and look at the new preview".to_owned()
}

pub fn strange_status(id: RowId, status: &str) -> String {
    format!(
        "user {id} has the status «{}», neither active nor inactive",
        excerpt(status, 40)
    )
}

pub fn wrong_row_count(written: u64, wanted: usize) -> String {
    format!("a statement met {written} rows instead of {wanted}; everything was rolled back")
}

pub fn row_without_id(email: &str) -> String {
    format!("the plan has no row number for {}", excerpt(email, 80))
}

pub fn no_longer_there() -> String {
    "no longer there".to_owned()
}

pub fn absent() -> String {
    "absent".to_owned()
}

pub fn now_called(email: &str) -> String {
    format!("now called {}", excerpt(email, 80))
}

pub fn applied_before(marker: &Marker) -> String {
    nothing_written(&format!("this plan was already applied{}", by(marker)))
}

/// Who did it, when, and in which run; for people.
pub fn by(marker: &Marker) -> String {
    let who = match excerpt(&marker.operator, 100) {
        nobody if nobody.is_empty() => String::new(),
        operator => format!(" by {operator}"),
    };
    let at = excerpt(&marker.applied_at, 40);
    format!("{who} at {at} (run {})", short(marker.run))
}

/// The last six digits of a run's id, as runs are listed.
pub fn short(run: Uuid) -> String {
    let id = run.simple().to_string();
    id[id.len().saturating_sub(6)..].to_owned()
}

pub fn stopped_before(name: &str) -> String {
    format!("stopped before {name}; nothing was written for it")
}

pub fn nothing_written(why: &str) -> String {
    format!("{why}; nothing was written")
}

pub fn another_database(plan: &str, now: &str) -> String {
    format!("the plan was made for {plan}, the configured database is {now}")
}

pub fn plan_was_changed() -> String {
    "the plan is not as it was made: its seal does not fit".to_owned()
}

pub fn unknown_location(code: &str, known: &[String]) -> String {
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    format!(
        "there is no location «{}» (known: {known})",
        excerpt(code, 40)
    )
}

pub fn no_locations() -> String {
    "there are no locations".to_owned()
}

pub fn hint_locations() -> String {
    "add [[users.location]] entries to the configuration, or point [users] database at the application's own".to_owned()
}

pub fn at(name: &str, message: &str) -> String {
    format!("{}: {message}", excerpt(name, 100))
}

/// A failed apply keeps its kind and hint, and says that nothing was lost.
pub fn failed_apply(error: &Error) -> Failure {
    let failure = Failure::from(error);
    Failure {
        message: nothing_written(&apply_failed(&failure.message)),
        ..failure
    }
}
