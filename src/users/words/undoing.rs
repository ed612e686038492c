//! Texts about taking a run back.

use uuid::Uuid;

use super::{by, short};
use crate::error::Error;
use crate::text::{excerpt, plural};
use crate::users::store::Marker;

pub fn undone(figures: &str) -> String {
    format!("Undo completed successfully! {figures}")
}

/// Removals and rows left alone are named only where there are any.
pub fn undo_figures(deactivated: u64, reactivated: u64, removed: u64, left: u64) -> String {
    let mut parts = vec![
        format!("{deactivated} users deactivated"),
        format!("{reactivated} users reactivated"),
    ];
    if removed > 0 {
        parts.push(format!("{removed} users removed"));
    }
    if left > 0 {
        parts.push(format!("{left} users left alone"));
    }
    format!("{}.", parts.join(", "))
}

pub fn undone_partly(figures: &str, done: usize, of: usize) -> String {
    format!("Undo completed for {done} of {of} locations: {figures}")
}

pub fn undone_before(run: Uuid, undoing: &Marker) -> Error {
    Error::stale(format!(
        "run {} was already undone{}",
        short(run),
        by(undoing)
    ))
    .hint("nothing is left to undo; a new plan shows where the users stand")
}

pub fn nothing_was_written(run: Uuid) -> String {
    format!(
        "run {} wrote nothing here: there is nothing to undo",
        short(run)
    )
}

pub fn takes_back(run: &Marker) -> String {
    format!("takes back what was applied{}", by(run))
}

pub fn row_was_deleted() -> String {
    "deleted by that run; deleted rows do not come back".to_owned()
}

pub fn written_since(status: &str) -> String {
    format!("{status}, but written to since")
}

pub fn now_twice() -> String {
    "there more than once".to_owned()
}

pub fn referred(users: &[(String, String)]) -> String {
    let some: Vec<_> = users
        .iter()
        .take(20)
        .map(|(email, table)| format!("{} ({})", excerpt(email, 80), excerpt(table, 80)))
        .collect();
    let more = if users.len() > 20 { ", …" } else { "" };
    format!(
        "{} made inactive and not removed, since rows of other tables refer to them: {}{more}",
        plural(users.len() as u64, "user"),
        some.join(", ")
    )
}

pub fn referred_to_by(table: &str) -> String {
    format!("referred to by rows of {}", excerpt(table, 80))
}
