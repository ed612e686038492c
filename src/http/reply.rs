//! A whole answer, and how to read words out of it.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

use super::Peer;
use jiff::Timestamp;

/// How much of a body that is no JSON is shown, in characters.
const FIRST_WORDS: usize = 200;

/// A whole answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed; at most [`super::LARGEST_BODY`].
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON, if it is any.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// `503 Service Unavailable`.
    pub fn status_line(&self) -> String {
        self.status
            .to_string()
            .replace(" <unknown status code>", "")
    }

    /// The error in the server's own words: `message`, else `error` (a string or an object), else
    /// the first of `errors`, else the status text.
    pub fn error_words(&self, peer: &Peer) -> String {
        let said = self.json().as_ref().and_then(said);
        let words = said
            .map(|words| peer.words(&words, FIRST_WORDS))
            .unwrap_or_default();
        if !words.is_empty() {
            return words;
        }
        let text = self.status.canonical_reason().unwrap_or_default();
        if text.is_empty() {
            format!("status {}", self.status.as_u16())
        } else {
            text.to_owned()
        }
    }

    /// The first words of the body, for an answer that could not be understood.
    pub fn first_words(&self, peer: &Peer) -> String {
        let head = &self.body[..self.body.len().min(super::FIRST_PART)];
        let words = peer.words(&String::from_utf8_lossy(head), FIRST_WORDS);
        if words.is_empty() {
            "an empty body".to_owned()
        } else {
            format!("«{words}»")
        }
    }

    /// Where a redirect leads, for people.
    pub fn redirect(&self, peer: &Peer) -> Option<String> {
        let target = self
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        self.status
            .is_redirection()
            .then(|| peer.words(target.unwrap_or("nowhere"), FIRST_WORDS))
    }

    pub(super) fn is_worth_another_try(&self, also: Option<u16>) -> bool {
        let status = self.status.as_u16();
        matches!(status, 429 | 502 | 503 | 504) || also == Some(status)
    }

    /// Retry-After, in seconds or as an HTTP date (RFC 9110, section 10.2.3).
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
    }
}

/// The words of an error body.
fn said(body: &Value) -> Option<String> {
    fn text(value: &Value) -> Option<String> {
        match value {
            Value::String(words) if !words.trim().is_empty() => Some(words.clone()),
            Value::Array(items) => items.first().and_then(text),
            Value::Object(fields) => fields
                .get("message")
                .and_then(text)
                .or_else(|| fields.values().find_map(text)),
            _ => None,
        }
    }
    ["message", "error", "errors"]
        .iter()
        .find_map(|key| body.get(key).and_then(text))
}

/// How a secret may stand in an answer: as it is, inside JSON, a URL, a form, or a web page.
pub(super) fn written_forms(secret: &str) -> Vec<String> {
    let quoted = serde_json::to_string(secret).unwrap_or_default();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let page = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#039;");
    let mut forms = vec![
        secret.to_owned(),
        page,
        quoted.trim_matches('"').to_owned(),
        quoted.trim_matches('"').replace('/', "\\/"),
        form.replace('+', "%20"),
        form,
    ];
    // The longest first, so that no form leaves a piece of another behind.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        let status = StatusCode::from_u16(status).unwrap();
        Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn peer() -> Peer {
        super::super::install_tls();
        let second = Duration::from_secs(1);
        let patience = super::super::Patience {
            connect: second,
            request: second,
            retry_base: second,
        };
        Peer::new("Dev", &"http://127.0.0.1/".parse().unwrap(), patience).unwrap()
    }

    #[test]
    fn an_error_body_is_read_in_the_documented_order() {
        let table = [
            (401, r#"{"status":"error","message":"wrong"}"#, "wrong"),
            (401, r#"{"error":"Unauthorized"}"#, "Unauthorized"),
            (500, r#"{"error":{"code":1,"message":"broken"}}"#, "broken"),
            (422, r#"{"errors":{"email":["is missing"]}}"#, "is missing"),
            (
                422,
                r#"{"message":"","errors":["first","second"]}"#,
                "first",
            ),
            (503, "<html>busy</html>", "Service Unavailable"),
            (401, "", "Unauthorized"),
            (599, "", "status 599"),
        ];
        for (status, body, words) in table {
            assert_eq!(reply(status, body).error_words(&peer()), words, "{body}");
        }
    }

    #[test]
    fn a_secret_in_an_answer_is_masked_in_every_written_form() {
        let peer = peer();
        let secret = r#"p"ä/s s&w"#;
        peer.keep_secret(secret.into());
        for form in written_forms(secret) {
            let words = peer.words(&format!("you sent {form}!"), 200);
            assert_eq!(words, format!("you sent {}!", super::super::MASK), "{form}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let mut asked = reply(429, "");
        asked.headers.insert(RETRY_AFTER, "7".parse().unwrap());
        let now = "2015-10-21T07:27:30Z".parse().unwrap();
        assert_eq!(asked.retry_after(now), Some(Duration::from_secs(7)));
        asked.headers.insert(
            RETRY_AFTER,
            "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap(),
        );
        assert_eq!(asked.retry_after(now), Some(Duration::from_secs(30)));
        let later = "2026-11-20T08:00:00Z".parse().unwrap();
        assert_eq!(asked.retry_after(later), Some(Duration::ZERO));
    }
}
