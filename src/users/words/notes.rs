//! Texts about single users, and notes beside a plan.

use crate::config::{DatabaseUrl, NameFrom};
use crate::db::Security;
use crate::text::{excerpt, plural};
use crate::users::model::{Fill, RowId, normal, visible};

pub fn unusable(reason: &str, id: Option<&str>) -> String {
    match id {
        Some(id) => format!("{reason} (id_user {})", excerpt(id, 40)),
        None => reason.to_owned(),
    }
}

/// Why two e-mails that are not the same cannot both be here.
pub fn alike(email: &str, other: &str) -> String {
    let named = excerpt(other, 80);
    if visible(&normal(email)) == visible(&normal(other)) {
        format!("it differs from {named} only by characters that nobody sees")
    } else {
        format!("the database holds it equal to {named}")
    }
}

pub fn alike_here(email: &str, id: RowId, other: &str) -> String {
    format!("{} (row {id} here)", alike(email, other))
}

pub fn same_rows_here(id: RowId, other: RowId, email: &str) -> String {
    format!(
        "row {id} is the same as row {other} ({})",
        excerpt(email, 80)
    )
}

pub fn row_without_email(id: RowId) -> String {
    format!("row {id} has no e-mail")
}

pub fn repeated(emails: &[String]) -> String {
    let some: Vec<_> = emails
        .iter()
        .take(3)
        .map(|email| excerpt(email, 80))
        .collect();
    let more = if emails.len() > 3 { ", …" } else { "" };
    format!(
        "{} listed more than once under different ids, taken as one: {}{more}",
        plural(emails.len() as u64, "user"),
        some.join(", ")
    )
}

pub fn unknown(count: u64) -> String {
    format!(
        "{} not on the pages that arrived: unknown, not missing; nobody is deactivated",
        plural(count, "active user")
    )
}

/// What new users get in the columns that the table demands besides.
pub fn filled(fills: &[Fill], from: NameFrom) -> String {
    let parts = fills.iter().map(|fill| match (fill, from) {
        (Fill::Name, NameFrom::Remote) => "a name (their server's, else the e-mail)",
        (Fill::Name, NameFrom::Email) => "a name (the e-mail)",
        (Fill::Password, _) => "a password that nobody knows (random, in the form of a hash)",
    });
    let parts: Vec<_> = parts.collect();
    format!(
        "the table demands more of new users; they get {}",
        parts.join(" and ")
    )
}

/// What is to be said about the way to the database; nothing where it is safe.
pub fn security(security: Security) -> Option<&'static str> {
    match security {
        Security::Local | Security::Verified => None,
        Security::Plain => Some("the connection to the database is not encrypted"),
        Security::Unverified => {
            Some("the connection to the database is encrypted, its certificate was not checked")
        }
    }
}

pub fn first_sync(command: &str) -> String {
    format!("first sync of this database: a backup first is wise: {command}")
}

pub fn many_deactivations(command: &str) -> String {
    format!("before so many deactivations a backup is wise: {command}")
}

/// The command that saves the tables a sync writes to.
pub fn backup(database: &DatabaseUrl) -> String {
    if let Some(path) = database.path() {
        return format!("sqlite3 '{}' \".backup 'users-backup.db'\"", path.display());
    }
    let name = database.target_name();
    let (host, schema) = name
        .rsplit_once(' ')
        .and_then(|(_, place)| place.rsplit_once('/'))
        .unwrap_or(("HOST", "DATABASE"));
    let (host, port) = host.rsplit_once(':').unwrap_or((host, "3306"));
    format!(
        "mysqldump --single-transaction -h {host} -P {port} -p {schema} users > users-backup.sql"
    )
}
