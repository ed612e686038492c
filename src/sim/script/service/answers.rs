//! What a service that runs a script says, endpoint by endpoint, in each shape.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Ending, PASSWORD, Shape, Stage, TOKEN, USERNAME};
use crate::sim::lock;

/// How many lines of the log are shown.
const SHOWN: usize = 100;

pub async fn log_in(State(stage): State<Arc<Stage>>, Json(body): Json<Value>) -> Response {
    if body["username"] == USERNAME && body["password"] == PASSWORD {
        let token = format!("{TOKEN}-{}", uuid::Uuid::now_v7().simple());
        lock(&stage.tokens).push(token.clone());
        return Json(json!({"token": token})).into_response();
    }
    let (status, message) = if stage.is_deployed() {
        (StatusCode::INTERNAL_SERVER_ERROR, "fail login")
    } else {
        (StatusCode::UNAUTHORIZED, "Invalid username or password")
    };
    let body = json!({"message": message, "error": "record not found"});
    (status, Json(body)).into_response()
}

pub async fn run(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&stage, &headers) {
        return refusal;
    }
    if !stage.begin() {
        if stage.is_deployed() {
            // The script was started all the same, and found its lock.
            stage.say("[2026-11-08 14:03:25] ERROR: Sync is already running".to_owned());
        }
        return running(&stage);
    }
    let mut ended = stage.run.subscribe();
    let mut held = stage.held.subscribe();
    if let Some(length) = stage.setup.alone {
        let stage = Arc::clone(&stage);
        // The caller may go; the script does not.
        tokio::spawn(async move { stage.play(length).await });
    }
    // The senders live as long as the stage, which lives here.
    let ending = ended.wait_for(|run| !run.going).await;
    let ending = ending.ok().and_then(|run| run.ending.clone());
    let _ = held.wait_for(|held| !held).await;
    match ending {
        None => std::future::pending().await,
        Some(Ending::Success(output)) => {
            let message = if stage.is_deployed() {
                "Sinkronisasi database berhasil."
            } else {
                "Sync script executed successfully"
            };
            let body = json!({"message": message, "output": output, "status": "success"});
            Json(body).into_response()
        }
        Some(Ending::Exit(2, _)) => running(&stage),
        Some(Ending::Exit(code, output)) => {
            let why = if stage.is_deployed() {
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

fn running(stage: &Stage) -> Response {
    let status = if stage.is_deployed() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    let message = if stage.is_deployed() {
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

pub async fn status(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&stage, &headers) {
        return refusal;
    }
    let going = stage.run.borrow().going;
    let (status, message) = match (going, stage.is_deployed()) {
        (true, false) => ("running", "Sync is currently running"),
        (false, false) => ("idle", "No sync is currently running"),
        (true, true) => ("running", "Sinkronisasi sedang berjalan."),
        (false, true) => ("idle", "Tidak ada sinkronisasi yang sedang berjalan."),
    };
    Json(json!({"status": status, "message": message})).into_response()
}

pub async fn log(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&stage, &headers) {
        return refusal;
    }
    let Some(lines) = lock(&stage.log).clone() else {
        let message = if stage.is_deployed() {
            "Log file tidak ditemukan."
        } else {
            "Error reading log file"
        };
        let body = json!({"status": "error", "message": message});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    };
    let text = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    let file = "/var/log/sync_latest.log";
    Json(match stage.setup.shape {
        Shape::Documented => json!({"status": "success", "log": text}),
        Shape::Deployed => json!({"status": "success", "content": text, "logFile": file}),
        Shape::WithRuns => {
            json!({"status": "success", "log": text, "content": text, "logFile": file})
        }
    })
    .into_response()
}

pub async fn runs(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&stage, &headers) {
        return refusal;
    }
    let run = stage.run.borrow().clone();
    let rows: Vec<Value> = (1..=run.number)
        .map(|number| {
            let going = run.going && number == run.number;
            let word = if going { "running" } else { "finished" };
            json!({"id": number.to_string(), "state": word})
        })
        .collect();
    Json(json!({"runs": rows})).into_response()
}

pub async fn stop(
    State(stage): State<Arc<Stage>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = refusal(&stage, &headers) {
        return refusal;
    }
    let run = stage.run.borrow().clone();
    if !run.going || id != run.number.to_string() {
        let body = json!({"status": "error", "message": "there is no such run"});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    stage.end(Some(Ending::Exit(143, "Terminated\n".to_owned())));
    Json(json!({"status": "success", "message": "stopping"})).into_response()
}

/// `None` for whoever may ask; else the refusal.
fn refusal(stage: &Stage, headers: &HeaderMap) -> Option<Response> {
    let header = headers.get(AUTHORIZATION);
    let value = header.and_then(|value| value.to_str().ok()).unwrap_or("");
    if stage.setup.shape == Shape::Deployed && value.trim() == "Bearer" {
        let body = json!({"message": "index out of range"});
        return Some((StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response());
    }
    let known = value
        .strip_prefix("Bearer ")
        .is_some_and(|token| lock(&stage.tokens).iter().any(|known| known == token));
    let body = json!({"message": "Invalid token", "error": "token is malformed"});
    (!known).then(|| (StatusCode::UNAUTHORIZED, Json(body)).into_response())
}
