//! The name of a run: a time-ordered uuid, called by its last six digits among people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::text::{scrub, short_id};

/// The name of a run; later runs have greater ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// A name that no run has.
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }

    /// The whole id, as engines and databases keep it.
    pub fn uuid(self) -> Uuid {
        self.0
    }

    pub fn short(self) -> String {
        short_id(self.0)
    }

    pub(super) fn ending(self, length: usize) -> String {
        let mut digits = self.digits();
        digits.split_off(digits.len().saturating_sub(length))
    }

    /// The id a folder is named after; other spellings of the same id are not it.
    pub(super) fn of_folder(name: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(name).ok()?);
        (id.to_string() == name).then_some(id)
    }

    fn digits(self) -> String {
        self.0.simple().to_string()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        (Uuid::try_parse(text).map(Self)).map_err(|_| not_an_id(text))
    }
}

fn not_an_id(text: &str) -> Error {
    Error::usage(format!("`{}` is not the id of a run", scrub(text)))
        .hint("an id has the digits 0-9 and a-f; `selaras runs list` shows them")
}

/// The last digits of an id, as somebody typed them.
pub(super) struct Suffix(String);

impl Suffix {
    /// Takes one digit or more, with or without hyphens, in any case.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let digits = text.replace('-', "").to_ascii_lowercase();
        let hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        if digits.is_empty() || !hex {
            return Err(not_an_id(text));
        }
        Ok(Self(digits))
    }

    pub(super) fn fits(&self, id: Id) -> bool {
        id.digits().ends_with(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_fits_in_every_spelling() {
        let id: Id = "01938e2a-4a00-7abc-8def-0123c41f9a00".parse().unwrap();
        assert_eq!(id.short(), "1f9a00");
        for text in ["0", "1f9a00", "1F9A00", "def-0123c41f9a00", &id.to_string()] {
            assert!(Suffix::parse(text).unwrap().fits(id), "{text}");
        }
        assert!(!Suffix::parse("1f9a01").unwrap().fits(id));
        assert!(Suffix::parse("").is_err() && Suffix::parse("dev").is_err());
    }

    #[test]
    fn later_runs_have_greater_ids() {
        let ids: Vec<Id> = std::iter::repeat_with(Id::fresh).take(1_000).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn only_the_usual_spelling_names_a_folder() {
        let name = "01938e2a-4a00-7abc-8def-0123c41f9a00";
        assert!(Id::of_folder(name).is_some());
        assert!(Id::of_folder(&name.to_uppercase()).is_none());
        assert!(Id::of_folder(&format!(".new-{name}")).is_none());
    }
}
