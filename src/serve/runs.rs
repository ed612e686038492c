//! The runs of the script, beyond the original's endpoints: list, output as it grows, stop.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::time::interval;

use super::{Office, reply, words};
use crate::engine::Engine as _;
use crate::error::{Context as _, Error, Kind, Result};
use crate::run::{self, Id, Patience, Run, Runs, State as RunState, Until};
use crate::script::Script;

/// How much output is sent at a time, in bytes.
const CHUNK: u64 = 64 * 1024;
/// How often output is looked for while the script says nothing.
const PULSE: Duration = Duration::from_millis(50);

/// From where output is wanted.
#[derive(Debug, Deserialize)]
pub struct From {
    /// In bytes from the start.
    #[serde(default)]
    offset: u64,
}

/// All runs of the script, newest first.
pub async fn list(State(office): State<Arc<Office>>) -> Response {
    let listed = office.desk.config().and_then(|config| {
        let runs = crate::desk::runs(&config)?;
        Ok(runs
            .readable()?
            .into_iter()
            .filter(is_script)
            .collect::<Vec<_>>())
    });
    match listed {
        Ok(runs) => {
            let rows: Vec<_> = runs.iter().map(row).collect();
            reply::json(StatusCode::OK, json!({"status": "success", "runs": rows}))
        }
        Err(error) => reply::error(&error),
    }
}

fn is_script(run: &Run) -> bool {
    run.manifest.engine == Script::NAME
}

/// A run for programs.
pub fn row(run: &Run) -> serde_json::Value {
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

/// The script's run that `name` ends.
fn find(office: &Office, name: &str) -> Result<(Runs, Id)> {
    let config = office.desk.config()?;
    let runs = crate::desk::runs(&config)?;
    let id = runs.find(name)?;
    if is_script(&runs.get(id)?) {
        Ok((runs, id))
    } else {
        Err(Error::usage(words::NO_SUCH_RUN))
    }
}

fn lost(error: &Error) -> Response {
    if error.kind() == Kind::Usage {
        let body = json!({"status": "error", "message": error.chain()});
        return reply::json(StatusCode::NOT_FOUND, body);
    }
    reply::error(error)
}

/// Asks a run to stop; again: insists. Answers at once.
pub async fn stop(State(office): State<Arc<Office>>, Path(name): Path<String>) -> Response {
    let (runs, id) = match find(&office, &name) {
        Ok(found) => found,
        Err(error) => return lost(&error),
    };
    match run::stop(&runs, id, Patience::until(Until::Answered)).await {
        Ok(done) => {
            let body = json!({"status": "success", "message": words::stopped(done), "run": id});
            reply::json(StatusCode::OK, body)
        }
        Err(error) => reply::error(&error),
    }
}

/// The raw output from an offset, and on as it grows, to the end of the run.
pub async fn output(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Query(from): Query<From>,
) -> Response {
    let opened = find(&office, &name).map(|(runs, id)| Tail::open(runs, id, from.offset));
    match opened {
        Ok(tail) => {
            let chunks = stream::try_unfold(tail, |mut tail| async move {
                Ok::<_, Error>(tail.next().await?.map(|chunk| (chunk, tail)))
            });
            let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
            (kind, Body::from_stream(chunks)).into_response()
        }
        Err(error) => lost(&error),
    }
}

/// Output on its way to a client.
struct Tail {
    runs: Runs,
    id: Id,
    file: Option<File>,
    offset: u64,
    pulse: tokio::time::Interval,
}

impl Tail {
    fn open(runs: Runs, id: Id, offset: u64) -> Self {
        Self {
            runs,
            id,
            file: None,
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
                self.offset += chunk.len() as u64;
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
        if self.file.is_none() {
            match File::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Ok(Vec::new());
                }
                opened => self.file = Some(opened.doing("read", &path)?),
            }
        }
        let Some(file) = &mut self.file else {
            return Ok(Vec::new());
        };
        let mut chunk = Vec::new();
        file.seek(SeekFrom::Start(self.offset))
            .doing("read", &path)?;
        file.take(CHUNK)
            .read_to_end(&mut chunk)
            .doing("read", &path)?;
        Ok(chunk)
    }
}
