//! The nouns of the users sync: e-mails, users there and here, plans, reports.
//!
//! Only shapes; how a plan comes about is in `partition`, what is written in `apply`.

mod planned;
mod reported;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Overrides;

pub use planned::{Conflict, Fetched, Guard, GuardName, LocationPlan, Plan, Row};
pub use reported::{Drift, LocationReport, Report};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `locations.id`.
    pub id: i64,
    /// `locations.location_code`, compared case-insensitively.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// `locations.online_url` with a scheme and without a trailing slash.
    pub url: Option<String>,
    /// What the configuration says of it beside that.
    pub overrides: Overrides,
}

impl Location {
    /// The address of its server, in the scheme that the configuration demands.
    pub fn base(&self) -> Option<String> {
        let url = self.url.as_ref()?;
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        Some(match self.overrides.scheme {
            Some(scheme) => format!("{}://{rest}", scheme.word()),
            None => url.clone(),
        })
    }
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

/// `users.id`: wide enough for BIGINT UNSIGNED and for SQLite's INTEGER.
pub type RowId = i128;

/// A row of the `users` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalUser {
    /// `users.id`.
    pub id: RowId,
    /// The address as it stands in the table; empty for NULL.
    pub email: String,
    /// `users.status`.
    pub status: Status,
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
