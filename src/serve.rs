//! `selaras serve`: the HTTP endpoints of the original services over the same runs as every face.
//!
//! ```text
//!   door (limits) ─▶ guard (who) ─▶ script   POST /sync/run, GET /sync/status, /sync/log
//!                              └──▶ runs     GET /sync/runs, …/output, DELETE …
//! ```
//! A request starts or follows a run like a screen does: a client that goes away stops nothing,
//! nor does the end of the server.

mod auth;
mod door;
mod reply;
mod runs;
mod script;
mod words;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::{delete, get, post};
use tokio::net::TcpListener;

pub use auth::{Caller, Keys, Refusal};
pub use door::Limits;

use crate::desk::Desk;
use crate::error::{Error, Result};

/// How long an answer may take that waits for nothing but us.
const PROMPT: Duration = Duration::from_secs(30);

/// What all answers stand on.
#[derive(Debug)]
pub struct Office {
    /// Who may ask.
    pub keys: Keys,
    /// Where settings come from and runs go to.
    pub desk: Desk,
}

/// Serves on `listener` until `end`.
pub async fn serve(
    office: Office,
    listener: TcpListener,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    door::serve(listener, router(Arc::new(office), limits), limits, end).await;
}

/// Takes the address of the configuration.
pub async fn listen(desk: &Desk) -> Result<TcpListener> {
    let address = desk.config()?.serve.listen;
    TcpListener::bind(address).await.map_err(|cause| {
        Error::local(words::cannot_listen(address))
            .because(cause)
            .hint(words::HINT_LISTEN)
    })
}

fn router(office: Arc<Office>, limits: Limits) -> Router {
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
        .fallback(reply::not_found)
        .method_not_allowed_fallback(reply::wrong_method)
        .layer(middleware::from_fn_with_state(limits, reply::without_body))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&office),
            reply::guard,
        ))
        .with_state(office)
}
