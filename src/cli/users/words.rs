//! Texts of `selaras users` for people.

use std::path::Path;

use crate::text::{count, excerpt, plural, scrub};
use crate::users::LocationPlan;

pub const HINT_PLAN_FILE: &str = "a plan is what `selaras users plan --json` prints";

pub fn no_plan(path: &Path) -> String {
    format!("{} is no users plan", path.display())
}

pub fn at(name: &str, message: &str) -> String {
    format!("{}: {message}", excerpt(name, 100))
}

/// `Dev: add 25 · reactivate 2 · deactivate 3`.
pub fn change(location: &LocationPlan) -> String {
    let parts = [
        ("add", location.new.len()),
        ("reactivate", location.reactivate.len()),
        ("deactivate", location.deactivate.len()),
        ("delete", location.remove.len()),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(verb, number)| format!("{verb} {}", count(*number as u64)))
        .collect();
    format!("{}: {}", scrub(&location.name), parts.join(" · "))
}

/// What a confirmation says about a location that stays as it is.
pub fn left_out(name: &str, why: &str) -> String {
    format!("{}: nothing ({})", scrub(name), scrub(why))
}

pub fn question(changes: &[String], database: &str) -> String {
    format!("Apply to {}:\n  {}", scrub(database), changes.join("\n  "))
}

pub fn figure(name: &str, deactivations: u64) -> String {
    format!(
        "Type {deactivations} to deactivate so many at {}, anything else to leave it as it is: ",
        scrub(name)
    )
}

/// How a row differs from what the plan saw.
pub fn drift(email: &str, was: &str, is: &str) -> String {
    format!("{email}: was {}, is now {}", scrub(was), scrub(is))
}

pub fn exported(users: u64, path: &Path) -> String {
    format!(
        "{} written to {}",
        crate::text::plural(users, "user"),
        path.display()
    )
}

pub fn exists(path: &Path) -> String {
    format!("{} is there already", path.display())
}

pub fn is_link(path: &Path) -> String {
    format!("{} is a link, and is not followed", path.display())
}

pub fn foreign_pipe(path: &Path) -> String {
    format!("{} is a pipe of another user", path.display())
}

pub fn undoing(run: uuid::Uuid) -> String {
    format!("takes run {run} back")
}

pub fn not_undoable(short: &str, engine: &str) -> String {
    format!(
        "run {short} is one of {}: only a users run can be undone",
        scrub(engine)
    )
}

pub fn alter(statements: u64, database: &str) -> String {
    format!(
        "Run {} on {}",
        plural(statements, "statement"),
        scrub(database)
    )
}

pub fn duplicate(email: &str, location: i64, ids: &str) -> String {
    format!(
        "{} stands twice at location {location}: users {}",
        excerpt(email, 120),
        excerpt(ids, 200)
    )
}
