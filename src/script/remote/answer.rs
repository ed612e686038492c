//! What a service can answer.

use crate::http::Reply;

/// What the service says of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs.
    Running,
    /// It does not.
    Idle,
}

/// What the call that runs the script was answered with.
#[derive(Debug)]
pub enum Answer {
    /// `success`, with the output.
    Success(String),
    /// `running`, with its message.
    Running(String),
    /// `error`, with its message and the output.
    Error(String, String),
    /// None of these, for people.
    Unreadable(String),
}

/// The log, as far as the service shows it: its last 100 lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its text.
    pub text: String,
    /// Where it is there, if the service says so.
    pub file: Option<String>,
}

/// The word that decides what an answer means.
pub fn status_of(reply: &Reply) -> Option<String> {
    let body = reply.json()?;
    body.get("status")?.as_str().map(str::to_owned)
}
