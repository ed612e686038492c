//! What `config show` and `config check` list: settings with their origin, and findings.
//!
//! Values here are for people and masked already.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// What stands for a secret.
pub const MASK: &str = "••••";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the config file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// A line of `.env`.
    DotEnv {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The environment of the process.
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

/// One line of `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its full name, such as `users.page_size`, or a variable's name.
    pub key: String,
    /// What is in force, masked; `not set` where nothing is.
    pub value: String,
    /// Who said so.
    pub origin: Origin,
}

/// How much a finding matters.
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

/// One line of `config check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub text: String,
    /// What to do about it.
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
