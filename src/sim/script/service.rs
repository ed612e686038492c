//! A service that runs a sync script, in the documented and in the deployed shape.
//!
//! The script is played: by hand, a line and an end at a time, or alone, in some seconds. What it
//! does depends on no connection: a caller that goes away stops nothing.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::interval;

use crate::sim::{Simulated, Tokens, lock};

/// The token it takes, marked so that it is found wherever it leaks to.
pub const TOKEN: &str = "token-skrip-contoh-4T";
pub const USERNAME: &str = "sinkron";
/// With which password; marked like the token.
pub const PASSWORD: &str = "sandi-skrip-contoh-2W";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    #[default]
    Documented,
    /// As it was found: other keys, 200 for everything that is no failure, exit 2 as "running".
    Deployed,
    /// As documented, and with a list of runs that can be stopped.
    WithRuns,
}

#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub shape: Shape,
    /// Before its paths, such as `/api`.
    pub prefix: &'static str,
    pub latency: Duration,
    /// How long a script takes that plays alone; `None` is played by hand.
    pub alone: Option<Duration>,
}

const SHOWN: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit 0, with this output.
    Success(String),
    /// Another exit code, with this output.
    Exit(i32, String),
}

pub type Service = Simulated<ServiceState>;

#[derive(Debug)]
pub struct ServiceState {
    setup: Setup,
    log: Mutex<Option<Vec<String>>>,
    /// The number of runs so far, and whether one is going.
    run: watch::Sender<Run>,
    tokens: Tokens,
    held: watch::Sender<bool>,
}

#[derive(Clone, Debug, Default)]
struct Run {
    number: u64,
    going: bool,
    ending: Option<Ending>,
}

impl Simulated<ServiceState> {
    /// Starts a service that behaves like `setup`. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let (latency, prefix) = (setup.latency, setup.prefix);
        let with_runs = setup.shape == Shape::WithRuns;
        let state = Arc::new(ServiceState {
            setup,
            log: Mutex::default(),
            run: watch::Sender::new(Run::default()),
            tokens: Tokens::of(TOKEN),
            held: watch::Sender::new(false),
        });
        let at = |path: &str| format!("{prefix}{path}");
        let mut router = Router::new()
            .route(&at("/auth/login"), post(log_in))
            .route(&at("/sync/run"), post(run))
            .route(&at("/sync/status"), get(status))
            .route(&at("/sync/log"), get(log));
        if with_runs {
            router = router
                .route(&at("/sync/runs"), get(runs))
                .route(&at("/sync/runs/{id}"), delete(stop));
        }
        Self::serve(router.with_state(Arc::clone(&state)), state, latency)
    }

    pub fn log_lines(&self, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned());
        lock(&self.state.log).get_or_insert_default().extend(lines);
    }

    /// Begins a run that no client asked for.
    pub fn begin(&self) {
        self.state.begin();
    }

    pub fn end(&self, ending: Ending) {
        self.state.end(Some(ending));
    }

    /// Ends the current run as a kill of the service does: without an answer or a line.
    pub fn vanish(&self) {
        self.state.end(None);
    }

    /// Holds answers to the run call back although the script has ended, as a child in the
    /// background does that keeps the output open.
    pub fn hold(&self, hold: bool) {
        self.state.held.send_replace(hold);
    }

    pub fn is_running(&self) -> bool {
        self.state.run.borrow().going
    }

    pub fn runs_begun(&self) -> u64 {
        self.state.run.borrow().number
    }

    pub fn forget_tokens(&self) {
        self.state.tokens.expire();
    }

    /// Ends every connection; the script continues.
    pub fn drop_connections(&self) -> io::Result<()> {
        self.server.stop();
        self.server.resume()
    }
}

impl ServiceState {
    /// False when one is running already.
    fn begin(&self) -> bool {
        self.run.send_if_modified(|run| {
            let begins = !run.going;
            if begins {
                *run = Run {
                    number: run.number + 1,
                    going: true,
                    ending: None,
                };
            }
            begins
        })
    }

    fn end(&self, ending: Option<Ending>) {
        self.run.send_modify(|run| {
            run.going = false;
            run.ending = ending;
        });
    }

    fn say(&self, line: String) {
        lock(&self.log).get_or_insert_default().push(line);
    }

    /// Plays the script in its time.
    async fn play(&self, length: Duration) {
        let steps = [
            "Dumping app...",
            "Importing into app_copy...",
            "Checking...",
        ];
        let mut pulse = interval(length / 4);
        pulse.tick().await;
        for step in steps {
            self.say(format!("[2026-11-08 14:03:22] {step}"));
            pulse.tick().await;
        }
        let last = "[2026-11-08 14:03:28] Sync completed successfully";
        self.say(last.to_owned());
        let output = format!("Step 1 of 1\n{last}\n");
        self.end(Some(Ending::Success(output)));
    }

    fn is_deployed(&self) -> bool {
        self.setup.shape == Shape::Deployed
    }
}

async fn log_in(State(state): State<Arc<ServiceState>>, Json(body): Json<Value>) -> Response {
    if body["username"] == USERNAME && body["password"] == PASSWORD {
        let token = state.tokens.issue(&format!("{TOKEN}-"));
        return Json(json!({"token": token})).into_response();
    }
    let (status, message) = if state.is_deployed() {
        (StatusCode::INTERNAL_SERVER_ERROR, "fail login")
    } else {
        (StatusCode::UNAUTHORIZED, "Invalid username or password")
    };
    let body = json!({"message": message, "error": "record not found"});
    (status, Json(body)).into_response()
}

async fn run(State(state): State<Arc<ServiceState>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&state, &headers) {
        return refusal;
    }
    if !state.begin() {
        if state.is_deployed() {
            // The script was started nevertheless, and found its lock.
            state.say("[2026-11-08 14:03:25] ERROR: Sync is already running".to_owned());
        }
        return running(&state);
    }
    let mut ended = state.run.subscribe();
    let mut held = state.held.subscribe();
    if let Some(length) = state.setup.alone {
        let state = Arc::clone(&state);
        // The caller may go; the script does not.
        tokio::spawn(async move { state.play(length).await });
    }
    // The senders live as long as the state, which lives here.
    let ending = ended.wait_for(|run| !run.going).await;
    let ending = ending.ok().and_then(|run| run.ending.clone());
    let _ = held.wait_for(|held| !held).await;
    match ending {
        None => std::future::pending().await,
        Some(Ending::Success(output)) => {
            let message = if state.is_deployed() {
                "Sinkronisasi database berhasil."
            } else {
                "Sync script executed successfully"
            };
            let body = json!({"message": message, "output": output, "status": "success"});
            Json(body).into_response()
        }
        Some(Ending::Exit(2, _)) => running(&state),
        Some(Ending::Exit(code, output)) => {
            let why = if state.is_deployed() {
                ""
            } else {
                "Failed to execute sync script: "
            };
            let message = format!("{why}exit status {code}");
            let body = json!({"status": "error", "message": message, "output": output});
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
    }
}

fn running(state: &ServiceState) -> Response {
    let status = if state.is_deployed() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    let message = if state.is_deployed() {
        "Sinkronisasi sedang berjalan."
    } else {
        "Sync is already running. Please wait for it to complete."
    };
    (
        status,
        Json(json!({"status": "running", "message": message})),
    )
        .into_response()
}

async fn status(State(state): State<Arc<ServiceState>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&state, &headers) {
        return refusal;
    }
    let going = state.run.borrow().going;
    let (status, message) = match (going, state.is_deployed()) {
        (true, false) => ("running", "Sync is currently running"),
        (false, false) => ("idle", "No sync is currently running"),
        (true, true) => ("running", "Sinkronisasi sedang berjalan."),
        (false, true) => ("idle", "Tidak ada sinkronisasi yang sedang berjalan."),
    };
    Json(json!({"status": status, "message": message})).into_response()
}

async fn log(State(state): State<Arc<ServiceState>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&state, &headers) {
        return refusal;
    }
    let Some(lines) = lock(&state.log).clone() else {
        let message = if state.is_deployed() {
            "Log file tidak ditemukan."
        } else {
            "Error reading log file"
        };
        let body = json!({"status": "error", "message": message});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    };
    let text = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    let file = "/var/log/sync_latest.log";
    Json(match state.setup.shape {
        Shape::Documented => json!({"status": "success", "log": text}),
        Shape::Deployed => json!({"status": "success", "content": text, "logFile": file}),
        Shape::WithRuns => {
            json!({"status": "success", "log": text, "content": text, "logFile": file})
        }
    })
    .into_response()
}

async fn runs(State(state): State<Arc<ServiceState>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&state, &headers) {
        return refusal;
    }
    let run = state.run.borrow().clone();
    let rows: Vec<Value> = (1..=run.number)
        .map(|number| {
            let going = run.going && number == run.number;
            let word = if going { "running" } else { "finished" };
            json!({"id": number.to_string(), "state": word})
        })
        .collect();
    Json(json!({"runs": rows})).into_response()
}

async fn stop(
    State(state): State<Arc<ServiceState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = refusal(&state, &headers) {
        return refusal;
    }
    let run = state.run.borrow().clone();
    if !run.going || id != run.number.to_string() {
        let body = json!({"status": "error", "message": "there is no such run"});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    state.end(Some(Ending::Exit(143, "Terminated\n".to_owned())));
    Json(json!({"status": "success", "message": "stopping"})).into_response()
}

/// `None` for whoever may ask; else the refusal.
fn refusal(state: &ServiceState, headers: &HeaderMap) -> Option<Response> {
    let header = headers.get(AUTHORIZATION);
    let value = header.and_then(|value| value.to_str().ok()).unwrap_or("");
    if state.setup.shape == Shape::Deployed && value.trim() == "Bearer" {
        let body = json!({"message": "index out of range"});
        return Some((StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response());
    }
    let known = value
        .strip_prefix("Bearer ")
        .is_some_and(|token| state.tokens.accept(token));
    let body = json!({"message": "Invalid token", "error": "token is malformed"});
    (!known).then(|| (StatusCode::UNAUTHORIZED, Json(body)).into_response())
}
