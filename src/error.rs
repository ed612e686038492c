//! What can go wrong, in words for people: a kind, a sentence, a cause and a hint.
//!
//! The sentence is a clause without a full stop; a face adds its prefix, the chain of causes and
//! `hint:`. What a kind means to a shell or to an HTTP client is said here and nowhere else.
//! An error never carries a secret: whoever builds one redacts first (see [`crate::http`]).

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What every fallible function of selaras returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The sort of trouble; it alone decides exit code and HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The command line or a key was used wrongly.
    Usage,
    /// The configuration, or a secret it needs, is missing or wrong.
    Config,
    /// A remote was unreachable, refused us, or answered something unreadable.
    Remote,
    /// A database failed or denied.
    Database,
    /// A file or process of this machine failed.
    Local,
    /// A guard tripped.
    Guard,
    /// The plan no longer fits the data, or was applied already.
    Stale,
    /// Somebody else is doing it right now.
    Busy,
    /// Some rows or locations failed, the others are done.
    Partial,
    /// The script ended badly.
    Script,
    /// Somebody stopped it.
    Stopped,
    /// Our own mistake.
    Bug,
}

impl Kind {
    /// The process's exit code.
    pub fn exit(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Remote => 4,
            Self::Database => 5,
            Self::Local => 6,
            Self::Guard => 7,
            Self::Stale => 8,
            Self::Busy => 9,
            Self::Partial => 11,
            Self::Script => 12,
            Self::Stopped => 130,
        }
    }

    /// The status of our own server's answer.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Usage => 400,
            Self::Busy | Self::Guard | Self::Stale => 409,
            Self::Remote => 502,
            Self::Config
            | Self::Database
            | Self::Local
            | Self::Partial
            | Self::Script
            | Self::Stopped
            | Self::Bug => 500,
        }
    }

    /// The word used in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "config",
            Self::Remote => "remote",
            Self::Database => "database",
            Self::Local => "local",
            Self::Guard => "guard",
            Self::Stale => "stale",
            Self::Busy => "busy",
            Self::Partial => "partial",
            Self::Script => "script",
            Self::Stopped => "stopped",
            Self::Bug => "bug",
        }
    }
}

/// `plan --detailed-exitcode` found something to do.
pub const EXIT_CHANGES_PENDING: u8 = 10;

type Cause = Box<dyn StdError + Send + Sync>;

/// Something that went wrong.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    sentence: String,
    hint: Option<String>,
    cause: Option<Cause>,
}

impl Error {
    /// An error of `kind` that says `sentence`.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            sentence: sentence.into(),
            hint: None,
            cause: None,
        }))
    }

    /// [`Kind::Usage`].
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Usage, sentence)
    }

    /// [`Kind::Config`].
    pub fn config(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Config, sentence)
    }

    /// [`Kind::Remote`].
    pub fn remote(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Remote, sentence)
    }

    /// [`Kind::Database`].
    pub fn database(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Database, sentence)
    }

    /// [`Kind::Local`].
    pub fn local(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Local, sentence)
    }

    /// [`Kind::Busy`].
    pub fn busy(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Busy, sentence)
    }

    /// [`Kind::Stale`].
    pub fn stale(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Stale, sentence)
    }

    /// [`Kind::Bug`].
    pub fn bug(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Bug, sentence)
    }

    /// [`Kind::Stopped`]: what was running when somebody stopped it.
    pub fn stopped(what: &str) -> Self {
        Self::new(Kind::Stopped, format!("{what} was stopped"))
    }

    /// Adds what the reader can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the error underneath.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The sort of trouble.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What the reader can do, where we know.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The sentence and all causes, `a: b: c`, each said once.
    pub fn chain(&self) -> String {
        let mut text = self.0.sentence.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.contains(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.sentence)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

/// An error as data: what reports keep, `--json` prints and a face raises again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The sort of trouble.
    pub kind: Kind,
    /// The sentence with its causes.
    pub message: String,
    /// What the reader can do.
    pub hint: Option<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.chain(),
            hint: error.advice().map(str::to_owned),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Self::new(failure.kind, failure.message);
        match failure.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// Says what was being done to which file when the system refused.
pub trait Context<T> {
    /// Turns the failure into [`Kind::Local`]: `cannot {verb} {path}: …`.
    fn doing(self, verb: &str, path: &std::path::Path) -> Result<T>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn doing(self, verb: &str, path: &std::path::Path) -> Result<T> {
        self.map_err(|cause| {
            Error::local(format!("cannot {verb} {}", path.display())).because(cause)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_says_every_cause_once() {
        let root = std::io::Error::other("disk on fire");
        let error = Error::local("cannot write report.json").because(root);
        assert_eq!(error.chain(), "cannot write report.json: disk on fire");
        let twice = Error::local("outer: disk on fire").because(error);
        assert_eq!(
            twice.chain(),
            "outer: disk on fire: cannot write report.json"
        );
    }

    #[test]
    fn a_failure_survives_the_way_through_a_file() {
        let error = Error::stale("rows changed").hint("plan again");
        let failure = Failure::from(&error);
        let json = serde_json::to_string(&failure).unwrap_or_default();
        assert_eq!(
            json,
            r#"{"kind":"stale","message":"rows changed","hint":"plan again"}"#
        );
        let back: Error = failure.into();
        assert_eq!(
            (back.kind(), back.advice()),
            (Kind::Stale, Some("plan again"))
        );
    }
}
