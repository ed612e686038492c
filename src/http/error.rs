//! Why there is no answer, in the words people know it by.
//!
//! Each says what was asked of whom. Which setting leads there only an engine knows; it passes
//! its name to [`RequestError::hint`].

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use super::Asked;
use super::reply::Reply;
use super::tls;
use crate::text;
use jiff::Timestamp;

/// Why a request has no usable answer.
#[derive(Debug)]
pub enum RequestError {
    Refused(Asked),
    NoRoute(Asked),
    UnknownHost(Asked),
    NoConnection(Asked),
    /// A connection, and no answer in time.
    Timeout(Asked),
    /// The connection is not safe; nothing was sent.
    Tls(Asked, Box<tls::Fault>),
    Broken(Asked, String),
    /// The body is over the limit; only its beginning was kept.
    TooLarge(Box<Reply>),
    /// An answer that is worth another try; [`super::Peer::send`] never returns it.
    Status(Box<Reply>),
    Stopped,
    Other(Asked, String),
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.brief())?;
        match self.asked() {
            Some(asked) => write!(formatter, " ({asked})"),
            None => Ok(()),
        }
    }
}

impl StdError for RequestError {}

impl RequestError {
    /// Whether nothing of the request can have arrived.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::NoRoute(_)
                | Self::UnknownHost(_)
                | Self::NoConnection(_)
                | Self::Tls(..)
        )
    }

    /// Whether it may be gone at the next try.
    pub fn is_passing(&self, retry_refused: bool) -> bool {
        match self {
            Self::Refused(_) => retry_refused,
            Self::Timeout(_)
            | Self::NoConnection(_)
            | Self::NoRoute(_)
            | Self::UnknownHost(_)
            | Self::Broken(..)
            | Self::Status(_) => true,
            Self::Tls(..) | Self::TooLarge(_) | Self::Stopped | Self::Other(..) => false,
        }
    }

    /// How long the server asks us to wait.
    pub(super) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Status(reply) => reply.retry_after(now),
            _ => None,
        }
    }

    /// What was asked; `None` where nothing was.
    pub fn asked(&self) -> Option<&Asked> {
        match self {
            Self::Refused(asked)
            | Self::NoRoute(asked)
            | Self::UnknownHost(asked)
            | Self::NoConnection(asked)
            | Self::Timeout(asked)
            | Self::Tls(asked, _)
            | Self::Broken(asked, _)
            | Self::Other(asked, _) => Some(asked),
            Self::TooLarge(reply) | Self::Status(reply) => Some(&reply.asked),
            Self::Stopped => None,
        }
    }

    /// What happened and with whom, without what was asked: for a line that is said at each try.
    pub fn brief(&self) -> String {
        let place = self.asked().map(Asked::place).unwrap_or_default();
        match self {
            Self::Refused(_) => format!("Connection refused by {place}"),
            Self::NoRoute(_) => format!("no route to {place}"),
            Self::UnknownHost(_) => format!("unknown host name: {place}"),
            Self::NoConnection(_) => format!("Connection timeout: no connection to {place}"),
            Self::Timeout(_) => format!("Connection timeout: {place} did not answer in time"),
            Self::Tls(_, fault) => format!("TLS: no safe connection to {place}: {}", fault.said),
            Self::Broken(_, why) => format!("the connection broke: {place}: {why}"),
            Self::TooLarge(_) => "the answer is larger than 32 MiB".to_owned(),
            Self::Status(reply) => reply.status_line(),
            Self::Stopped => "stopped".to_owned(),
            Self::Other(_, why) => why.clone(),
        }
    }

    /// What can be done; `setting` leads to the remote, such as `url of [pimpinan]`.
    pub fn hint(&self, setting: &str) -> String {
        match self {
            Self::Refused(asked) => format!(
                "nobody listens at {}: is the server up, and are host and port of {setting} right?",
                asked.place()
            ),
            Self::NoRoute(asked) => format!(
                "this machine's network has no way to {}: is it connected, or a VPN missing?",
                asked.host()
            ),
            Self::UnknownHost(asked) => format!(
                "is {} spelled right in {setting}, and does this machine's DNS work?",
                asked.host()
            ),
            Self::NoConnection(asked) => format!(
                "is {} up, does a firewall stand between, and are host and port of {setting} right?",
                asked.place()
            ),
            Self::Timeout(asked) => format!(
                "{} takes connections and does not answer: it may be overloaded; try again later",
                asked.place()
            ),
            Self::Tls(_, fault) => fault.hint.to_owned(),
            Self::Broken(asked, _) => format!(
                "{}, or a proxy before it, ended the connection: try again",
                asked.place()
            ),
            Self::TooLarge(_) | Self::Other(..) => {
                format!("does {setting} lead to the API?")
            }
            Self::Status(reply) => reply.hint(setting),
            Self::Stopped => "start it again".to_owned(),
        }
    }

    /// What became of a request for `asked`.
    pub(super) fn of(error: &reqwest::Error, asked: Asked) -> Self {
        let causes: Vec<_> =
            std::iter::successors(Some(error as &dyn StdError), |&error| error.source()).collect();
        let system = causes
            .iter()
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .map(io::Error::kind)
            .find(|kind| *kind != io::ErrorKind::Other);
        // Later than while connecting, the request may be at work already.
        let connecting = error.is_connect();
        if let Some(fault) = tls::fault(error, asked.host()) {
            return if connecting {
                Self::Tls(asked, Box::new(fault))
            } else {
                Self::Broken(asked, format!("TLS: {}", fault.said))
            };
        }
        // The innermost cause is what happened; the outer ones repeat the URL and "error sending".
        let root = causes
            .last()
            .map_or_else(String::new, |cause| text::scrub(&cause.to_string()));
        let root = match root.rsplit_once(" (os error ") {
            Some((words, _)) => words.to_owned(),
            None => root,
        };
        match system {
            _ if error.is_timeout() && connecting => Self::NoConnection(asked),
            Some(io::ErrorKind::TimedOut) if connecting => Self::NoConnection(asked),
            _ if error.is_timeout() => Self::Timeout(asked),
            Some(io::ErrorKind::TimedOut) => Self::Timeout(asked),
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused(asked),
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
                if connecting =>
            {
                Self::NoRoute(asked)
            }
            _ if error.is_dns() => Self::UnknownHost(asked),
            _ if error.is_builder() => Self::Other(asked, root),
            _ => Self::Broken(asked, root),
        }
    }
}
