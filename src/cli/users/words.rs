//! Texts of `selaras users` for people.

use std::path::Path;

use crate::text::{plural, scrub};

pub const HINT_PLAN_FILE: &str = "a plan is what `selaras users plan --json` prints";

pub fn no_plan(path: &Path) -> String {
    format!("{} is no users plan", path.display())
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

pub fn exists(path: &Path) -> String {
    format!("{} is there already", path.display())
}

pub fn is_link(path: &Path) -> String {
    format!("{} is a link, and is not followed", path.display())
}

pub fn foreign_pipe(path: &Path) -> String {
    format!("{} is a pipe of another user", path.display())
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
