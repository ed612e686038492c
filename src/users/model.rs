//! The nouns of the users sync: e-mails, users there and here, plans, reports.
//!
//! Only shapes; how a plan comes about is in `partition`, what is written in `apply`.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Failure;

/// The longest e-mail the `users` table takes, in characters.
const LONGEST_EMAIL: usize = 255;

/// An e-mail address as it is stored and compared: trimmed and lower-cased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address; `Err` says why it is unusable. `vendor1@dkm` is a valid one.
    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        let email = normal(raw);
        if email.is_empty() {
            return Err("no e-mail");
        }
        if email.chars().count() > LONGEST_EMAIL {
            return Err("longer than 255 characters");
        }
        if email
            .chars()
            .any(|character| character.is_whitespace() || character.is_control())
        {
            return Err("blanks or control characters in the e-mail");
        }
        match email.split_once('@') {
            Some((name, domain))
                if !name.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self(email))
            }
            _ => Err("not of the form name@domain"),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How e-mails are compared: without surrounding blanks, in lower case.
pub fn normal(raw: &str) -> String {
    let trimmed = raw.trim();
    if trimmed.is_ascii() {
        trimmed.to_ascii_lowercase()
    } else {
        trimmed.to_lowercase()
    }
}

/// A branch server and its part of the `users` table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// `locations.id`.
    pub id: i64,
    /// `locations.location_code`, compared case-insensitively.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// `locations.online_url` with a scheme and without a trailing slash.
    pub url: Option<String>,
    /// Whether a confirmation asks for its name.
    pub production: bool,
}

/// The base address of an `online_url`: `https://` where it names no scheme, no trailing slash.
pub fn base_url(online_url: &str) -> Option<String> {
    let trimmed = online_url.trim().trim_end_matches('/');
    let lower = trimmed.to_ascii_lowercase();
    match trimmed {
        "" => None,
        _ if lower.starts_with("http://") || lower.starts_with("https://") => {
            Some(trimmed.to_owned())
        }
        _ => Some(format!("https://{trimmed}")),
    }
}

/// A row of a branch server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUser {
    /// `id_user`, where the server sends one.
    pub id: Option<String>,
    /// The address as the server spells it.
    pub email: String,
    /// `status_user` is not 0.
    pub active: bool,
}

/// `users.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May log in.
    Active,
    /// May not; never deleted.
    Inactive,
}

impl Status {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// A row of the `users` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalUser {
    /// `users.id`.
    pub id: i64,
    /// The address as it stands in the table.
    pub email: String,
    /// `users.status`.
    pub status: Status,
}

/// A user of a plan: who, and which row if there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// The address; for an existing row as it stands in the table.
    pub email: String,
    /// `users.id` here; for a new user `id_user` there.
    pub id: Option<String>,
}

/// A user that cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// The address as it came.
    pub email: String,
    /// Why nothing is done with it.
    pub reason: String,
}

/// One check that a plan passed or tripped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Which check.
    pub name: GuardName,
    /// Whether it lets the location through.
    pub passed: bool,
    /// Its figures in words.
    pub detail: String,
}

/// The checks of a location's plan, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardName {
    /// The listing is complete.
    Complete,
    /// The listing is not empty.
    NotEmpty,
    /// Not too many are deactivated.
    Deactivations,
    /// The schema tells users by e-mail *and* location.
    Schema,
}

/// What was read from a branch server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// How many pages arrived.
    pub pages: u64,
    /// How many rows they had.
    pub rows: u64,
    /// How many rows the server said there are.
    pub total: Option<u64>,
    /// Whether nobody is missing; only then can anybody be deactivated.
    pub complete: bool,
    /// Why it is not complete.
    pub why: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What would be done at one location: a partition of the users there and here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationPlan {
    /// `locations.id`.
    pub location_id: i64,
    /// `locations.location_code`.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// Whether a confirmation asks for its name.
    pub production: bool,
    /// What was read from its server.
    pub fetched: Fetched,
    /// Active there, absent here: will be added.
    pub new: Vec<Row>,
    /// Active there, inactive here: will be active.
    pub reactivate: Vec<Row>,
    /// Absent or inactive there, active here: will be inactive.
    pub deactivate: Vec<Row>,
    /// Undecidable: nothing is done.
    pub conflict: Vec<Conflict>,
    /// Protected by the configuration: nothing is done.
    pub protected: Vec<Row>,
    /// The same there and here.
    pub unchanged_rows: Vec<Row>,
    /// How many are the same.
    pub unchanged: u64,
    /// How many are inactive there and absent here.
    pub ignored: u64,
    /// How many are absent there and inactive here already.
    pub gone: u64,
    /// How many are active here now.
    pub active_now: u64,
    /// Things worth knowing that change nothing.
    pub notes: Vec<String>,
    /// The checks, in their order.
    pub guards: Vec<Guard>,
    /// Why there is no plan for this location.
    pub error: Option<Failure>,
}

impl LocationPlan {
    /// How many rows would be written.
    pub fn changes(&self) -> usize {
        self.new.len() + self.reactivate.len() + self.deactivate.len()
    }

    /// The first check that tripped.
    pub fn tripped(&self) -> Option<&Guard> {
        self.guards.iter().find(|guard| !guard.passed)
    }

    /// The name of what only one run at a time may act on.
    pub fn resource(&self) -> String {
        format!("users-{}", self.location_id)
    }
}

/// What would be done, location by location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `users`.
    pub engine: String,
    /// No other plan has it.
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// The database it was made for, without credentials.
    pub database: String,
    /// The locations, in the order they were asked for.
    pub locations: Vec<LocationPlan>,
}

/// A row that is no longer as the plan saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Whose row.
    pub email: String,
    /// How the plan saw it.
    pub was: String,
    /// How it is now.
    pub is: String,
}

/// What was done at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationReport {
    /// `locations.location_code`.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// How many were added.
    pub inserted: u64,
    /// How many became active again.
    pub reactivated: u64,
    /// How many became inactive.
    pub deactivated: u64,
    /// How many stayed as they were.
    pub unchanged: u64,
    /// The result in a sentence.
    pub message: String,
    /// Rows changed since the plan; with any of them nothing was written.
    pub drift: Vec<Drift>,
    /// Why nothing was written.
    pub error: Option<Failure>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The locations of the plan, in its order.
    pub locations: Vec<LocationReport>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_trimmed_and_lower_cased_and_needs_no_dot() {
        let table = [
            (" Vendor1@DKM ", Ok("vendor1@dkm")),
            ("ÄRA@Kantor", Ok("ära@kantor")),
            ("", Err("no e-mail")),
            ("nobody", Err("not of the form name@domain")),
            ("a@b@c", Err("not of the form name@domain")),
            ("a b@c", Err("blanks or control characters in the e-mail")),
            (
                "a\x1b[2J@c",
                Err("blanks or control characters in the e-mail"),
            ),
        ];
        for (raw, wanted) in table {
            let read = Email::parse(raw);
            assert_eq!(
                read.as_ref().map(Email::as_str),
                wanted.as_ref().map(|email| *email)
            );
        }
        assert!(Email::parse(&format!("{}@dkm", "x".repeat(252))).is_err());
    }

    #[test]
    fn an_online_url_gets_a_scheme_and_loses_its_slash() {
        assert_eq!(
            base_url(" dev.example.id/ ").as_deref(),
            Some("https://dev.example.id")
        );
        assert_eq!(
            base_url("HTTP://10.0.0.1:8000//").as_deref(),
            Some("HTTP://10.0.0.1:8000")
        );
        assert_eq!(base_url("  "), None);
    }
}
