//! What one exchange with the portal means for the request, and for all others.

use std::time::Duration;

use jiff::Timestamp;

use super::limiter::Outcome;
use crate::error::Error;
use crate::http::{Peer, Reply, RequestError};

#[derive(Debug)]
pub enum Judged {
    /// 2xx, and no web page.
    Answer(Reply),
    /// 401.
    SignedOut(Reply),
    /// 429, and how long it asks to wait.
    TooMany(Option<Duration>),
    /// It may be gone at the next try.
    Passing(RequestError),
    /// Another try will not help.
    Refused(RequestError),
    Stopped,
}

impl Judged {
    pub fn of(sent: Result<Reply, RequestError>, now: Timestamp) -> Self {
        let reply = match sent {
            Ok(reply) => reply,
            Err(RequestError::Stopped) => return Self::Stopped,
            Err(trouble) if trouble.is_passing(true) => return Self::Passing(trouble),
            Err(trouble) => return Self::Refused(trouble),
        };
        match reply.status.as_u16() {
            // Under load a web page comes with 200.
            200..=299 if reply.is_web_page() => Self::Passing(status(reply)),
            200..=299 => Self::Answer(reply),
            401 => Self::SignedOut(reply),
            429 => Self::TooMany(reply.retry_after(now)),
            408 | 500..=599 => Self::Passing(status(reply)),
            _ => Self::Refused(status(reply)),
        }
    }

    /// What it teaches about the portal.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Answer(_)
            | Self::SignedOut(_)
            | Self::Refused(RequestError::Status(_) | RequestError::TooLarge(_)) => {
                Outcome::Answered
            }
            Self::TooMany(wait) => Outcome::TooMany(*wait),
            Self::Passing(trouble) => Outcome::Failed(brief(trouble)),
            Self::Refused(_) | Self::Stopped => Outcome::Dropped,
        }
    }
}

pub fn status(reply: Reply) -> RequestError {
    RequestError::Status(Box::new(reply))
}

/// What happened, for a line that is said at each try.
pub fn brief(trouble: &RequestError) -> String {
    match trouble {
        RequestError::Status(reply) if reply.status.is_success() => {
            format!("{}, {}", reply.status_line(), strange(reply))
        }
        trouble => trouble.brief(),
    }
}

/// The same as an error; `setting` leads to what was asked.
pub fn error(what: &str, trouble: &RequestError, setting: &str, peer: &Peer) -> Error {
    let why = match trouble {
        RequestError::Status(reply) if reply.status.is_success() => {
            reply.not_understood(strange(reply), peer)
        }
        RequestError::Status(reply) => reply.told(peer),
        trouble => trouble.to_string(),
    };
    Error::remote(format!("{what}: {why}")).hint(trouble.hint(setting))
}

fn strange(reply: &Reply) -> &'static str {
    if reply.is_web_page() {
        "a web page"
    } else {
        "no JSON"
    }
}
