//! The original's three endpoints: run the script, is it running, what does its log say.
//!
//! The answers are the original's, byte for byte, because programs read them; which run they are
//! about is said in the header `x-selaras-run`.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Office, reply, words};
use crate::config::{Config, Script as Settings};
use crate::desk;
use crate::engine::{Engine, Job, Verdict};
use crate::error::{Context as _, Error, Kind, Result};
use crate::run::{self, Id, NewRun, Operator, ReportFile, Runs};
use crate::script::lock::{LockFile, State as LockState};
use crate::script::{End, Plan, Report, Request, Script, Target, log};

/// How much of the output an answer carries, in bytes: its end.
const OUTPUT: u64 = 1024 * 1024;
/// How many lines of the log an answer carries.
const LINES: usize = 100;

/// How a run is wanted.
#[derive(Debug, Deserialize)]
pub struct Wait {
    /// Whether the answer comes at the script's end.
    #[serde(default = "yes")]
    wait: bool,
}

fn yes() -> bool {
    true
}

/// `POST /sync/run`.
pub async fn run(
    State(office): State<Arc<Office>>,
    Extension(caller): Extension<Caller>,
    wait: Result<Query<Wait>, QueryRejection>,
) -> Response {
    let Ok(Query(Wait { wait })) = wait else {
        return reply::refused(words::WAIT_MEANS);
    };
    match reply::to_the_end(start(Arc::clone(&office), caller)).await {
        Ok((_, id)) if !wait => {
            let body = json!({"status": "started", "message": words::STARTED, "run": id});
            reply::about(id, reply::json(StatusCode::ACCEPTED, body))
        }
        Ok((runs, id)) => match end(&runs, id).await {
            Ok(response) => reply::about(id, response),
            Err(error) => reply::error(&error),
        },
        Err(error) if error.kind() == Kind::Busy => {
            let holder = reply::aside(move || going(&office)).await;
            match holder.ok().flatten() {
                Some(id) => reply::about(id, already()),
                None => already(),
            }
        }
        Err(error) => reply::error(&error),
    }
}

fn already() -> Response {
    let body = json!({"status": "running", "message": words::RUNNING});
    reply::json(StatusCode::CONFLICT, body)
}

/// The run of ours that goes on.
fn going(office: &Office) -> Result<Option<Id>> {
    let config = office.desk.config()?;
    let running = desk::script::running(&desk::runs(&config)?)?;
    Ok(running.map(|run| run.id()))
}

/// Looks and starts, in the caller's name.
async fn start(office: Arc<Office>, caller: Caller) -> Result<(Runs, Id)> {
    let config = office.desk.config()?;
    desk::may_write(&config)?;
    let runs = desk::runs(&config)?;
    let engine = Script::new(Arc::clone(&config))?;
    let request = Request {
        last: desk::script::last(&runs)?,
        ..Request::default()
    };
    let plan = engine.plan(request.clone(), &Job::silent()).await?;
    if let Some(problem) = plan.problems.first() {
        let problem = Error::from(problem.clone());
        // A lock that nobody is known to hold: whoever is told to wait would wait for ever.
        if is_left_behind(&plan) && desk::script::running(&runs)?.is_none() {
            let hint = problem.advice().unwrap_or_default().to_owned();
            return Err(Error::local(problem.chain()).hint(hint));
        }
        return Err(problem);
    }
    let Operator { host, .. } = office.desk.operator(&config);
    let new = NewRun {
        engine: Script::NAME,
        request: json!(request),
        plan: &plan,
        operator: Operator {
            user: caller.name,
            host,
            ssh_client: None,
        },
        worker: office.desk.launch(&config)?,
    };
    let started = run::start(&runs, new).await?;
    Ok((runs, started.id))
}

fn is_left_behind(plan: &Plan) -> bool {
    match &plan.target {
        Target::Local(local) => local.lock.as_ref().is_some_and(|lock| {
            matches!(
                lock.state,
                LockState::Stale { .. } | LockState::Unknown { .. }
            )
        }),
        Target::Remote(_) => false,
    }
}

/// Waits for the script's end and says how it was.
async fn end(runs: &Runs, id: Id) -> Result<Response> {
    let mut following = runs.follow(id, 0)?;
    while following.next().await?.is_some() {}
    let runs = runs.clone();
    let (output, ended) = reply::aside(move || {
        let ended: Option<ReportFile<Report>> = runs.report(id).ok();
        Ok((tail(&runs, id)?, ended))
    })
    .await?;
    // A lock of the script's own that came between our look and its start.
    if ended.as_ref().is_some_and(was_running_already) {
        return Ok(already());
    }
    let (status, word, message) = match &ended {
        Some(ended) if ended.ending.verdict == Verdict::Clean => {
            (StatusCode::OK, "success", words::EXECUTED.to_owned())
        }
        Some(ended) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "error",
            ended.ending.sentence.clone(),
        ),
        None => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "error",
            words::died(&id.short()),
        ),
    };
    let body = json!({"status": word, "message": message, "output": output});
    Ok(reply::json(status, body))
}

fn was_running_already(ended: &ReportFile<Report>) -> bool {
    let report = ended.report.as_ref();
    report.is_some_and(|report| report.end == End::AlreadyRunning)
}

/// The end of a run's output, from the beginning of a character on.
fn tail(runs: &Runs, id: Id) -> Result<String> {
    let path = runs.output(id);
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        opened => opened.doing("read", &path)?,
    };
    let length = file.metadata().doing("read", &path)?.len();
    let mut bytes = Vec::new();
    let from = length.saturating_sub(OUTPUT);
    file.seek(SeekFrom::Start(from)).doing("read", &path)?;
    file.take(OUTPUT)
        .read_to_end(&mut bytes)
        .doing("read", &path)?;
    let cut = match from {
        0 => 0,
        _ => (bytes.iter().take(3))
            .take_while(|byte| **byte & 0xc0 == 0x80)
            .count(),
    };
    Ok(String::from_utf8_lossy(&bytes[cut..]).into_owned())
}

/// `GET /sync/status`.
pub async fn status(State(office): State<Arc<Office>>) -> Response {
    let looked = reply::aside(move || running(&*office.desk.config()?)).await;
    match looked {
        Ok(true) => reply::json(
            StatusCode::OK,
            json!({"status": "running", "message": words::IS_RUNNING}),
        ),
        Ok(false) => reply::json(
            StatusCode::OK,
            json!({"status": "idle", "message": words::IS_IDLE}),
        ),
        Err(error) => reply::error(&error),
    }
}

/// Whether a run of ours goes on, or somebody else has the script's own lock.
fn running(config: &Config) -> Result<bool> {
    if desk::script::running(&desk::runs(config)?)?.is_some() {
        return Ok(true);
    }
    Ok(match config.script.ready()? {
        Settings::Local(local) => local.lock_file.as_ref().is_some_and(|path| {
            let lock = LockFile::look(path, &local.path, None);
            matches!(lock.state, LockState::Held { .. })
        }),
        Settings::Remote(_) => false,
    })
}

/// `GET /sync/log`: the last lines, under the names of both deployed shapes.
pub async fn log(State(office): State<Arc<Office>>) -> Response {
    let looked = reply::aside(move || last_lines(&*office.desk.config()?)).await;
    match looked {
        Ok(Some((lines, file))) => {
            let body =
                json!({"status": "success", "log": lines, "content": lines, "logFile": file});
            reply::json(StatusCode::OK, body)
        }
        Ok(None) => {
            let body = json!({"status": "error", "message": words::NO_LOG});
            reply::json(StatusCode::NOT_FOUND, body)
        }
        Err(error) => reply::error(&error),
    }
}

fn last_lines(config: &Config) -> Result<Option<(String, Value)>> {
    let Settings::Local(local) = config.script.ready()? else {
        return Err(Error::usage(words::ONLY_LOCAL));
    };
    let Some(path) = &local.log_file else {
        return Ok(None);
    };
    let Ok(lines) = log::last(path, LINES) else {
        return Ok(None);
    };
    let lines: Vec<_> = lines
        .iter()
        .map(|line| String::from_utf8_lossy(line))
        .collect();
    Ok(Some((lines.join("\n"), json!(path))))
}
