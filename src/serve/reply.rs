//! Answers as the original service gives them, and the checks before any answer.

use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::Refusal;
use super::{Limits, Office, words};
use crate::error::{Error, Result};
use crate::run::Id;

/// What a browser says about where a request comes from (Fetch Metadata, W3C).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Names the run an answer is about.
const RUN: HeaderName = HeaderName::from_static("x-selaras-run");

/// A JSON answer.
pub fn json(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

/// `{"status":"error","message":…}` with the status of the error's kind.
pub fn error(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.kind().http_status())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut body = json!({"status": "error", "message": error.chain()});
    if let Some(hint) = error.advice() {
        body["hint"] = json!(hint);
    }
    json(status, body)
}

/// The same answer, naming the run it is about; the bodies are the original's, so it is a header.
pub fn about(run: Id, mut answer: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(run.to_string()) {
        answer.headers_mut().insert(RUN, id);
    }
    answer
}

/// The caller asked for something that has no meaning.
pub fn refused(message: &str) -> Response {
    json(
        StatusCode::BAD_REQUEST,
        json!({"status": "error", "message": message}),
    )
}

/// Does on a thread of its own what looks at files and processes: slow ones hold nobody else up.
pub async fn aside<T: Send + 'static>(
    look: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|cause| Error::bug(words::LOOK_BROKE).because(cause))?
}

/// Finishes what was begun, whether or not the caller waits for it: a hang-up drops the handler
/// wherever it is.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let done = tokio::spawn(work).await;
    done.map_err(|cause| Error::bug(words::WORK_BROKE).because(cause))?
}

/// No such thing here.
pub async fn not_found() -> Response {
    json(
        StatusCode::NOT_FOUND,
        json!({"status": "error", "message": words::NOT_FOUND}),
    )
}

/// There is such an address, but nothing of the kind can be done there.
pub async fn wrong_method() -> Response {
    json(
        StatusCode::METHOD_NOT_ALLOWED,
        json!({"status": "error", "message": words::WRONG_METHOD}),
    )
}

/// Takes the body out of the way, as long as it is small and comes soon: nothing is begun for a
/// caller who is still talking.
pub async fn without_body(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let too_large = || {
        let body = json!({"status": "error", "message": words::TOO_LARGE});
        json(StatusCode::PAYLOAD_TOO_LARGE, body)
    };
    let (head, body) = request.into_parts();
    if body.size_hint().lower() > limits.body as u64 {
        return too_large();
    }
    match tokio::time::timeout(limits.head, to_bytes(body, limits.body)).await {
        Ok(Ok(_)) => next.run(Request::from_parts(head, Body::empty())).await,
        Ok(Err(_)) => too_large(),
        Err(_) => {
            let body = json!({"status": "error", "message": words::TOO_SLOW});
            json(StatusCode::REQUEST_TIMEOUT, body)
        }
    }
}

/// Lets nobody in whom the keys do not know, and no browser from another site.
pub async fn guard(
    State(office): State<Arc<Office>>,
    mut request: Request,
    next: Next,
) -> Response {
    if request
        .headers()
        .get(SITE)
        .is_some_and(|site| site == "cross-site")
    {
        let body = json!({"status": "error", "message": words::CROSS_SITE});
        return sealed(json(StatusCode::FORBIDDEN, body));
    }
    match office
        .keys
        .caller(request.headers(), office.desk.clock.now())
    {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            sealed(next.run(request).await)
        }
        Err(refusal) => {
            let body = json!({"message": words::INVALID_TOKEN, "error": reason(refusal)});
            sealed(json(StatusCode::UNAUTHORIZED, body))
        }
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => words::MISSING,
        Refusal::Invalid => words::INVALID,
        Refusal::Expired => words::EXPIRED,
    }
}

/// Nobody keeps what is true now, and no browser guesses what it is.
fn sealed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Answers that wait for nothing but us come in time or not at all.
pub async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(super::PROMPT, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let body = json!({"status": "error", "message": words::TOO_LONG});
        json(StatusCode::GATEWAY_TIMEOUT, body)
    })
}
