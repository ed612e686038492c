//! A part of the configuration is ready, or it is not set up and says which keys it needs.

use crate::error::{Error, Result};

use super::words;

/// The settings of one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// All it needs is there.
    Ready(T),
    /// Something it needs is missing; the other parts work all the same.
    NotSetUp(Problem),
}

/// Why a part is not set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The part's name, such as `pimpinan`.
    pub part: &'static str,
    /// What is missing, never empty.
    pub missing: Vec<Missing>,
}

/// Something a part needs and does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The key, such as `pimpinan.url`.
    pub key: String,
    /// What is missing, for people.
    pub text: String,
    /// The variable that the key's value needs and nobody set.
    pub variable: Option<String>,
}

impl Missing {
    /// Adds `key` to `list`, unless a reason is known already.
    pub(super) fn note(list: &mut Vec<Self>, key: &str, text: &str) {
        if list.iter().all(|missing| missing.key != key) {
            let (key, text) = (key.to_owned(), text.to_owned());
            let variable = None;
            list.push(Self {
                key,
                text,
                variable,
            });
        }
    }

    /// The same in the usual words.
    pub(super) fn note_key(list: &mut Vec<Self>, key: &str) {
        Self::note(list, key, &words::key_missing(key));
    }
}

impl<T> Part<T> {
    pub(super) fn of(part: &'static str, missing: Vec<Missing>, settings: Option<T>) -> Self {
        match settings {
            Some(settings) if missing.is_empty() => Self::Ready(settings),
            _ => Self::NotSetUp(Problem { part, missing }),
        }
    }

    /// The settings, or an error that names the missing keys.
    pub fn ready(&self) -> Result<&T> {
        match self {
            Self::Ready(settings) => Ok(settings),
            Self::NotSetUp(problem) => Err(problem.error()),
        }
    }

    /// Why it is not set up.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Ready(_) => None,
            Self::NotSetUp(problem) => Some(problem),
        }
    }
}

impl Problem {
    /// The same as an error.
    pub fn error(&self) -> Error {
        Error::config(self.sentence()).hint(
            "set it in the config file or its .env; `selaras config show` lists what is in force",
        )
    }

    /// What is missing, in a clause.
    pub fn sentence(&self) -> String {
        let texts: Vec<&str> = self.missing.iter().map(|one| one.text.as_str()).collect();
        words::not_set_up(self.part, &texts)
    }
}
