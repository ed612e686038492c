//! Answers that all endpoints share, and how long they may take.

use std::future::Future;

use axum::Json;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Limits;
use crate::error::{Error, Result};
use crate::run::Id;

/// Names the run an answer is about.
pub const RUN: HeaderName = HeaderName::from_static("x-selaras-run");
/// How long an answer may take that waits for nothing but us.
const PROMPT: std::time::Duration = std::time::Duration::from_secs(30);

pub fn json(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

/// `{"status":"error","message":…}` with the status of the error's kind.
pub fn error(error: &Error) -> Response {
    let status = status_of(error);
    let mut body = json!({"status": "error", "message": error.chain()});
    if let Some(hint) = error.advice() {
        body["hint"] = json!(hint);
    }
    json(status, body)
}

/// The status of an error's kind.
pub fn status_of(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.kind().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The same answer, naming the run it is about; the bodies are the original's, so it is a header.
pub fn about(run: Id, mut answer: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(run.to_string()) {
        answer.headers_mut().insert(RUN, id);
    }
    answer
}

/// `{"status":"error","message":…}`.
pub fn refused(status: StatusCode, message: &str) -> Response {
    json(status, json!({"status": "error", "message": message}))
}

/// Does on a thread of its own what looks at files and processes: slow ones hold nobody else up.
pub async fn aside<T: Send + 'static>(
    look: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|cause| Error::bug("looking at files broke off").because(cause))?
}

/// Finishes what was begun, whether or not the caller waits for it: a hang-up drops the handler
/// wherever it is.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let done = tokio::spawn(work).await;
    done.map_err(|cause| Error::bug("the work broke off").because(cause))?
}

pub async fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "no such address")
}

/// There is such an address, but nothing of the kind can be done there.
pub async fn wrong_method() -> Response {
    let message = "this address knows no such method";
    refused(StatusCode::METHOD_NOT_ALLOWED, message)
}

/// Takes the body in, as long as it is small and comes soon: nothing is begun for a caller who is
/// still talking.
pub async fn whole_body(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let too_large = || refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large");
    let (head, body) = request.into_parts();
    if body.size_hint().lower() > limits.body as u64 {
        return too_large();
    }
    match tokio::time::timeout(limits.head, to_bytes(body, limits.body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) => too_large(),
        Err(_) => refused(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
    }
}

/// Answers that wait for nothing but us come in time or not at all.
pub async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(PROMPT, next.run(request)).await;
    answered.unwrap_or_else(|_| refused(StatusCode::GATEWAY_TIMEOUT, "the answer took too long"))
}
