//! The runs of our own server: `GET /api/sync/runs` lists them, `DELETE` stops one.
//!
//! ```text
//!   {"runs": [{"id": "…", "state": "running" | "ended" | "died",
//!              "verdict": "clean" | …, "message": "…"}]}
//! ```
//! No other backend has them, and none is asked for them: only an answer that names its run is.

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use super::{Backend, LOOK, json_please};
use crate::dapodik::model::End;
use crate::dapodik::words;
use crate::engine::{Job, Verdict};
use crate::error::{Error, Kind, Result};
use crate::http::Ask;

const RUNS: &str = "/api/sync/runs";

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The server lists no runs.
    NoList,
    /// It lists others.
    Unknown,
    /// It goes on.
    Running,
    /// It ended like this.
    Ended(End),
}

/// The run that an answer names.
pub(super) fn named(answer: &Value) -> Option<Uuid> {
    answer.get("run")?.as_str()?.parse().ok()
}

impl Backend {
    /// What the server says of a run.
    pub async fn standing(&self, run: Uuid, job: &Job) -> Result<Standing> {
        let reply = self.ask(RUNS, words::RUNS, job).await?;
        if [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&reply.status) {
            return Ok(Standing::NoList);
        }
        let answer = self.answer(&reply, words::RUNS)?;
        let Some(rows) = answer.get("runs").and_then(Value::as_array) else {
            return Err(Error::remote(words::no_runs(
                &reply.first_words(&self.peer),
            )));
        };
        let id = run.to_string();
        let row = rows.iter().find(|row| text(row, "id") == Some(&id));
        Ok(row.map_or(Standing::Unknown, |row| self.standing_of(row)))
    }

    fn standing_of(&self, row: &Value) -> Standing {
        let said = self.words(text(row, "message").unwrap_or_default());
        let failed = |error: Error| Standing::Ended(End::Failed(error.into()));
        match (text(row, "state"), text(row, "verdict")) {
            (Some("running"), _) => Standing::Running,
            (Some("died"), _) => failed(Error::remote(words::run_died())),
            (_, Some(verdict)) if verdict == Verdict::Clean.word() => Standing::Ended(End::Done),
            (_, Some(verdict)) if verdict == Verdict::Stopped.word() => {
                Standing::Ended(End::Stopped(words::stopped_there()))
            }
            (_, Some(verdict)) if verdict == Verdict::Partial.word() => {
                failed(Error::new(Kind::Partial, words::run_partial(&said)))
            }
            _ => failed(Error::remote(words::backend_failed(&said))),
        }
    }

    /// Asks our own server to stop a run. Told apart only by success: there is another way.
    pub async fn stop(&self, run: &str) -> bool {
        let ask = Ask {
            what: words::RUNS,
            tries: 1,
            retry_refused: false,
            budget: Some(LOOK),
        };
        // The run's own job was stopped already, and would send nothing.
        let listener = Job::silent();
        let sent = self.peer.send(&listener, ask, |client| {
            json_please(self.signed(client.delete(self.url(&format!("{RUNS}/{run}")))))
        });
        sent.await.is_ok_and(|reply| reply.status.is_success())
    }
}

fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key)?.as_str()
}
