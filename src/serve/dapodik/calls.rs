//! What is asked once and answered once: metadata, one PTK, all PTK, all schools.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{error, failed};
use crate::config::Config;
use crate::context;
use crate::dapodik::{Dapodik, Nik, Npsn, OURS, Report, Scope};
use crate::engine::{Job, Verdict};
use crate::error::{Error, Kind, Result};
use crate::run::{Id, ReportFile, Runs};
use crate::serve::{AppState, Caller, reply};

/// The name of what metadata is about.
const KEY: &str = "LAST_GLOBAL_SYNC";

/// `GET /api/sync/metadata`: what the database says of the last global sync.
pub async fn metadata(Extension(config): Extension<Arc<Config>>) -> Response {
    let looked = reply::to_the_end(async {
        let engine = Dapodik::new(config)?;
        engine.metadata(&Job::silent()).await
    });
    match looked.await {
        Ok(metadata) => {
            let body = match metadata.value {
                Some(value) => json!({"id": 1, "key": KEY, "value": value}),
                None => json!({"value": null}),
            };
            let mut response = reply::json(StatusCode::OK, body);
            let version = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
            response.headers_mut().insert(OURS, version);
            response
        }
        Err(why) => failed(&why),
    }
}

/// `POST /api/sync/all-ptk`.
pub async fn all_ptk(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let message = "Sync PTK Turbo (With Max Error Handling) Started!";
    begin(&state, caller, Scope::AllPtk, message).await
}

/// `POST /api/sync/all-sekolah`.
pub async fn all_sekolah(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let message = "Turbo Raw Sync Sekolah dimulai!";
    begin(&state, caller, Scope::AllSekolah, message).await
}

async fn begin(state: &AppState, caller: Caller, scope: Scope, message: &str) -> Response {
    match started(state, caller, scope).await {
        Ok(id) => {
            let body = json!({"message": message, "run": id});
            reply::about(id, reply::json(StatusCode::OK, body))
        }
        Err(why) => failed(&why),
    }
}

async fn started(state: &AppState, caller: Caller, scope: Scope) -> Result<Id> {
    let mut start = state.starts.join(&state.app, caller, scope).await?;
    start.outcome().await
}

/// `POST /api/sync/ptk {"nik","npsn"}`: answers when the PTK is stored.
pub async fn ptk(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Response {
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some(nik), Some(npsn)) = (given(&fields["nik"]), given(&fields["npsn"])) else {
        return error(StatusCode::BAD_REQUEST, "NIK dan NPSN wajib ada!");
    };
    let scope = match (Nik::parse(&nik), Npsn::parse(&npsn)) {
        (Ok(nik), Ok(npsn)) => Scope::Ptk { nik, npsn },
        (Err(why), _) | (_, Err(why)) => return failed(&why),
    };
    let id = match started(&state, caller, scope).await {
        Ok(id) => id,
        // What was asked for is well-formed by now: the portal does not have it.
        Err(why) if why.kind() == Kind::Usage => {
            let body = json!({"message": "Data tidak ditemukan di pusat"});
            return reply::json(StatusCode::NOT_FOUND, body);
        }
        Err(why) => return failed(&why),
    };
    let answer = match stored(&state, id).await {
        Ok(message) => reply::json(StatusCode::OK, json!({"message": message})),
        Err(why) => failed(&why),
    };
    reply::about(id, answer)
}

/// What was sent as text, or as a number.
fn given(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Waits for the end of a run of one PTK: `Sync detail <nama> berhasil!`.
async fn stored(state: &AppState, id: Id) -> Result<String> {
    let runs = context::runs(&*state.app.config()?)?;
    let mut following = runs.follow(id, 0)?;
    while following.next().await?.is_some() {}
    reply::aside(move || said(&runs, id)).await
}

fn said(runs: &Runs, id: Id) -> Result<String> {
    let Ok(ended) = runs.report::<Report>(id) else {
        let short = id.short();
        let died = format!("run {short} died; whether the PTK was stored is not known");
        return Err(Error::local(died));
    };
    let ReportFile { ending, report } = ended;
    match (ending.verdict, report.and_then(|report| report.message)) {
        (Verdict::Clean, Some(message)) => Ok(message),
        (Verdict::Clean, None) => Ok(ending.sentence),
        _ => Err(Error::local(
            ending.error.map_or(ending.sentence, |error| error.message),
        )),
    }
}
