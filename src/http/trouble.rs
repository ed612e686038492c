//! Why there is no answer, in the words people know it by.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::Reply;
use crate::text;
use jiff::Timestamp;

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody listens there.
    #[error("Connection refused")]
    Refused,
    /// No answer in time.
    #[error("Connection timeout")]
    Timeout,
    /// The name leads nowhere.
    #[error("unknown host name")]
    UnknownHost,
    /// The connection is not safe.
    #[error("TLS: {0}")]
    Tls(String),
    /// The connection ended in the middle.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The body is over the limit; only its beginning was kept.
    #[error("the answer is larger than 32 MiB")]
    TooLarge(Box<Reply>),
    /// An answer that is worth another try; [`super::Peer::send`] never returns it.
    #[error("{}", .0.status_line())]
    Status(Box<Reply>),
    /// Somebody stopped the job.
    #[error("stopped")]
    Stopped,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// Whether it may be gone at the next try.
    pub(super) fn is_passing(&self, retry_refused: bool) -> bool {
        match self {
            Self::Timeout | Self::UnknownHost | Self::Broken(_) | Self::Status(_) => true,
            Self::Refused => retry_refused,
            Self::Tls(_) | Self::TooLarge(_) | Self::Stopped | Self::Other(_) => false,
        }
    }

    /// How long the server asks us to wait.
    pub(super) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Status(reply) => reply.retry_after(now),
            _ => None,
        }
    }
}

impl From<&reqwest::Error> for Trouble {
    fn from(error: &reqwest::Error) -> Self {
        let causes: Vec<_> =
            std::iter::successors(Some(error as &dyn StdError), |&error| error.source()).collect();
        let system = causes
            .iter()
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .map(io::Error::kind)
            .find(|kind| *kind != io::ErrorKind::Other);
        // The innermost cause is what happened; the outer ones repeat the URL and "error sending".
        let root = causes
            .last()
            .map_or_else(String::new, |cause| text::scrub(&cause.to_string()));
        let secure = causes.iter().any(|cause| cause.is::<rustls::Error>());
        match system {
            _ if error.is_timeout() => Self::Timeout,
            Some(io::ErrorKind::TimedOut) => Self::Timeout,
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused,
            _ if secure => Self::Tls(root),
            _ if error.is_dns() => Self::UnknownHost,
            _ if error.is_builder() => Self::Other(root),
            _ => Self::Broken(root),
        }
    }
}
