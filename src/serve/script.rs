//! The original's three endpoints: run the script, is it running, what does its log say.
//!
//! How the answers read is the [`dialect`](super::dialect)'s; which run they are about is said in
//! the header `x-selaras-run`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AppState, Caller, reply};
use crate::config::{Config, Dialect, Script as Settings};
use crate::context;
use crate::engine::{Engine, Job, Verdict};
use crate::error::{Context as _, Error, Kind, Result};
use crate::files::tail::last_bytes;
use crate::run::{self, Id, NewRun, ReportFile, Runs};
use crate::script::lock::{LockFile, State as LockState};
use crate::script::{End, Plan, Report, Request, Script, Target, log};

/// How much of the output an answer carries, in bytes: its end.
const OUTPUT: u64 = 1024 * 1024;
/// How many lines of the log an answer carries.
const LINES: usize = 100;

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
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    wait: Result<Query<Wait>, QueryRejection>,
) -> Response {
    let Ok(Query(Wait { wait })) = wait else {
        return reply::refused(StatusCode::BAD_REQUEST, "wait is true or false");
    };
    let dialect = state.serve.dialect;
    match reply::to_the_end(start(Arc::clone(&state), caller)).await {
        Ok((_, id)) if !wait => {
            let body = json!({"status": "started", "message": "Sync script started", "run": id});
            reply::about(id, reply::json(StatusCode::ACCEPTED, body))
        }
        Ok((runs, id)) => match end(&runs, id, dialect).await {
            Ok(response) => reply::about(id, response),
            Err(error) => dialect.error(&error),
        },
        Err(error) if error.kind() == Kind::Busy => {
            let holder = reply::aside(move || going(&state)).await;
            match holder.ok().flatten() {
                Some(id) => reply::about(id, dialect.already()),
                None => dialect.already(),
            }
        }
        Err(error) => dialect.error(&error),
    }
}

/// Our run that is running.
fn going(state: &AppState) -> Result<Option<Id>> {
    let config = state.app.config()?;
    let running = context::script::in_hand(&context::runs(&config)?)?;
    Ok(running.map(|run| run.id()))
}

/// Looks and starts, in the caller's name.
async fn start(state: Arc<AppState>, caller: Caller) -> Result<(Runs, Id)> {
    let config = state.app.config()?;
    context::may_write(&config)?;
    let runs = context::runs(&config)?;
    let engine = Script::new(Arc::clone(&config))?;
    let request = Request {
        last: context::script::last(&runs)?,
        ..Request::default()
    };
    let plan = engine.plan(request.clone(), &Job::silent()).await?;
    if let Some(problem) = plan.problems.first() {
        let problem = Error::from(problem.clone());
        // A lock that nobody is known to hold: a caller that is told to wait would wait forever. The
        // deployed service knows no difference, and its front ends no other answer.
        if is_left_behind(&plan) && context::script::in_hand(&runs)?.is_none() {
            if state.serve.dialect == Dialect::Deployed {
                tracing::warn!(problem = %problem.chain(), "told to wait for a lock nobody holds");
                return Err(problem);
            }
            let hint = problem.advice().unwrap_or_default().to_owned();
            return Err(Error::local(problem.chain()).hint(hint));
        }
        return Err(problem);
    }
    let new = NewRun {
        engine: Script::NAME,
        request: json!(request),
        plan: &plan,
        operator: state.app.caller(&config, caller.name),
        worker: state.app.launch(&config)?,
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
async fn end(runs: &Runs, id: Id, dialect: Dialect) -> Result<Response> {
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
        return Ok(dialect.already());
    }
    Ok(match &ended {
        Some(ended) if ended.ending.verdict == Verdict::Clean => dialect.success(&output),
        Some(ended) => dialect.failure(&ended.ending.sentence, ended.report.as_ref(), &output),
        None => {
            let short = id.short();
            let sentence = format!("run {short} died; how far the script came is not known");
            dialect.failure(&sentence, None, &output)
        }
    })
}

fn was_running_already(ended: &ReportFile<Report>) -> bool {
    let report = ended.report.as_ref();
    report.is_some_and(|report| report.end == End::AlreadyRunning)
}

/// The end of a run's output, from the beginning of a character on; what is left out is said.
fn tail(runs: &Runs, id: Id) -> Result<String> {
    let path = runs.output(id);
    let Some(file) = runs.open_output(id)? else {
        return Ok(String::new());
    };
    let (bytes, from) = last_bytes(&file, OUTPUT).doing("read", &path)?;
    let cut = match from {
        0 => 0,
        _ => (bytes.iter().take(3))
            .take_while(|byte| **byte & 0xc0 == 0x80)
            .count(),
    };
    let text = String::from_utf8_lossy(&bytes[cut..]);
    if from == 0 {
        return Ok(text.into_owned());
    }
    let left_out = crate::text::plural(from + cut as u64, "byte");
    Ok(format!(
        "[only the end: {left_out} before it are left out; GET /sync/runs/{id}/output has them]\n{text}"
    ))
}

/// `GET /sync/status`.
pub async fn status(State(state): State<Arc<AppState>>) -> Response {
    let dialect = state.serve.dialect;
    match reply::aside(move || running(&*state.app.config()?)).await {
        Ok(runs) => dialect.status(runs),
        Err(error) => dialect.error(&error),
    }
}

/// Whether one of our runs is running, or another process has the script's own lock.
fn running(config: &Config) -> Result<bool> {
    if context::script::in_hand(&context::runs(config)?)?.is_some() {
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

/// `GET /sync/log`: the last lines.
pub async fn log(State(state): State<Arc<AppState>>) -> Response {
    let dialect = state.serve.dialect;
    match reply::aside(move || last_lines(&*state.app.config()?)).await {
        Ok(Some((lines, file))) => dialect.log(&lines, &file),
        Ok(None) => dialect.no_log(),
        Err(error) => dialect.error(&error),
    }
}

fn last_lines(config: &Config) -> Result<Option<(String, Value)>> {
    let Settings::Local(local) = config.script.ready()? else {
        return Err(Error::usage(
            "the script runs at another service; ask that one for its log",
        ));
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
    Ok(Some((lines.join("\n"), json!(path.display().to_string()))))
}
