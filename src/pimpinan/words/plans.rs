//! Texts about Docku's rows and about plans.

use std::fmt::Write as _;
use std::path::Path;

use crate::db::Security;
use crate::text::{count, excerpt};

pub const NO_ID: &str = "id is no positive number";
pub const ID_TWICE: &str = "id stands twice among the candidates";
pub const USERNAME_NULL: &str = "username is NULL";
pub const USERNAME_EMPTY: &str = "username is empty";
pub const USERNAME_BLANK: &str = "username is only blanks";
pub const USERNAME_PADDED: &str = "username is padded with blanks";
pub const USERNAME_TWICE: &str =
    "username stands twice among the candidates (upper and lower case are the same)";
pub const NAMA_EMPTY: &str = "nama is empty";
pub const ROLE_EMPTY: &str = "role is empty";

pub const HINT_DATABASE: &str =
    "check `database` of [pimpinan]: it is Docku's own, and never made by selaras";

pub fn no_file(path: &Path) -> String {
    format!("there is no database {}", path.display())
}

pub fn security(security: Security) -> Option<&'static str> {
    match security {
        Security::Local | Security::Verified => None,
        Security::Plain => Some("the connection to Docku's database is not encrypted"),
        Security::Unverified => {
            Some("the connection to Docku's database is encrypted, its certificate was not checked")
        }
    }
}

pub fn excluded_by_role(id: i64) -> String {
    format!("user {id} is excluded by role")
}

pub fn unknown_id(id: i64) -> String {
    format!("Docku has no user {id}")
}

/// `13 rows, 7 excluded by role, 6 to send, 0 refused`, and how many were left out.
pub fn figures(rows: u64, excluded: u64, send: usize, refused: usize, left_out: usize) -> String {
    let mut text = format!(
        "{}, {} excluded by role, {} to send, {} refused",
        crate::text::plural(rows, "row"),
        count(excluded),
        count(send as u64),
        count(refused as u64)
    );
    if left_out > 0 {
        let _ = write!(text, ", {} left out", count(left_out as u64));
    }
    text
}

pub fn another_database(plan: &str, now: &str) -> String {
    format!("the plan was made for {plan}, the configured database is {now}")
}

pub fn another_url(plan: &str, now: &str) -> String {
    let plan = excerpt(plan, 200);
    format!("the plan was made for {plan}, the configured URL is {now}")
}

pub fn plan_was_changed() -> String {
    "the plan is not as it was made: its seal does not fit".to_owned()
}

pub fn stale(usernames: &[&str]) -> String {
    let some: Vec<_> = usernames
        .iter()
        .take(5)
        .map(|name| excerpt(name, 50))
        .collect();
    let more = if usernames.len() > 5 { ", …" } else { "" };
    format!(
        "{} changed in Docku since the preview ({}{more}); nothing was sent",
        crate::text::plural(usernames.len() as u64, "row"),
        some.join(", ")
    )
}

pub const HINT_PLAN_AGAIN: &str = "plan again, and look at the new preview";
