//! `selaras serve`: the HTTP endpoints of the original services over the same runs as every face.
//!
//! ```text
//!   listener (limits) ─▶ access (who) ─▶ script   POST /sync/run, GET /sync/status, /sync/log
//!                                   ├──▶ runs     GET /sync/runs, …/output, DELETE …
//!                                   └──▶ dapodik  GET /api/sync/global, …, POST /api/sync/ptk, …
//! ```
//! A request starts or follows a run like a screen does: a client that goes away stops nothing,
//! nor does the end of the server.

mod access;
mod auth;
mod dapodik;
mod dialect;
mod listener;
mod origin;
mod reply;
mod runs;
mod script;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::{delete, get, post};
use tokio::net::TcpListener;

pub use access::TARGET as ACCESS_LOG;
pub use auth::{Caller, Cookies, Keys, Refusal};
pub use listener::Limits;

use access::Gatekeeper;

use crate::config;
use crate::context::AppContext;
use crate::error::{Error, Result};

#[derive(Debug)]
struct AppState {
    keys: Keys,
    app: AppContext,
    serve: config::Serve,
    gatekeeper: Gatekeeper,
    /// The Dapodik sync that is being started, and those that clients follow.
    starts: dapodik::Starts,
    feeds: dapodik::Feeds,
    /// After how long a silent stream says that somebody is still there.
    heartbeat: Duration,
}

/// Serves on `listener` until `end`: lets in who `keys` know, with the settings and runs of `app`.
pub async fn serve(
    keys: Keys,
    app: AppContext,
    listener: TcpListener,
    limits: Limits,
    end: impl Future<Output = ()>,
) -> Result<()> {
    let state = Arc::new(AppState {
        serve: app.config()?.serve.clone(),
        gatekeeper: Gatekeeper::new(&limits),
        starts: dapodik::Starts::default(),
        feeds: dapodik::Feeds::default(),
        heartbeat: limits.heartbeat,
        keys,
        app,
    });
    listener::serve(listener, router(state, limits), limits, end).await;
    Ok(())
}

/// Takes the address of the configuration.
pub async fn listen(app: &AppContext) -> Result<TcpListener> {
    let address = app.config()?.serve.listen;
    TcpListener::bind(address).await.map_err(|cause| {
        Error::local(format!("cannot listen on {address}"))
            .because(cause)
            .hint("is another server there already? [serve] listen says where")
    })
}

fn router(state: Arc<AppState>, limits: Limits) -> Router {
    // These wait for a script's end, however long that takes.
    let patient = Router::new()
        .route("/sync/run", post(script::run))
        .route("/sync/runs/{id}/output", get(runs::output));
    let prompt = Router::new()
        .route("/sync/status", get(script::status))
        .route("/sync/log", get(script::log))
        .route("/sync/runs", get(runs::list))
        .route("/sync/runs/{id}", delete(runs::stop))
        .layer(middleware::from_fn(reply::in_time));
    patient
        .merge(prompt)
        .merge(dapodik::routes(&state))
        .fallback(reply::not_found)
        .method_not_allowed_fallback(reply::wrong_method)
        .layer(middleware::from_fn_with_state(limits, reply::whole_body))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&state),
            access::guard,
        ))
        .with_state(state)
}
