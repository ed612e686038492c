//! What a service can answer.

use serde_json::Value;

use super::large::Printed;
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
    Success(Printed),
    /// `running`, with its message.
    Running(String),
    /// `error`, with its message and the output.
    Error(String, Printed),
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

/// A run in a service's list of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// How it stands: `running`, `ended`, `died`, or what else a service says.
    pub state: String,
    /// How it ended, in a word.
    pub verdict: Option<String>,
    /// The same in a sentence.
    pub message: Option<String>,
}

impl Listed {
    /// Reads a row; `None` where it has no id.
    pub fn read(row: &Value) -> Option<Self> {
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: text("id").or_else(|| text("run"))?,
            state: text("state").or_else(|| text("status")).unwrap_or_default(),
            verdict: text("verdict"),
            message: text("message"),
        })
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.state == "running"
    }
}

/// The word that decides what an answer means.
pub fn status_of(reply: &Reply) -> Option<String> {
    let body = reply.json()?;
    body.get("status")?.as_str().map(str::to_owned)
}
