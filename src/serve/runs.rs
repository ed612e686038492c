//! Runs, beyond the original's endpoints: list and stop; of the script also output as it grows.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::time::interval;

use super::{AppState, reply};
use crate::engine::{Engine as _, Event};
use crate::error::{Context as _, Error, Kind, Result};
use crate::files::tail::{CHUNK, Tail};
use crate::run::{self, Id, Run, Runs, State as RunState, Stop, StopWait, Until};
use crate::script::Script;

/// How often output is looked for while the script says nothing.
const PULSE: Duration = Duration::from_millis(50);

#[derive(Debug, Deserialize)]
pub struct From {
    /// In bytes from the start.
    #[serde(default)]
    offset: u64,
}

/// `GET /sync/runs`: all runs of the script.
pub async fn list(State(state): State<Arc<AppState>>) -> Response {
    list_of(state, Script::NAME).await
}

/// All runs of an engine, newest first.
pub async fn list_of(state: Arc<AppState>, engine: &'static str) -> Response {
    let listed = reply::aside(move || {
        let runs = crate::context::runs(&*state.app.config()?)?;
        let all = runs.readable()?.into_iter();
        Ok(all
            .filter(|run| run.manifest.engine == engine)
            .collect::<Vec<_>>())
    })
    .await;
    match listed {
        Ok(runs) => {
            let rows: Vec<_> = runs.iter().map(row).collect();
            reply::json(StatusCode::OK, json!({"status": "success", "runs": rows}))
        }
        Err(error) => reply::error(&error),
    }
}

fn row(run: &Run) -> serde_json::Value {
    let ending = match &run.state {
        RunState::Finished(ending) => Some(ending),
        RunState::Running | RunState::Died => None,
    };
    json!({
        "id": run.id(),
        "state": match run.state {
            RunState::Running => "running",
            RunState::Finished(_) => "ended",
            RunState::Died => "died",
        },
        "operator": run.manifest.operator.to_string(),
        "created": run.manifest.created,
        "started": run.started,
        "ended": run.ended(),
        "verdict": ending.map(|ending| ending.verdict),
        "exit": run.exit(),
        "message": ending.map(|ending| &ending.sentence),
    })
}

/// The run of an engine whose id ends in `name`.
async fn find(
    state: Arc<AppState>,
    engine: &'static str,
    name: Result<Path<String>, PathRejection>,
) -> Result<(Runs, Id)> {
    let Ok(Path(name)) = name else {
        return Err(no_such_run(engine));
    };
    reply::aside(move || {
        let config = state.app.config()?;
        let runs = crate::context::runs(&config)?;
        let id = runs.find(&name)?;
        if runs.get(id)?.manifest.engine == engine {
            Ok((runs, id))
        } else {
            Err(no_such_run(engine))
        }
    })
    .await
}

fn no_such_run(engine: &str) -> Error {
    Error::usage(format!("there is no such run of {engine}"))
}

fn lost(error: &Error) -> Response {
    if error.kind() == Kind::Usage {
        let body = json!({"status": "error", "message": error.chain()});
        return reply::json(StatusCode::NOT_FOUND, body);
    }
    reply::error(error)
}

#[derive(Debug, Deserialize)]
pub struct How {
    /// Kill at once what is stopping already.
    #[serde(default)]
    insist: bool,
}

/// `DELETE /sync/runs/{id}`.
pub async fn stop(
    State(state): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
    how: Result<Query<How>, QueryRejection>,
) -> Response {
    stop_of(state, Script::NAME, name, how).await
}

/// Asks a run to stop, once however often it is called, for a call may be lost and made again;
/// with `?insist=true` what is stopping is killed. Answers before the run has ended.
pub async fn stop_of(
    state: Arc<AppState>,
    engine: &'static str,
    name: Result<Path<String>, PathRejection>,
    how: Result<Query<How>, QueryRejection>,
) -> Response {
    let Ok(Query(How { insist })) = how else {
        return reply::refused(StatusCode::BAD_REQUEST, "insist is true or false");
    };
    let (runs, id) = match find(state, engine, name).await {
        Ok(found) => found,
        Err(error) => return lost(&error),
    };
    let stopping = async move {
        if !insist && is_stopping(&runs, id)? {
            return Ok(STOPPING);
        }
        let done = run::stop(&runs, id, StopWait::until(Until::Answered)).await?;
        Ok(stopped(done))
    };
    match reply::to_the_end(stopping).await {
        Ok(message) => {
            let body = json!({"status": "success", "message": message, "run": id});
            reply::json(StatusCode::OK, body)
        }
        Err(error) => reply::error(&error),
    }
}

const STOPPING: &str = "it is stopping";

fn stopped(done: Stop) -> &'static str {
    match done {
        Stop::HadEnded => "it had ended already",
        Stop::Answered => STOPPING,
        Stop::Ended => "it has ended",
        Stop::OrphanEnded => "its worker had died; what it had started was ended",
        Stop::Killed => "it did not answer and was killed",
    }
}

/// Whether a run still runs and has said that it is stopping.
fn is_stopping(runs: &Runs, id: Id) -> Result<bool> {
    let mut journal = runs.follower(id, 0);
    loop {
        let batch = journal.next_batch()?;
        if batch.is_empty() {
            return Ok(false);
        }
        if batch.iter().any(|entry| entry.event == Event::Stopping) {
            return runs.is_running(id);
        }
    }
}

/// The raw output from an offset, and on as it grows, to the end of the run.
pub async fn output(
    State(state): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
    from: Result<Query<From>, QueryRejection>,
) -> Response {
    let offset = match from {
        // No file is longer than the kernel can count.
        Ok(Query(From { offset })) if i64::try_from(offset).is_ok() => offset,
        _ => return reply::refused(StatusCode::BAD_REQUEST, "offset is a number of bytes"),
    };
    match find(state, Script::NAME, name).await {
        Ok((runs, id)) => {
            let output = Output::open(runs, id, offset);
            let chunks = stream::try_unfold(output, |mut output| async move {
                Ok::<_, Error>(output.next().await?.map(|chunk| (chunk, output)))
            });
            let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
            reply::about(id, (kind, Body::from_stream(chunks)).into_response())
        }
        Err(error) => lost(&error),
    }
}

struct Output {
    runs: Runs,
    id: Id,
    tail: Option<Tail>,
    offset: u64,
    pulse: tokio::time::Interval,
}

impl Output {
    fn open(runs: Runs, id: Id, offset: u64) -> Self {
        Self {
            runs,
            id,
            tail: None,
            offset,
            pulse: interval(PULSE),
        }
    }

    /// The next piece; `None` when the run has ended and all of it was read.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            // Looked at before reading: what is written before the end is then read after it.
            let running = self.runs.is_running(self.id)?;
            let chunk = self.read()?;
            if !chunk.is_empty() {
                return Ok(Some(Bytes::from(chunk)));
            }
            if !running {
                return Ok(None);
            }
            self.pulse.tick().await;
        }
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let path = self.runs.output(self.id);
        if self.tail.is_none() {
            let opened = self.runs.open_output(self.id)?;
            let tail = opened.map(|file| Tail::of(file, self.offset));
            self.tail = tail.transpose().doing("read", &path)?;
        }
        let tail = self.tail.as_mut();
        tail.map_or(Ok(Vec::new()), |tail| tail.read_on(CHUNK))
            .doing("read", &path)
    }
}
