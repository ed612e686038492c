//! What a configuration says of itself: parts that are ready or not set up, settings with their
//! origin, findings. Values here are for people and masked already.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::error::{Error, Result};

pub use crate::text::mask::MASK;

pub(super) const NOT_SET: &str = "not set";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    DotEnv {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    Environment,
    /// Nobody set it, and there is no default.
    Nowhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::DotEnv { .. } => formatter.write_str(".env"),
            Self::Environment => formatter.write_str("environment"),
            Self::Nowhere => formatter.write_str("-"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its full name, such as `users.page_size`, or a variable's name.
    pub key: String,
    /// What is in force, masked; `not set` where nothing is.
    pub value: String,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// There is nothing to judge: it is not set up, was not looked at, or nobody can tell from here.
    Skipped,
    /// It is well.
    Note,
    /// It works, but somebody should look.
    Warning,
    /// Something will not work.
    Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub level: Level,
    pub text: String,
    pub hint: Option<String>,
}

impl Finding {
    pub(super) fn skipped(text: impl Into<String>) -> Self {
        Self::new(Level::Skipped, text)
    }

    pub(super) fn note(text: impl Into<String>) -> Self {
        Self::new(Level::Note, text)
    }

    pub(super) fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, text)
    }

    pub(super) fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// All it needs is there.
    Ready(T),
    /// Something it needs is missing; the other parts work all the same.
    NotSetUp(Problem),
}

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
    pub text: String,
    /// The variable that the key's value needs and nobody set.
    pub variable: Option<String>,
}

impl Missing {
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
        Self::note(list, key, &format!("`{key}` is missing"));
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

    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Ready(_) => None,
            Self::NotSetUp(problem) => Some(problem),
        }
    }
}

impl Problem {
    pub fn error(&self) -> Error {
        Error::config(self.sentence()).hint(
            "set it in the config file or its .env; `selaras config show` lists what is in force",
        )
    }

    /// What is missing, in a clause.
    pub fn sentence(&self) -> String {
        let texts: Vec<&str> = self.missing.iter().map(|one| one.text.as_str()).collect();
        format!("{} is not set up: {}", self.part, texts.join(", "))
    }
}
