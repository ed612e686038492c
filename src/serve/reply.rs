//! Answers as the original service gives them, and the checks before any answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Office;
use super::auth::Refusal;
use super::words;
use crate::error::Error;

/// What a browser says about where a request comes from (Fetch Metadata, W3C).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A JSON answer.
pub fn json(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

/// `{"status":"error","message":…}` with the status of the error's kind.
pub fn error(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.kind().http_status())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"status": "error", "message": error.chain(), "hint": error.advice()});
    json(status, body)
}

/// No such thing here.
pub async fn not_found() -> Response {
    json(
        StatusCode::NOT_FOUND,
        json!({"status": "error", "message": words::NOT_FOUND}),
    )
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
    match office.keys.caller(request.headers()) {
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
