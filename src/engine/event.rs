//! What engines say while they work: few kinds, shared by all engines and all faces.

use serde::{Deserialize, Serialize};

use crate::text::{milliseconds, scrub};

/// What an engine says while it works; the same event is gauge, log line, JSON line and journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// The worker took over; the first line of every journal.
    Started {
        pid: u32,
        /// When that process began, in clock ticks since boot: tells it from a later namesake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born: Option<u64>,
    },
    /// A process with a session or group of its own was started, and must not outlive the worker;
    /// after the first one also what that has left running.
    Child {
        /// The process id of its leader.
        pid: u32,
        /// As in [`Event::Started`]; the worker fills it in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born: Option<u64>,
    },
    /// A part of the work begins, such as `apply Dev`.
    Stage {
        stage: String,
    },
    /// How far something is; at most ten a second for each scope, the last one always.
    Step {
        /// What is counted, such as `Dev`; `until …` counts the seconds to something that comes by
        /// itself, and is no progress (see [`is_countdown`]).
        scope: String,
        /// How many are done.
        done: u64,
        /// Of how many, where known.
        total: Option<u64>,
    },
    /// A line of talk.
    Line {
        /// Who speaks, such as `Dev`.
        source: String,
        /// What it says, scrubbed.
        text: String,
    },
    /// The state of one thing in a table.
    Item {
        key: String,
        state: String,
        note: String,
    },
    /// A wait before another try.
    Retry {
        peer: String,
        /// The number of the try to come.
        attempt: u32,
        of: u32,
        /// How long the wait is, in milliseconds.
        wait_ms: u64,
        /// What was tried and what happened, such as `page 4: 503 Service Unavailable`.
        reason: String,
    },
    /// How much of `output.log` was written.
    Output {
        bytes: u64,
    },
    Stopping,
}

/// The states of items that are no news to people: a school that is stored like all others, the pace
/// in force, what a run that continues this one needs.
const DETAILS: [&str; 3] = [STORED, PACE, BEGUN];
pub const STORED: &str = "stored";
pub const PACE: &str = "pace";
pub const BEGUN: &str = "begun";

impl Event {
    /// Whether it is one of very many that a count tells better; it is for readers of the journal.
    pub fn is_detail(&self) -> bool {
        matches!(self, Self::Item { state, .. } if DETAILS.contains(&state.as_str()))
    }

    /// A wait before another try as a line for people; `None` for any other event.
    pub fn retry_line(&self) -> Option<String> {
        let Self::Retry {
            peer,
            attempt,
            of,
            wait_ms,
            reason,
        } = self
        else {
            return None;
        };
        let (peer, reason, wait) = (scrub(peer), scrub(reason), milliseconds(*wait_ms));
        Some(format!(
            "! {peer} {reason}, again in {wait} (try {attempt} of {of})"
        ))
    }
}

/// Whether the steps of `scope` count down to something, such as `until KILL`, in seconds, instead of
/// telling how far the work is.
pub fn is_countdown(scope: &str) -> bool {
    scope.starts_with("until ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_flat_json_object() {
        let event = Event::Step {
            scope: "Dev".into(),
            done: 1,
            total: None,
        };
        let json = serde_json::to_string(&event).unwrap_or_default();
        assert_eq!(
            json,
            r#"{"kind":"step","scope":"Dev","done":1,"total":null}"#
        );
    }
}
