//! The endpoints of E-Alumni over our own work: its clients find here what they know from there.
//!
//! ```text
//!   GET  metadata ──────────▶ the database
//!   GET  global, kecamatan ─▶ starts ─▶ run ─▶ feed (one reader of the journal) ─▶ every client
//!   POST ptk, all-ptk, … ───▶ starts ─▶ run ─▶ answer
//! ```
//! A client follows a run and is not its owner: when it goes away nothing stops, and a second one
//! is attached. Where a backend is followed (`source = "remote"`) there is nothing to offer.

mod calls;
mod feed;
mod starts;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};
use serde_json::json;

pub use feed::Feeds;
pub use starts::Starts;

use super::auth::Refusal;
use super::{AppState, reply, runs};
use crate::config::{Config, Source};
use crate::dapodik::Dapodik;
use crate::engine::Engine as _;
use crate::error::{Error, Kind, Result};

type Routes = Router<Arc<AppState>>;

/// What the endpoints stand below.
const BELOW: &str = "/api/sync/";

pub fn routes(state: &Arc<AppState>) -> Routes {
    // These wait for the portal, or for a run's end.
    let patient = Router::new()
        .route("/api/sync/global", get_only(get(stream::global)))
        .route("/api/sync/kecamatan", get_only(get(stream::kecamatan)))
        .route("/api/sync/ptk", post(calls::ptk))
        .route("/api/sync/all-ptk", post(calls::all_ptk))
        .route("/api/sync/all-sekolah", post(calls::all_sekolah));
    let prompt = Router::new()
        .route("/api/sync/metadata", get_only(get(calls::metadata)))
        .route("/api/sync/runs", get_only(get(list)))
        .route("/api/sync/runs/{id}", delete(stop))
        .layer(middleware::from_fn(reply::in_time));
    let ours = middleware::from_fn_with_state(Arc::clone(state), only_our_work);
    patient.merge(prompt).route_layer(ours)
}

/// HEAD is refused: whoever answers `get` answers it too, and would start a sync for it.
fn get_only(route: MethodRouter<Arc<AppState>>) -> MethodRouter<Arc<AppState>> {
    route.head(reply::wrong_method)
}

/// Lets requests pass where the work is done here.
async fn only_our_work(
    State(state): State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    match reply::aside(move || at_work(&state)).await {
        Ok(config) => {
            request.extensions_mut().insert(config);
            next.run(request).await
        }
        Err(why) if why.kind() == Kind::Usage => error(StatusCode::NOT_FOUND, &why.chain()),
        Err(why) => failed(&why),
    }
}

/// The settings; [`Kind::Usage`] where there is nothing to offer.
fn at_work(state: &AppState) -> Result<Arc<Config>> {
    let config = state.app.config()?;
    let settings = config.dapodik.ready();
    let settings = settings.map_err(|why| Error::usage(why.chain()))?;
    match settings.source {
        Source::Portal { .. } => Ok(config),
        Source::Remote { .. } => Err(Error::usage(
            "Dapodik is followed here, not synced: source is \"remote\" in [dapodik]",
        )),
    }
}

/// `GET /api/sync/runs`: all runs, newest first.
async fn list(State(state): State<Arc<AppState>>) -> Response {
    runs::list_of(state, Dapodik::NAME).await
}

/// `DELETE /api/sync/runs/{id}`.
async fn stop(
    State(state): State<Arc<AppState>>,
    name: std::result::Result<Path<String>, axum::extract::rejection::PathRejection>,
    how: std::result::Result<Query<runs::How>, axum::extract::rejection::QueryRejection>,
) -> Response {
    runs::stop_of(state, Dapodik::NAME, name, how).await
}

/// `{"error":…}`.
fn error(status: StatusCode, why: &str) -> Response {
    reply::json(status, json!({"error": why}))
}

/// The same, with the status of the error: 400, 409, else 500.
fn failed(why: &Error) -> Response {
    let status = match why.kind() {
        Kind::Usage => StatusCode::BAD_REQUEST,
        Kind::Busy | Kind::Guard | Kind::Stale => StatusCode::CONFLICT,
        // 502 would be taken for a proxy's.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut body = json!({"error": why.chain()});
    if let Some(hint) = why.advice() {
        body["hint"] = json!(hint);
    }
    reply::json(status, body)
}

/// Whether this address is one of these endpoints.
pub fn has(path: &str) -> bool {
    path.starts_with(BELOW)
}

/// Nobody is let in without a good token or key; in the words of E-Alumni.
pub fn unauthorized(refusal: &Refusal) -> Response {
    let message = match refusal {
        Refusal::Missing => "Authentication required",
        _ => "Session expired or invalid",
    };
    let body = json!({"message": message, "error": refusal.sentence()});
    reply::json(StatusCode::UNAUTHORIZED, body)
}
