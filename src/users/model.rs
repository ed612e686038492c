//! The nouns of the users sync: e-mails, locations, users there and here.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::config::Overrides;

/// The longest e-mail the `users` table takes, in characters.
const LONGEST_EMAIL: usize = 255;

/// An e-mail address as it is stored: trimmed, A to Z in lower case, all else as it came, as the
/// original stores it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address; `Err` says why it is unusable. `vendor1@dkm` is a valid one.
    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        Self::text_of(raw).map(|email| Self(email.into_owned()))
    }

    /// As [`Email::parse`], without a copy of what is stored as it came.
    pub fn text_of(raw: &str) -> Result<Cow<'_, str>, &'static str> {
        let email = lower_ascii(raw.trim());
        if email.is_empty() {
            return Err("no e-mail");
        }
        if email.len() > LONGEST_EMAIL && email.chars().count() > LONGEST_EMAIL {
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
                Ok(email)
            }
            _ => Err("not of the form name@domain"),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How e-mails are compared: without surrounding blanks, composed (NFC), in lower case. Two with the
/// same form are one user.
pub fn normal(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim();
    if trimmed.is_ascii() {
        return lower_ascii(trimmed);
    }
    let composed: String = trimmed.nfc().collect();
    Cow::Owned(composed.to_lowercase().nfc().collect())
}

/// With A to Z in lower case; most e-mails are, and a million of them need no copies.
fn lower_ascii(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether two e-mails are one user's.
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        normal(one) == normal(other)
    }
}

/// What a reader sees of a normalised e-mail: a person cannot tell two with the same apart.
pub fn visible(normal: &str) -> Cow<'_, str> {
    if normal.is_ascii() || !normal.contains(is_unseen) {
        return Cow::Borrowed(normal);
    }
    // Characters that are neighbours now may compose.
    let seen = normal.chars().filter(|&one| !is_unseen(one));
    Cow::Owned(seen.nfc().collect())
}

/// Characters of no width, and those that only turn the direction of a line: Unicode's
/// `Default_Ignorable_Code_Point`.
fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A branch server and its part of the `users` table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pub id: i64,
    /// `locations.location_code`, compared case-insensitively.
    pub code: String,
    pub name: String,
    /// `locations.online_url` with a scheme and without a trailing slash.
    pub url: Option<String>,
    /// What else the configuration says of it.
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
    /// `name`, where the server sends one.
    pub name: Option<String>,
    /// `status_user` is not 0.
    pub active: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May log in.
    Active,
    /// May not log in; a sync never removes the row.
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
    pub id: RowId,
    /// As it is in the table; empty for NULL.
    pub email: String,
    pub status: Status,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_trimmed_and_lower_cased_and_needs_no_dot() {
        let table = [
            (" Vendor1@DKM ", Ok("vendor1@dkm")),
            // The original lower-cases bytes: an É stays one.
            ("ÄRA@Kantor", Ok("Ära@kantor")),
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
    fn emails_are_compared_composed_and_in_lower_case() {
        for (one, other) in [
            ("CAFÉ2@Dkm", "café2@dkm"),
            ("cafe\u{301}2@dkm", "CAFÉ2@DKM"),
            ("  ÄRA@dkm", "a\u{308}ra@dkm"),
        ] {
            assert_eq!(normal(one), normal(other), "{one} {other}");
        }
        assert_ne!(normal("munoz@dkm"), normal("muñoz@dkm"));
    }

    #[test]
    fn invisible_characters_are_left_out_of_what_is_visible() {
        for hidden in [
            "a\u{200b}ni@dkm",
            "\u{202e}ani@dkm",
            "ani\u{feff}@dkm",
            "ani@d\u{ad}km",
        ] {
            let email = normal(hidden);
            assert_ne!(email, "ani@dkm");
            assert_eq!(visible(&email), "ani@dkm", "{hidden:?}");
        }
        assert_eq!(visible("añi@dkm"), "añi@dkm");
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
