//! `LAST_GLOBAL_SYNC`: the one thing a backend says of itself, and what a change of it means.
//!
//! Only global runs write it. At the deployed backend `updatedAt` never moves, RUNNING may stand
//! forever after a crash, and an error is several lines that begin with an empty one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::{self, age, local_time};

/// For how long a sync is good news: a nightly one may be missed for a few days.
const FRESH: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "what", rename_all = "lowercase")]
pub enum State {
    Never,
    /// One is running, or died before its end.
    Running,
    Done(Timestamp),
    /// It failed; why, scrubbed.
    Error(String),
    /// Nobody knows what this means; scrubbed.
    Strange(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub state: State,
    /// The value as it came, for comparing.
    pub value: Option<String>,
    /// `updatedAt`, where it is sent; scrubbed.
    pub updated_at: Option<String>,
    /// Whether a server of ours said it, which empties no column.
    #[serde(default)]
    pub ours: bool,
}

/// The header by which a server of ours is known.
pub const OURS: &str = "x-selaras-version";

impl Metadata {
    /// Reads an answer; `None` when it is not one.
    pub fn read(answer: &Value) -> Option<Self> {
        let value = match answer.as_object()?.get("value")? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            _ => return None,
        };
        let updated_at = answer.get("updatedAt").and_then(Value::as_str);
        Some(Self {
            updated_at: updated_at.map(text::scrub),
            ..Self::of(value)
        })
    }

    /// What a value says.
    pub fn of(value: Option<String>) -> Self {
        Self {
            state: value.as_deref().map_or(State::Never, State::of),
            value,
            updated_at: None,
            ours: false,
        }
    }

    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Whether the last global sync ended well and not long ago; one of last year is no good news.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Done(at) if now.duration_since(at) <= FRESH)
    }

    pub(super) fn said(&self) -> Option<String> {
        self.value.as_deref().map(|value| text::scrub(value.trim()))
    }

    /// `last global sync 2026-02-27 08:00 (3 d ago)`.
    pub fn sentence(&self, now: Timestamp) -> String {
        match &self.state {
            State::Never => "no global sync yet".to_owned(),
            State::Running => "a global sync is running (RUNNING)".to_owned(),
            State::Done(at) => format!("last global sync {} ({})", local_time(*at), age(*at, now)),
            State::Error(why) => format!("the last global sync failed: {why}"),
            State::Strange(text) => format!("metadata says something unknown: «{text}»"),
        }
    }
}

impl State {
    fn of(value: &str) -> Self {
        let value = value.trim();
        if value.is_empty() {
            return Self::Never;
        }
        if value == "RUNNING" {
            return Self::Running;
        }
        if let Some(error) = value.strip_prefix("ERROR") {
            let said = text::scrub(error.trim_start_matches(':').trim());
            return Self::Error(if said.is_empty() {
                "without a word".to_owned()
            } else {
                said
            });
        }
        match value.parse() {
            Ok(at) => Self::Done(at),
            Err(_) => Self::Strange(text::excerpt(value, 200)),
        }
    }
}

/// What becomes known of a run by looking at metadata again and again.
#[derive(Clone, Debug)]
pub(super) struct ChangeDetector {
    start: Option<String>,
    /// RUNNING was seen after something else: an end that follows is news, whatever it says.
    began: bool,
}

/// What a look at metadata says about the run that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// As at the start: no sync began, or none that we know of.
    Unchanged,
    Running,
    Done,
    Failed(String),
}

impl ChangeDetector {
    pub fn new(start: &Metadata) -> Self {
        Self {
            start: start.value.clone(),
            began: false,
        }
    }

    /// What `seen` means, after all that was seen before.
    pub fn look(&mut self, seen: &Metadata) -> Change {
        if seen.is_running() {
            self.began = true;
            return Change::Running;
        }
        if !self.began && seen.value == self.start {
            return Change::Unchanged;
        }
        match &seen.state {
            State::Done(_) => Change::Done,
            State::Error(why) => Change::Failed(why.clone()),
            State::Never | State::Running | State::Strange(_) => Change::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(value: &str) -> Metadata {
        Metadata::read(&json!({ "value": value })).unwrap()
    }

    const DATE: &str = "2026-02-27T01:00:00.000Z";

    #[test]
    fn every_documented_value_is_understood() {
        let table = [
            (json!({"value": null}), State::Never),
            (
                json!({"id": 1, "key": "LAST_GLOBAL_SYNC", "value": DATE}),
                State::Done(DATE.parse().unwrap()),
            ),
            (
                json!({"value": "RUNNING", "updatedAt": DATE}),
                State::Running,
            ),
            (
                json!({"value": "ERROR: \nInvalid state:\n  closed\u{1b}[2J"}),
                State::Error("Invalid state:   closed^[[2J".into()),
            ),
            (
                json!({"value": "ERROR:"}),
                State::Error("without a word".to_owned()),
            ),
            (
                json!({"value": "tomorrow"}),
                State::Strange("tomorrow".into()),
            ),
        ];
        for (answer, state) in table {
            assert_eq!(Metadata::read(&answer).unwrap().state, state, "{answer}");
        }
        for answer in [json!([]), json!({}), json!({"value": 1}), json!("RUNNING")] {
            assert_eq!(Metadata::read(&answer), None, "{answer}");
        }
    }

    #[test]
    fn only_what_changed_is_news() {
        let later = "2026-02-27T02:00:00.000Z";
        let failed = || Change::Failed("x".into());
        let table: [(&str, &[&str], Change); 8] = [
            (DATE, &[DATE], Change::Unchanged),
            (DATE, &["RUNNING"], Change::Running),
            (DATE, &[later], Change::Done),
            (DATE, &["RUNNING", later], Change::Done),
            ("ERROR: x", &["ERROR: x"], Change::Unchanged),
            ("ERROR: x", &["RUNNING", "ERROR: x"], failed()),
            (DATE, &["ERROR: x"], failed()),
            ("RUNNING", &["RUNNING", DATE], Change::Done),
        ];
        for (start, seen, news) in table {
            let mut watch = ChangeDetector::new(&metadata(start));
            let mut last = None;
            for value in seen {
                last = Some(watch.look(&metadata(value)));
            }
            assert_eq!(last, Some(news), "{start} then {seen:?}");
        }
    }
}
