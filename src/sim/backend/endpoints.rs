//! The endpoints of a backend: who may come in, and what is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::run::{Listener, Run};
use super::sync::{FastSync, SyncTask, begin_fast};
use super::{
    BROKEN_NIK, BackendState, KEY, PASSWORD, Region, Shape, StreamFault, TOKEN_MARK, UNKNOWN_NIK,
    USERNAME,
};
use crate::sim::answer::refusal;
use crate::sim::lock;

const LOGIN: &str = "/api/auth/login";
const METADATA: &str = "/api/sync/metadata";
pub(super) const GLOBAL: &str = "/api/sync/global";
pub(super) const KECAMATAN: &str = "/api/sync/kecamatan";

const EXPIRED: &str = "Session expired or invalid";

type Shared = State<Arc<BackendState>>;

pub(super) fn router(state: Arc<BackendState>) -> Router {
    Router::new()
        .route(METADATA, get(metadata))
        .route(GLOBAL, get(global))
        .route(KECAMATAN, get(kecamatan))
        .route("/api/sync/ptk", post(one_ptk))
        .route("/api/sync/all-ptk", post(all_ptk))
        .route("/api/sync/all-sekolah", post(all_sekolah))
        .route("/api/sync/runs", get(runs))
        .route("/api/sync/runs/{run}", delete(stop))
        .layer(from_fn_with_state(Arc::clone(&state), admit))
        .route(LOGIN, post(log_in))
        .fallback(elsewhere)
        .with_state(state)
}

/// Whoever asks for what is not there is sent to the page where people sign in.
async fn elsewhere() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/login")]).into_response()
}

async fn admit(State(state): Shared, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let token = headers
        .get(COOKIE)
        .and_then(|cookie| cookie.to_str().ok()?.strip_prefix("auth_token="));
    let known = |token: &str| state.tokens.accept(token);
    if headers.get("x-api-key").is_some_and(|key| key == KEY) || token.is_some_and(known) {
        return next.run(request).await;
    }
    let message = match token {
        Some(_) => EXPIRED,
        None => "Authentication required",
    };
    not_signed_in(message)
}

fn not_signed_in(message: &str) -> Response {
    refusal(StatusCode::UNAUTHORIZED, message)
}

async fn log_in(State(state): Shared, body: Bytes) -> Response {
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    if fields["username"] != USERNAME || fields["password"] != PASSWORD {
        return not_signed_in("Username atau password salah");
    }
    let cookie = format!(
        "auth_token={}; Path=/; HttpOnly; SameSite=Lax",
        state.tokens.issue(TOKEN_MARK)
    );
    ([(SET_COOKIE, cookie)], Json(json!({"message": "OK"}))).into_response()
}

async fn metadata(State(state): Shared) -> Json<Value> {
    let value = lock(&state.metadata).clone();
    Json(match value {
        None => json!({"value": null}),
        Some(value) => json!({
            "id": 1, "key": "LAST_GLOBAL_SYNC", "value": value,
            "updatedAt": "2025-11-03T04:05:06.000Z",
        }),
    })
}

async fn global(State(state): Shared, method: Method, headers: HeaderMap) -> Response {
    let all = state.setup.kecamatan.clone();
    sync(state, &method, &headers, true, all).await
}

async fn kecamatan(
    State(state): Shared,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let codes: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, code)| name == "kode_kecamatan" && !code.is_empty())
        .map(|(_, code)| code.into_owned())
        .collect();
    let all = state.setup.kecamatan.iter();
    let chosen: Vec<Region> = all
        .filter(|region| codes.contains(&region.code))
        .cloned()
        .collect();
    if codes.is_empty() {
        return failure(StatusCode::BAD_REQUEST, "Pilih kecamatan");
    }
    sync(state, &method, &headers, false, chosen).await
}

async fn sync(
    state: Arc<BackendState>,
    method: &Method,
    headers: &HeaderMap,
    is_global: bool,
    kecamatan: Vec<Region>,
) -> Response {
    let stream_faults = state.stream_faults();
    let shape = state.setup.shape;
    let status = stream_faults.iter().find_map(|fault| match fault {
        StreamFault::Status(code) => StatusCode::from_u16(*code).ok(),
        _ => None,
    });
    if let Some(status) = status {
        return status.into_response();
    }
    if stream_faults.contains(&StreamFault::SignedOut) {
        return not_signed_in(EXPIRED);
    }
    if shape == Shape::Own && *method == Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let (Shape::Own, Some(id)) = (shape, headers.get("last-event-id")) {
        let id = String::from_utf8_lossy(id.as_bytes()).into_owned();
        // What breaks a stream breaks it once: the replay is whole.
        return replay(&state, &id).await;
    }
    let attaches = |run: &&Arc<Run>| run.is_global && !run.is_over();
    let running = lock(&state.runs).iter().rev().find(attaches).cloned();
    let running = running.filter(|_| shape == Shape::Own && is_global);
    let run = running.unwrap_or_else(|| {
        let run = state.add_run(is_global);
        SyncTask {
            state: Arc::clone(&state),
            run: Arc::clone(&run),
            kecamatan,
        }
        .begin();
        run
    });
    let gateway = stream_faults.iter().find_map(|fault| match fault {
        StreamFault::Gateway(code) => StatusCode::from_u16(*code).ok(),
        _ => None,
    });
    if let Some(status) = gateway {
        // It waited, and closes its own connection: to the backend its client is gone.
        drop(Listener::new(run, shape, Vec::new(), 0));
        let page = Html("<html><head><title>nginx</title></head></html>");
        return (status, page).into_response();
    }
    Listener::new(run, shape, stream_faults, 0).answer().await
}

async fn replay(state: &BackendState, id: &str) -> Response {
    let runs = lock(&state.runs).clone();
    let found = runs.iter().find_map(|run| {
        let seq = id.strip_prefix(&format!("{}-", run.id))?.parse().ok()?;
        Some((Arc::clone(run), seq))
    });
    match found {
        // Nothing follows.
        Some((run, from)) if run.is_over() && from >= run.length() => {
            StatusCode::NO_CONTENT.into_response()
        }
        Some((run, from)) => {
            Listener::new(run, Shape::Own, Vec::new(), from)
                .answer()
                .await
        }
        None => not_found("No such run"),
    }
}

async fn stop(State(state): Shared, Path(run): Path<String>) -> Response {
    let runs = lock(&state.runs).clone();
    match runs.iter().find(|known| known.id.to_string() == run) {
        Some(run) => {
            run.stop.cancel();
            Json(json!({"message": "stopping"})).into_response()
        }
        None => not_found("No such run"),
    }
}

async fn one_ptk(State(state): Shared, body: Bytes) -> Response {
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some(nik), Some(_)) = (fields["nik"].as_str(), fields["npsn"].as_str()) else {
        return failure(StatusCode::BAD_REQUEST, "NIK dan NPSN wajib ada!");
    };
    tokio::time::sleep(state.setup.tempo.school).await;
    if nik.ends_with(UNKNOWN_NIK) {
        return not_found("Data tidak ditemukan di pusat");
    }
    if nik.ends_with(BROKEN_NIK) {
        return failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "value too long for type character varying(18)",
        );
    }
    Json(json!({"message": "Sync detail GURU CONTOH 1 berhasil!"})).into_response()
}

async fn all_ptk(State(state): Shared) -> Json<Value> {
    begin(
        &state,
        FastSync::Staff,
        "Sync PTK Turbo (With Max Error Handling) Started!",
    )
}

async fn all_sekolah(State(state): Shared) -> Json<Value> {
    begin(&state, FastSync::Schools, "Turbo Raw Sync Sekolah dimulai!")
}

/// Only a server like our own names the run.
fn begin(state: &Arc<BackendState>, what: FastSync, message: &str) -> Json<Value> {
    let run = begin_fast(state, what);
    Json(match state.setup.shape {
        Shape::Own => json!({"message": message, "run": run.id}),
        Shape::Deployed | Shape::Documented => json!({"message": message}),
    })
}

async fn runs(State(state): Shared) -> Response {
    if state.setup.shape != Shape::Own {
        return not_found("Not found");
    }
    let rows: Vec<Value> = lock(&state.runs)
        .iter()
        .rev()
        .map(|run| run.row())
        .collect();
    Json(json!({"status": "success", "runs": rows})).into_response()
}

fn not_found(message: &str) -> Response {
    refusal(StatusCode::NOT_FOUND, message)
}

fn failure(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}
