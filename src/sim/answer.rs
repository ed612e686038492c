//! What a fault makes of an answer: other statuses, other bodies, hostile texts.
//!
//! Knows HTTP and JSON, and nothing of what is asked or answered.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::attack::attack;
use super::fault::{Fault, HUGE};

/// The headers that carry a token or a key.
pub(super) const TOKENS: [&str; 2] = ["authorization", "x-api-key"];
const LOGIN_PAGE: &str = "/login";
/// Where [`Fault::RedirectLoop`] leads, and leads again.
const LOOP: &str = "/redirect-loop";
const CHUNK: usize = 64 * 1024;

/// Answers `request`, the way `fault` has it.
pub(super) async fn answer(fault: Option<Fault>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::GET && request.uri().path() == LOGIN_PAGE {
        return page(StatusCode::OK, "Masuk");
    }
    if request.uri().path() == LOOP {
        return redirect(LOOP);
    }
    let Some(fault) = fault else {
        return next.run(request).await;
    };
    // An answer that overtakes its request would make a client see a broken connection instead.
    request = received(request).await;
    match fault {
        Fault::Garble => garbled(next.run(request).await).await,
        Fault::WrongType => called_html(next.run(request).await),
        Fault::Attack => attacking(next.run(request).await).await,
        Fault::EchoPassword => echo(request).await,
        Fault::Html => page(StatusCode::OK, "Sedang sibuk"),
        Fault::Html503 => page(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable"),
        Fault::Empty => with_type("application/json", Body::empty()),
        Fault::Huge => huge(),
        Fault::Redirect => redirect(LOGIN_PAGE),
        Fault::RedirectLoop => redirect(LOOP),
        Fault::TooMany(seconds) => too_many(seconds),
        Fault::UnauthorizedOnce | Fault::UnauthorizedAfter(_) => {
            refusal(StatusCode::UNAUTHORIZED, "Unauthenticated.")
        }
        Fault::ServerError => refusal(StatusCode::INTERNAL_SERVER_ERROR, "Server Error"),
        Fault::BadGateway => refusal(StatusCode::BAD_GATEWAY, "Bad Gateway"),
        Fault::Unavailable => refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        Fault::GatewayTimeout => refusal(StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout"),
        of_a_listing => {
            request.extensions_mut().insert(of_a_listing);
            next.run(request).await
        }
    }
}

async fn received(request: Request) -> Request {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Request::from_parts(head, Body::from(bytes))
}

/// Makes `response` the last one of its connection.
pub(super) fn last(mut response: Response) -> Response {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// An error as the real servers word it.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

pub(super) fn too_many(seconds: Option<u64>) -> Response {
    let mut response = refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.");
    if let Some(seconds) = seconds {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn page(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n\
         <body><h1>{title}</h1></body></html>\n"
    );
    (status, Html(page)).into_response()
}

fn redirect(to: &'static str) -> Response {
    (StatusCode::FOUND, [(LOCATION, to)]).into_response()
}

fn with_type(content_type: &'static str, body: Body) -> Response {
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

fn huge() -> Response {
    let chunk = Bytes::from(vec![b'a'; CHUNK]);
    let begin = Bytes::from_static(br#"{"message":""#);
    let end = Bytes::from_static(br#""}"#);
    let pieces = std::iter::once(begin)
        .chain(std::iter::repeat_n(chunk, HUGE / CHUNK))
        .chain(std::iter::once(end))
        .map(Ok::<_, std::convert::Infallible>);
    with_type("application/json", Body::from_stream(stream::iter(pieces)))
}

fn called_html(mut response: Response) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

/// Another body for `response`, made from the one it has.
async fn with_body(response: Response, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(change(&bytes)))
}

async fn garbled(response: Response) -> Response {
    let change = |bytes: &[u8]| [&bytes[..bytes.len() / 2], b"\xff\xfe}]@@"].concat();
    with_body(response, change).await
}

async fn attacking(response: Response) -> Response {
    let change = |bytes: &[u8]| match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            attack(&mut value);
            value.to_string().into_bytes()
        }
        Err(_) => bytes.to_vec(),
    };
    with_body(response, change).await
}

/// Repeats what was sent: the query, the fields of the body, the token or key.
async fn echo(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut said = vec![head.uri.to_string()];
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Ok(Value::Object(fields)) = serde_json::from_slice(&bytes) {
        said.extend(fields.iter().map(|(key, value)| match value {
            Value::String(text) => format!("{key}={text}"),
            other => format!("{key}={other}"),
        }));
    } else {
        let fields = url::form_urlencoded::parse(&bytes);
        said.extend(fields.map(|(key, value)| format!("{key}={value}")));
    }
    let tokens = TOKENS.iter().filter_map(|name| head.headers.get(*name));
    said.extend(tokens.map(|token| String::from_utf8_lossy(token.as_bytes()).into_owned()));
    let message = format!("The given data was invalid: {}", said.join(" "));
    refusal(StatusCode::UNPROCESSABLE_ENTITY, &message)
}
