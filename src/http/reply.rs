//! A whole answer, and how to read words out of it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::Peer;
use crate::text::{self, mask};

/// How much of a body that is no JSON is shown, in characters.
const FIRST_WORDS: usize = 200;
/// How far into a body its JSON may begin, in bytes, and how many braces are tried.
const BEFORE_JSON: usize = 64 * 1024;
const CANDIDATES: usize = 64;

/// `GET https://dev.example/api/conf/users?page=4`: method and whole address, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    method: Method,
    address: String,
    host: String,
    port: Option<u16>,
}

impl Asked {
    pub fn of(method: &Method, url: &Url) -> Self {
        Self {
            method: method.clone(),
            address: text::scrub(&mask::address(url)),
            host: text::scrub(url.host_str().unwrap_or_default()),
            port: url.port_or_known_default(),
        }
    }

    /// A request that could not even be made.
    pub(super) fn nothing() -> Self {
        Self {
            method: Method::GET,
            address: "no address".to_owned(),
            host: String::new(),
            port: None,
        }
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where a connection goes: `dev.example:443`.
    pub fn place(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.address)
    }
}

#[derive(Debug)]
pub struct Reply {
    pub asked: Asked,
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Its body, decompressed; at most [`super::LARGEST_BODY`].
    pub body: Vec<u8>,
}

impl Reply {
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
        self.words_in(self.json().as_ref(), peer)
    }

    /// The same of a body that was read otherwise.
    pub fn words_in(&self, body: Option<&Value>, peer: &Peer) -> String {
        self.words_or_status(body.and_then(said), peer)
    }

    /// The same of the answer to a login, whose body may hold a token anywhere: nothing but the
    /// `message` or `error` of a refusal, else the status text.
    pub fn refusal_words(&self, peer: &Peer) -> String {
        let body = self
            .json()
            .filter(|body| !self.status.is_success() || says_no(body));
        self.words_or_status(body.as_ref().and_then(refusal), peer)
    }

    fn words_or_status(&self, said: Option<String>, peer: &Peer) -> String {
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

    /// How a refusal is told: `503 Service Unavailable: «busy» (GET https://dev.example/…)`.
    pub fn told(&self, peer: &Peer) -> String {
        let status = self.status_line();
        let said = match self.json() {
            None if !self.body.trim_ascii().is_empty() => self.first_words(peer),
            _ => self.error_words(peer),
        };
        let said = if status.ends_with(&said) {
            String::new()
        } else {
            format!(": {said}")
        };
        format!("{status}{said} ({})", self.asked_and_wait())
    }

    /// How the refusal of a login is told, the server's words first:
    /// `Unauthorized (401 Unauthorized, POST https://dev.example/…)`.
    pub fn told_of_login(&self, peer: &Peer) -> String {
        let said = self.refusal_words(peer);
        format!("{said} ({}, {})", self.status_line(), self.asked_and_wait())
    }

    /// An answer that could not be understood, and why: `200 OK, no JSON: «…» (GET …)`.
    pub fn not_understood(&self, why: &str, peer: &Peer) -> String {
        let (status, first) = (self.status_line(), self.first_words(peer));
        format!("{status}, {why}: {first} ({})", self.asked)
    }

    fn asked_and_wait(&self) -> String {
        let header = self.headers.get(RETRY_AFTER);
        match header.and_then(|value| value.to_str().ok()).map(str::trim) {
            Some(wait) if wait.parse::<u64>().is_ok() => {
                format!("{}, which asks to wait {wait} s", self.asked)
            }
            Some(until) => {
                let until = crate::text::excerpt(until, 40);
                format!("{}, which asks to wait until {until}", self.asked)
            }
            None => self.asked.to_string(),
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

    /// What kind of answer it is, as far as every remote means the same by it.
    pub fn meaning(&self) -> Meaning {
        match self.status.as_u16() {
            200..=299 if self.is_web_page() => Meaning::OtherProgram,
            200..=299 => Meaning::Answer,
            300..=399 => Meaning::Elsewhere,
            404 | 405 | 410 => Meaning::NotFound,
            401 | 403 | 407 if self.is_web_page() => Meaning::Gate,
            401 => Meaning::NotSignedIn,
            403 => Meaning::NotAllowed,
            429 => Meaning::TooMany,
            502..=504 => Meaning::Overloaded,
            500.. => Meaning::Broken,
            _ => Meaning::Refused,
        }
    }

    /// What can be done about a refusal; `setting` leads to the remote, such as
    /// `url of [pimpinan]`. Of 401 and 403 an engine knows more.
    pub fn hint(&self, setting: &str) -> String {
        let place = self.asked.place();
        match self.meaning() {
            Meaning::NotFound => format!(
                "{place} answers, and has nothing at this address: is the path in {setting} right, \
                 and is it the expected program?"
            ),
            Meaning::Elsewhere => {
                format!("does {setting} lead to the API itself? it answers without a redirect")
            }
            Meaning::OtherProgram => format!(
                "a web page is not what the API answers: does {setting} lead to it? a busy server \
                 may also answer like this, then try again later"
            ),
            Meaning::Gate => format!(
                "a web server before the API refused, not the API itself: is this machine admitted \
                 at {place}? ask its operators"
            ),
            Meaning::NotSignedIn | Meaning::NotAllowed => {
                format!("this account may not do that at {place}; ask its operators")
            }
            Meaning::TooMany => format!("{place} limits requests: try again later"),
            Meaning::Overloaded => {
                format!("{place} is overloaded, or the program behind it is down: try again later")
            }
            Meaning::Broken => {
                format!("the program at {place} failed by itself: its own log says why")
            }
            Meaning::Answer | Meaning::Refused => {
                format!("does {setting} lead to the API? its operators know what it expects")
            }
        }
    }

    pub fn is_web_page(&self) -> bool {
        let head = &self.body[..self.body.len().min(256)];
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let head = head.trim_start_matches('\u{feff}').trim_start();
        ["<!doctype", "<html", "<head", "<body"]
            .iter()
            .any(|start| head.starts_with(start))
    }

    /// The JSON object of the body, also behind a byte order mark or what PHP printed before it;
    /// the second is what stood there, for people.
    pub fn object(&self, peer: &Peer) -> Option<(Map<String, Value>, Option<String>)> {
        let whole = |text: &[u8]| match serde_json::from_slice(text) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        };
        if let Some(object) = whole(&self.body) {
            return Some((object, None));
        }
        if self.json().is_some() || self.is_web_page() {
            return None;
        }
        let head = &self.body[..self.body.len().min(BEFORE_JSON)];
        let mut starts = memchr::memchr_iter(b'{', head).take(CANDIDATES);
        let (start, object) =
            starts.find_map(|start| Some((start, whole(&self.body[start..])?)))?;
        let before = String::from_utf8_lossy(&self.body[..start]);
        let said = peer.words(before.trim_start_matches('\u{feff}'), FIRST_WORDS);
        let before = if said.is_empty() {
            "a byte order mark".to_owned()
        } else {
            format!("«{said}»")
        };
        Some((object, Some(before)))
    }

    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(self.status.as_u16(), 429 | 502 | 503 | 504)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A 2xx that is no web page.
    Answer,
    /// 2xx with a web page: not the expected program.
    OtherProgram,
    Elsewhere,
    /// 404, 405, 410.
    NotFound,
    /// 401.
    NotSignedIn,
    /// 403.
    NotAllowed,
    /// 401 or 403 with a web page: somebody before the program.
    Gate,
    /// 429.
    TooMany,
    /// 502, 503, 504.
    Overloaded,
    /// 500 and other 5xx.
    Broken,
    /// Any other 4xx.
    Refused,
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(words) if !words.trim().is_empty() => Some(words.clone()),
        _ => None,
    }
}

fn said(body: &Value) -> Option<String> {
    fn first(value: &Value) -> Option<String> {
        match value {
            Value::Array(items) => items.first().and_then(first),
            Value::Object(fields) => fields
                .get("message")
                .and_then(first)
                .or_else(|| fields.values().find_map(first)),
            other => text(other),
        }
    }
    ["message", "error", "errors"]
        .iter()
        .find_map(|key| body.get(key).and_then(first))
}

/// `message` or `error` of a refusal, and nothing else.
fn refusal(body: &Value) -> Option<String> {
    let error = body.get("error");
    let inner = error.and_then(|error| error.get("message"));
    [body.get("message"), error, inner]
        .into_iter()
        .flatten()
        .find_map(text)
}

/// Whether a 2xx body takes its status back.
fn says_no(body: &Value) -> bool {
    let no = |value: &Value| match value {
        Value::Bool(yes) => !yes,
        Value::String(word) => {
            let word = word.trim().to_lowercase();
            ["error", "fail", "failed", "failure", "false"].contains(&word.as_str())
        }
        _ => false,
    };
    ["success", "status"]
        .iter()
        .any(|key| body.get(key).is_some_and(no))
        || body.get("error").is_some_and(|error| !error.is_null())
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
            asked: Asked::of(&reqwest::Method::GET, &"http://127.0.0.1/".parse().unwrap()),
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn peer() -> Peer {
        super::super::install_tls();
        let second = Duration::from_secs(1);
        let retry = super::super::RetryPolicy {
            connect: second,
            request: second,
            retry_base: second,
        };
        Peer::new("Dev", &"http://127.0.0.1/".parse().unwrap(), retry).unwrap()
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
