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

use super::super::lock;
use super::background::{self, What};
use super::body::Listener;
use super::run::Run;
use super::sync::Sync;
use super::{BROKEN_NIK, KEY, Office, PASSWORD, Region, Shape, Spoil, UNKNOWN_NIK, USERNAME};

const LOGIN: &str = "/api/auth/login";
const METADATA: &str = "/api/sync/metadata";
pub(super) const GLOBAL: &str = "/api/sync/global";
pub(super) const KECAMATAN: &str = "/api/sync/kecamatan";

const EXPIRED: &str = "Session expired or invalid";

type Shared = State<Arc<Office>>;

pub(super) fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route(METADATA, get(metadata))
        .route(GLOBAL, get(global))
        .route(KECAMATAN, get(kecamatan))
        .route("/api/sync/ptk", post(one_ptk))
        .route("/api/sync/all-ptk", post(all_ptk))
        .route("/api/sync/all-sekolah", post(all_sekolah))
        .route("/api/sync/runs", get(runs))
        .route("/api/sync/runs/{run}", delete(stop))
        .layer(from_fn_with_state(Arc::clone(&office), admit))
        .route(LOGIN, post(log_in))
        .fallback(elsewhere)
        .with_state(office)
}

/// Whoever asks for what is not there is sent to the page where people sign in.
async fn elsewhere() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/login")]).into_response()
}

/// By key or by cookie.
async fn admit(State(office): Shared, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let token = headers
        .get(COOKIE)
        .and_then(|cookie| cookie.to_str().ok()?.strip_prefix("auth_token="));
    let known = |token: &str| lock(&office.tokens).contains(token);
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
    (StatusCode::UNAUTHORIZED, Json(json!({"message": message}))).into_response()
}

async fn log_in(State(office): Shared, body: Bytes) -> Response {
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    if fields["username"] != USERNAME || fields["password"] != PASSWORD {
        let answer = Json(json!({"message": "Username atau password salah"}));
        return (StatusCode::UNAUTHORIZED, answer).into_response();
    }
    let cookie = format!(
        "auth_token={}; Path=/; HttpOnly; SameSite=Lax",
        office.new_token()
    );
    ([(SET_COOKIE, cookie)], Json(json!({"message": "OK"}))).into_response()
}

async fn metadata(State(office): Shared) -> Json<Value> {
    let value = lock(&office.metadata).clone();
    Json(match value {
        None => json!({"value": null}),
        Some(value) => json!({
            "id": 1, "key": "LAST_GLOBAL_SYNC", "value": value,
            "updatedAt": "2025-11-03T04:05:06.000Z",
        }),
    })
}

async fn global(State(office): Shared, method: Method, headers: HeaderMap) -> Response {
    let all = office.setup.kecamatan.clone();
    sync(office, &method, &headers, true, all).await
}

async fn kecamatan(
    State(office): Shared,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let codes: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, code)| name == "kode_kecamatan" && !code.is_empty())
        .map(|(_, code)| code.into_owned())
        .collect();
    let all = office.setup.kecamatan.iter();
    let chosen: Vec<Region> = all
        .filter(|region| codes.contains(&region.code))
        .cloned()
        .collect();
    if codes.is_empty() {
        let answer = Json(json!({"error": "Pilih kecamatan"}));
        return (StatusCode::BAD_REQUEST, answer).into_response();
    }
    sync(office, &method, &headers, false, chosen).await
}

async fn sync(
    office: Arc<Office>,
    method: &Method,
    headers: &HeaderMap,
    is_global: bool,
    kecamatan: Vec<Region>,
) -> Response {
    let spoils = office.spoils();
    let shape = office.setup.shape;
    let status = spoils.iter().find_map(|spoil| match spoil {
        Spoil::Status(code) => StatusCode::from_u16(*code).ok(),
        _ => None,
    });
    if let Some(status) = status {
        return status.into_response();
    }
    if spoils.contains(&Spoil::SignedOut) {
        return not_signed_in(EXPIRED);
    }
    if shape == Shape::Own && *method == Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let (Shape::Own, Some(id)) = (shape, headers.get("last-event-id")) {
        let id = String::from_utf8_lossy(id.as_bytes()).into_owned();
        // What breaks a stream breaks it once: the replay is whole.
        return replay(&office, &id).await;
    }
    let attaches = |run: &&Arc<Run>| run.is_global && !run.is_over();
    let running = lock(&office.runs).iter().rev().find(attaches).cloned();
    let running = running.filter(|_| shape == Shape::Own && is_global);
    let run = running.unwrap_or_else(|| {
        let run = Arc::new(Run::new(is_global));
        lock(&office.runs).push(Arc::clone(&run));
        Sync {
            office: Arc::clone(&office),
            run: Arc::clone(&run),
            kecamatan,
        }
        .begin();
        run
    });
    let gateway = spoils.iter().find_map(|spoil| match spoil {
        Spoil::Gateway(code) => StatusCode::from_u16(*code).ok(),
        _ => None,
    });
    if let Some(status) = gateway {
        // It waited, and closes its own connection: to the backend its client is gone.
        drop(Listener::new(run, shape, Vec::new(), 0));
        let page = Html("<html><head><title>nginx</title></head></html>");
        return (status, page).into_response();
    }
    Listener::new(run, shape, spoils, 0).answer().await
}

async fn replay(office: &Office, id: &str) -> Response {
    let runs = lock(&office.runs).clone();
    let found = runs.iter().find_map(|run| {
        let seq = id.strip_prefix(&format!("{}-", run.id))?.parse().ok()?;
        Some((Arc::clone(run), seq))
    });
    match found {
        Some((run, from)) => {
            Listener::new(run, Shape::Own, Vec::new(), from)
                .answer()
                .await
        }
        None => not_found("No such run"),
    }
}

async fn stop(State(office): Shared, Path(run): Path<String>) -> Response {
    let runs = lock(&office.runs).clone();
    match runs.iter().find(|known| known.id.to_string() == run) {
        Some(run) => {
            run.stop.cancel();
            Json(json!({"message": "stopping"})).into_response()
        }
        None => not_found("No such run"),
    }
}

async fn one_ptk(State(office): Shared, body: Bytes) -> Response {
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some(nik), Some(_)) = (fields["nik"].as_str(), fields["npsn"].as_str()) else {
        let answer = Json(json!({"error": "NIK dan NPSN wajib ada!"}));
        return (StatusCode::BAD_REQUEST, answer).into_response();
    };
    tokio::time::sleep(office.setup.tempo.school).await;
    if nik.ends_with(UNKNOWN_NIK) {
        return not_found("Data tidak ditemukan di pusat");
    }
    if nik.ends_with(BROKEN_NIK) {
        let answer = Json(json!({"error": "value too long for type character varying(18)"}));
        return (StatusCode::INTERNAL_SERVER_ERROR, answer).into_response();
    }
    Json(json!({"message": "Sync detail GURU CONTOH 1 berhasil!"})).into_response()
}

async fn all_ptk(State(office): Shared) -> Json<Value> {
    begin(
        &office,
        What::Staff,
        "Sync PTK Turbo (With Max Error Handling) Started!",
    )
}

async fn all_sekolah(State(office): Shared) -> Json<Value> {
    begin(&office, What::Schools, "Turbo Raw Sync Sekolah dimulai!")
}

/// Only a server like our own names the run.
fn begin(office: &Arc<Office>, what: What, message: &str) -> Json<Value> {
    let run = background::begin(office, what);
    Json(match office.setup.shape {
        Shape::Own => json!({"message": message, "run": run.id}),
        Shape::Deployed | Shape::Documented => json!({"message": message}),
    })
}

async fn runs(State(office): Shared) -> Response {
    if office.setup.shape != Shape::Own {
        return not_found("Not found");
    }
    let rows: Vec<Value> = lock(&office.runs)
        .iter()
        .rev()
        .map(|run| run.row())
        .collect();
    Json(json!({"status": "success", "runs": rows})).into_response()
}

fn not_found(message: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": message}))).into_response()
}
