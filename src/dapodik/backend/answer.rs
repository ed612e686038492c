//! What a backend means by an answer: JSON, a refusal, a web page in its place; and the runs that
//! our own server lists.
//!
//! ```text
//!   GET /api/sync/runs   {"runs": [{"id": "…", "state": "running" | "ended" | "died",
//!                                   "verdict": "clean" | …, "message": "…"}]}
//!   DELETE …/<id>        stops one
//! ```
//! No other backend lists runs, and none is asked for them: only an answer that names its run is.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use super::{Backend, LOGIN, LOOK, SETTING, STREAM, json_please};
use crate::dapodik::describe::{STOPPED_THERE, backend_failed};
use crate::dapodik::model::End;
use crate::engine::{Job, Verdict};
use crate::error::{Error, Kind, Result};
use crate::http::{Ask, Meaning, Reply, RequestError, Stream};
use crate::text::LONGEST;

const RUNS_PATH: &str = "/api/sync/runs";
const RUNS: &str = "the runs of the server";
const HINT_BUSY: &str = "nothing was started; wait for its end, or stop it where it runs";
/// For the first words of what is no stream.
const GLANCE: Duration = Duration::from_secs(5);

impl Backend {
    /// Why an answer that should have been a stream is none.
    pub async fn no_stream(&self, stream: Stream) -> Error {
        let reply = stream.beginning(GLANCE).await;
        match self.answer(&reply, STREAM) {
            Err(error) if reply.json().is_some() || reply.is_web_page() => error,
            Err(error) if !reply.status.is_success() => error,
            _ => Error::remote(format!(
                "{STREAM}: no event stream came, but {}",
                reply.told(&self.peer)
            ))
            .hint(reply.hint(SETTING)),
        }
    }

    /// The JSON of a 2xx answer, or what is wrong with it.
    pub(super) fn answer(&self, reply: &Reply, what: &str) -> Result<Value> {
        if !reply.status.is_success() {
            return Err(self.refusal(reply, what));
        }
        match reply.json() {
            Some(answer) if answer.get("error").is_some_and(|error| !error.is_null()) => {
                let why = reply.told(&self.peer);
                Err(Error::remote(format!("{what}: {why}")))
            }
            Some(answer) => Ok(answer),
            None if reply.is_web_page() => Err(self.not_signed_in(what, "a web page came", reply)),
            None => {
                let why = reply.not_understood("no JSON", &self.peer);
                Err(Error::remote(format!("{what}: {why}")).hint(reply.hint(SETTING)))
            }
        }
    }

    pub(super) fn refusal(&self, reply: &Reply, what: &str) -> Error {
        if let Some(target) = reply.redirect(&self.peer) {
            return self.not_signed_in(what, &format!("redirected to {target}"), reply);
        }
        let why = if what == LOGIN {
            reply.told_of_login(&self.peer)
        } else {
            reply.told(&self.peer)
        };
        // Only a server of ours answers so: another sync runs there.
        if reply.status == StatusCode::CONFLICT {
            return Error::busy(format!("{what}: {why}")).hint(HINT_BUSY);
        }
        let error = Error::remote(format!("{what}: {why}"));
        match reply.meaning() {
            Meaning::NotSignedIn => error.hint(hint_refused(&self.credentials())),
            Meaning::NotAllowed => error.hint(hint_forbidden(&self.credentials())),
            // Seen with its database down.
            Meaning::Broken if reply.body.is_empty() => {
                error.hint("the backend answers so when its database is down")
            }
            Meaning::Refused => error,
            _ => error.hint(reply.hint(SETTING)),
        }
    }

    pub(super) fn unanswered(&self, what: &str, trouble: &RequestError) -> Error {
        match trouble {
            RequestError::Stopped => Error::stopped(what),
            other => Error::new(
                Kind::Remote,
                format!("{what}: {}", self.peer.value(&other.to_string(), LONGEST)),
            )
            .hint(other.hint(SETTING)),
        }
    }

    /// A redirect or a web page. Where the sign-in itself has worked it is not about credentials:
    /// a path that the backend does not have is sent to its sign-in page as well.
    fn not_signed_in(&self, what: &str, how: &str, reply: &Reply) -> Error {
        let base = self.base.to_string();
        let how = format!("{how}; {}, {}", reply.status_line(), reply.asked);
        let hint_path = format!(
            "is {base} the right address, its path too? the backend sends whoever asks for a path \
             that it does not have to its sign-in page"
        );
        if what == LOGIN {
            Error::remote(format!("{what}: {how}")).hint(reply.hint(SETTING))
        } else if self.cookie().is_some() {
            let why = format!("{what}: {how}, although the sign-in has worked");
            Error::remote(why).hint(hint_path)
        } else {
            let hint = format!("{}; else: {hint_path}", hint_refused(&self.credentials()));
            Error::remote(format!("{what}: not signed in ({how})")).hint(hint)
        }
    }

    pub(super) fn said(&self, answer: &Value) -> String {
        let message = answer.get("message").and_then(Value::as_str);
        self.words(message.unwrap_or_default())
    }
}

/// Whether an answer means "not signed in": it says so, or leads to a page for people.
pub(super) fn is_signed_out(reply: &Reply) -> bool {
    let page = reply.status.is_success() && reply.is_web_page();
    reply.status == 401 || reply.status.is_redirection() || page
}

/// What is set and was refused; to set it would be no advice.
fn hint_refused(credentials: &[&str]) -> String {
    let set = credentials.join(" and ");
    let is = if credentials.len() > 1 || set.contains(" with ") {
        "are"
    } else {
        "is"
    };
    format!("{set} {is} set, and the backend refuses that: right, and not expired?")
}

fn hint_forbidden(credentials: &[&str]) -> String {
    let set = credentials.join(" and ");
    format!("{set} let us in, but not to this: does the account have the role for it?")
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    NoList,
    /// It lists others.
    Unknown,
    Running,
    Ended(End),
}

pub(super) fn run_of(answer: &Value) -> Option<Uuid> {
    answer.get("run")?.as_str()?.parse().ok()
}

impl Backend {
    pub async fn run_state(&self, run: Uuid, job: &Job) -> Result<RunState> {
        let reply = self.ask(RUNS_PATH, RUNS, job).await?;
        if [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&reply.status) {
            return Ok(RunState::NoList);
        }
        let answer = self.answer(&reply, RUNS)?;
        let Some(rows) = answer.get("runs").and_then(Value::as_array) else {
            return Err(Error::remote(format!(
                "{RUNS}: the answer lists none: {}",
                reply.first_words(&self.peer)
            )));
        };
        let id = run.to_string();
        let row = rows.iter().find(|row| text(row, "id") == Some(&id));
        Ok(row.map_or(RunState::Unknown, |row| self.state_of(row)))
    }

    fn state_of(&self, row: &Value) -> RunState {
        let said = self.words(text(row, "message").unwrap_or_default());
        let failed = |error: Error| RunState::Ended(End::Failed(error.into()));
        match (text(row, "state"), text(row, "verdict")) {
            (Some("running"), _) => RunState::Running,
            (Some("died"), _) => failed(Error::remote("the server's run died without a report")),
            (_, Some(verdict)) if verdict == Verdict::Clean.word() => RunState::Ended(End::Done),
            (_, Some(verdict)) if verdict == Verdict::Stopped.word() => {
                RunState::Ended(End::Stopped(STOPPED_THERE.to_owned()))
            }
            (_, Some(verdict)) if verdict == Verdict::Partial.word() => {
                let why = match said {
                    said if said.is_empty() => "the server did not do all of it".to_owned(),
                    said => said,
                };
                failed(Error::new(Kind::Partial, why))
            }
            _ => failed(Error::remote(backend_failed(&said))),
        }
    }

    /// Asks our own server to stop a run. Told apart only by success: there is another way.
    pub async fn stop(&self, run: &str) -> bool {
        let ask = Ask {
            what: RUNS,
            tries: 1,
            retry_refused: false,
            budget: Some(LOOK),
        };
        // The run's own job was stopped already, and would send nothing.
        let listener = Job::silent();
        let sent = self.peer.send(&listener, ask, |client| {
            json_please(self.signed(client.delete(self.url(&format!("{RUNS_PATH}/{run}")))))
        });
        sent.await.is_ok_and(|reply| reply.status.is_success())
    }
}

fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key)?.as_str()
}
