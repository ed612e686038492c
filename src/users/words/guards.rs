//! Texts about the checks between a plan and the database.

use crate::text::{count, plural, scrub};
use crate::users::guards::Limits;

pub fn guard_complete(rows: u64, pages: u64) -> String {
    format!(
        "{} on {}, complete",
        plural(rows, "row"),
        plural(pages, "page")
    )
}

pub fn guard_incomplete(why: &str) -> String {
    format!("the list is not complete: {why}")
}

pub fn guard_not_empty(rows: u64, active: u64, allowed: bool) -> String {
    match (rows, allowed) {
        (0, true) => "the list is empty, allowed by --allow-empty".to_owned(),
        (0, false) if active == 0 => "the list is empty, and nobody is active here".to_owned(),
        (0, false) => format!(
            "the list is empty while {} are active here",
            plural(active, "user")
        ),
        _ => format!("the list has {}", plural(rows, "row")),
    }
}

pub fn guard_deactivations(deactivations: u64, active: u64, limits: &Limits) -> String {
    let users = plural(active, "active user");
    if deactivations == 0 {
        return format!("0 of {users} would be deactivated");
    }
    let share = percent(deactivations, active);
    let limit = match limits.allowed {
        Some(allowed) => format!("allowed: {}", count(allowed)),
        None => format!(
            "limits: {} and {} %",
            count(limits.deactivations),
            limits.percent
        ),
    };
    format!(
        "{} of {users} would be deactivated ({share} %; {limit})",
        count(deactivations)
    )
}

/// A share with one decimal, without it when it is whole: `16.7`, `75`.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "100".to_owned();
    }
    let tenths = (u128::from(part) * 1_000 + u128::from(whole) / 2) / u128::from(whole);
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

pub fn guard_schema() -> String {
    "users are unique by (email, location_id)".to_owned()
}

pub fn guard_schema_old() -> String {
    "users are unique by (email) alone: run `selaras users migrate` first".to_owned()
}

pub fn guard_schema_none() -> String {
    "users are not unique by (email, location_id): run `selaras users migrate` first".to_owned()
}

pub fn guard_tripped(detail: &str) -> String {
    format!("Not applied: {detail}")
}

pub fn hint_guard_deactivations(deactivations: u64) -> String {
    format!("if that is right, go on with --max-deactivate {deactivations}")
}

pub fn hint_guard_complete() -> String {
    "nothing was written for this location; try again when its server answers in full".to_owned()
}

/// Which setting decides whether an answer is the whole list.
pub fn settles_it(code: &str) -> String {
    format!(
        "paging = \"none\" in the [[users.location]] block of {} settles it",
        scrub(code)
    )
}

pub fn hint_guard_undecided(code: &str) -> String {
    format!(
        "nothing was written; if this server sends all its users in one answer, {}",
        settles_it(code)
    )
}

pub fn hint_guard_empty() -> String {
    "nothing was written for this location; if the list is rightly empty, add --allow-empty"
        .to_owned()
}

pub fn hint_guard_schema() -> String {
    "nothing was written for this location; `selaras users migrate` shows the change and makes it"
        .to_owned()
}
