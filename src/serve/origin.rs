//! Requests that pages of other origins make through somebody's browser.
//!
//! Programs are not concerned. A page of another site is refused, unless `[serve] allow_origin`
//! names its origin; that one may read answers (CORS, Fetch standard), but has to carry a token
//! itself: a cookie that the browser adds proves nothing about who wrote the page.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::auth::Cookies;

/// What a browser says about where a request comes from (Fetch Metadata, W3C).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A program, or a page of our own origin.
    Here,
    /// A page of the origin that is allowed.
    Allowed,
    /// A page of another origin of the same site, as far as the browser says.
    Neighbour,
    /// A page of another site.
    Elsewhere,
}

impl From {
    /// Where a request with these headers comes from, when `allowed` is the origin that may ask.
    pub fn of(headers: &HeaderMap, allowed: Option<&str>) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let origin = text(ORIGIN);
        if origin.is_some() && origin == allowed {
            return Self::Allowed;
        }
        match text(SITE) {
            Some("same-origin" | "none") => Self::Here,
            Some("same-site") => Self::Neighbour,
            Some(_) => Self::Elsewhere,
            // An older browser, or a program that says where it comes from.
            None => match (origin, text(HOST)) {
                (None, _) => Self::Here,
                (Some(origin), Some(host)) if is_at(origin, host) => Self::Here,
                (Some(_), _) => Self::Neighbour,
            },
        }
    }

    /// Whether a token in a cookie counts.
    pub fn cookies(self) -> Cookies {
        match self {
            Self::Here => Cookies::Count,
            Self::Allowed | Self::Neighbour | Self::Elsewhere => Cookies::Ignored,
        }
    }
}

fn is_at(origin: &str, host: &str) -> bool {
    let bare = origin.split_once("://").map(|(_, rest)| rest);
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host))
}

/// The answer to a browser that asks whether it may ask (a preflight); `None` for anything else.
pub fn preflight(method: &Method, headers: &HeaderMap, from: From) -> Option<Response> {
    let asks = method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    (asks && from == From::Allowed).then(|| {
        let allowed = [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    })
}

/// Lets the page that asked read the answer, where its origin is the allowed one.
pub fn readable(response: &mut Response, from: From, allowed: Option<&str>) {
    let Some(origin) = allowed.and_then(|origin| HeaderValue::from_str(origin).ok()) else {
        return;
    };
    let headers = response.headers_mut();
    // A cache must not give one origin's answer to another.
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if from == From::Allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let run = HeaderValue::from_static("x-selaras-run");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_request_comes_from() {
        const OURS: &str = "https://docku.example";
        let table: [(&[(&str, &str)], From); 10] = [
            (&[], From::Here),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://api.example"),
                ],
                From::Here,
            ),
            (&[("sec-fetch-site", "none")], From::Here),
            (
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://a.example"),
                ],
                From::Neighbour,
            ),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ],
                From::Elsewhere,
            ),
            (&[("sec-fetch-site", "cross-site")], From::Elsewhere),
            (
                &[("sec-fetch-site", "cross-site"), ("origin", OURS)],
                From::Allowed,
            ),
            (&[("origin", "null"), ("host", "null")], From::Neighbour),
            (
                &[
                    ("origin", "http://127.0.0.1:8000"),
                    ("host", "127.0.0.1:8000"),
                ],
                From::Here,
            ),
            (
                &[("origin", "https://docku.example.evil"), ("host", "x")],
                From::Neighbour,
            ),
        ];
        for (headers, from) in table {
            let headers: HeaderMap = (headers.iter())
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(From::of(&headers, Some(OURS)), from, "{headers:?}");
            if from == From::Allowed {
                assert_eq!(From::of(&headers, None), From::Elsewhere);
            }
        }
    }
}
