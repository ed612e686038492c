//! What an answer of the central API means: taken in, partly, or not at all.
//!
//! Pure: an answer in, a judgement out. A 2xx is believed unless its body says otherwise, and a
//! body that is no JSON object says nothing: the original took web pages for success.

use serde_json::{Map, Value};

use super::KEY;
use crate::error::{Error, Failure, Kind};
use crate::http::{Meaning, Peer, Reply, RequestError};
use crate::pimpinan::choose::folded;
use crate::pimpinan::model::{Marked, Official, Stats};
use crate::pimpinan::words;

mod blame;

use blame::{duplicate, errors, fields};

/// How much of an answer's words is kept, in characters.
const WORDS: usize = 200;
/// How many rows an answer may name.
const MARKS: usize = 1_000;

/// An answer, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; 0 without an answer.
    pub code: u16,
    /// The beginning of the body, or why there is none, for the integration log.
    pub response: String,
    /// The words for people.
    pub message: String,
    /// The rows it names.
    pub rows: Vec<Marked>,
    /// Its figures.
    pub stats: Option<Stats>,
    /// Its own name for the request.
    pub request_id: Option<String>,
    /// Why the push is not clean.
    pub failure: Option<Failure>,
    /// What is odd about it, and changes nothing.
    pub note: Option<String>,
}

impl Answer {
    /// There was no answer, or none with an end.
    pub fn none(trouble: &RequestError, peer: &Peer) -> Self {
        let told = trouble.to_string();
        let error = match trouble {
            RequestError::Stopped => Error::new(
                Kind::Stopped,
                "the push was stopped before the central API had taken it in",
            )
            .hint(words::HINT_REPEAT),
            RequestError::TooLarge(reply) => {
                let why = words::too_large(&reply.status_line(), &reply.first_words(peer));
                Error::remote(format!("{why} ({})", reply.asked)).hint(reply.hint(words::SETTING))
            }
            RequestError::Tls(..) => {
                Error::remote(words::unsafe_connection(&told)).hint(trouble.hint(words::SETTING))
            }
            RequestError::Timeout(_) | RequestError::Broken(..) => {
                Error::remote(words::unanswered(&told)).hint(words::HINT_REPEAT)
            }
            _ => Error::remote(words::unreachable(&told))
                .hint(words::hint_unreachable(&trouble.hint(words::SETTING))),
        };
        let (code, response) = match trouble {
            RequestError::TooLarge(reply) => (reply.status.as_u16(), said(reply, peer)),
            other => (0, other.brief()),
        };
        Self {
            message: error.to_string(),
            failure: Some(error.into()),
            ..Self::bare(code, response)
        }
    }

    /// The code for the integration log: Docku's page takes a 200 for a success, whatever the body
    /// says.
    pub fn logged_code(&self) -> u16 {
        let failed = (self.failure.as_ref()).is_some_and(|failure| failure.kind != Kind::Partial);
        if failed && (200..300).contains(&self.code) {
            0
        } else {
            self.code
        }
    }

    /// What `reply` says about those who were `sent`.
    pub fn read(reply: &Reply, peer: &Peer, sent: &[Official]) -> Self {
        let object = reply.object(peer);
        let before = object.as_ref().and_then(|(_, before)| before.as_deref());
        let bare = Self {
            note: before.map(words::behind),
            ..Self::bare(reply.status.as_u16(), said(reply, peer))
        };
        let body = object.map(|(body, _)| body);
        if !reply.status.is_success() {
            return bare.refused(reply, body, peer, sent);
        }
        let body = match body {
            Some(body) => body,
            // A 200 has something to say, other successes need not.
            None if reply.body.trim_ascii().is_empty() && reply.status != 200 => Map::new(),
            None => {
                let first = reply.first_words(peer);
                let why = words::malformed(&reply.status_line(), &first, &reply.asked);
                return bare.failed(&Error::remote(why).hint(reply.hint(words::SETTING)));
            }
        };
        if says_no(&body) {
            let request_id = request_id(&body, peer);
            let said = reply.words_in(Some(&Value::Object(body)), peer);
            let why = words::says_no(&reply.status_line(), &said, &reply.asked);
            return Self {
                request_id,
                ..bare.failed(
                    &Error::remote(why).hint("its operators know why; pushing again does no harm"),
                )
            };
        }
        let message = match body.get("message") {
            Some(Value::String(message)) => peer.words(message, WORDS),
            _ => String::new(),
        };
        let answer = Self {
            message: if message.is_empty() {
                reply.status_line()
            } else {
                message
            },
            request_id: request_id(&body, peer),
            ..bare
        };
        let stats = body.get("data").and_then(|data| data.get("stats"));
        match stats.or(body.get("stats")) {
            Some(stats) => answer.with_stats(stats, peer, sent),
            None => answer,
        }
    }

    fn bare(code: u16, response: String) -> Self {
        Self {
            code,
            response,
            message: String::new(),
            rows: Vec::new(),
            stats: None,
            request_id: None,
            failure: None,
            note: None,
        }
    }

    fn failed(self, error: &Error) -> Self {
        Self {
            message: error.to_string(),
            failure: Some(error.into()),
            ..self
        }
    }

    fn refused(
        self,
        reply: &Reply,
        body: Option<Map<String, Value>>,
        peer: &Peer,
        sent: &[Official],
    ) -> Self {
        let status = reply.status_line();
        if let Some(target) = reply.redirect(peer) {
            let error = Error::remote(words::redirected(&target, &status, &reply.asked));
            return self.failed(&error.hint(reply.hint(words::SETTING)));
        }
        let body = body.map(Value::Object);
        if let Some(username) = duplicate(body.as_ref(), reply) {
            return self.duplicate(&username, reply, peer, sent);
        }
        let told = match &body {
            Some(_) => {
                let said = reply.words_in(body.as_ref(), peer);
                words::status_and(&status, &said, &reply.asked)
            }
            None => reply.told(peer),
        };
        let rows: Vec<_> = fields(body.as_ref(), sent.len())
            .into_iter()
            .take(MARKS)
            .map(|(place, why)| Marked {
                id: Some(sent[place].id),
                username: sent[place].username.clone(),
                reason: peer.words(&why, WORDS),
            })
            .collect();
        let place = reply.asked.place();
        let hint = match reply.meaning() {
            _ if !rows.is_empty() => "nobody was taken in; correct these rows in Docku, or leave them out, and push again".to_owned(),
            Meaning::NotSignedIn => words::hint_key(KEY),
            Meaning::NotAllowed => words::hint_not_allowed(KEY, &place),
            Meaning::Refused => "the payload is shown by `selaras push plan --json`".to_owned(),
            Meaning::Broken | Meaning::Overloaded | Meaning::TooMany => {
                words::hint_later(&reply.hint(words::SETTING))
            }
            _ => reply.hint(words::SETTING),
        };
        let why = words::refused(&told, &rows);
        Self {
            rows,
            ..self.failed(&Error::remote(why).hint(hint))
        }
    }

    /// The central database has somebody of this username.
    fn duplicate(self, username: &str, reply: &Reply, peer: &Peer, sent: &[Official]) -> Self {
        let status = reply.status_line();
        if username.trim().is_empty() {
            let why = words::empty_there(&status, &reply.asked);
            return self.failed(&Error::remote(why).hint(
                "its operators give the user with the empty username a real one, \
                                    or remove it; then push again",
            ));
        }
        let row = mark(username, words::USERNAME_TAKEN.to_owned(), peer, sent);
        let why = words::taken(&status, &row.username, row.id, &reply.asked);
        Self {
            rows: row.id.map(|_| row).into_iter().collect(),
            ..self.failed(&Error::remote(why).hint(
                "nobody of this push was taken in for sure; leave that row out, or \
     have the username freed in the central database, and push again",
            ))
        }
    }

    fn with_stats(mut self, stats: &Value, peer: &Peer, sent: &[Official]) -> Self {
        let figure = |name: &str| stats.get(name).map_or(0, number);
        let blamed = stats.get("errors").map(errors).unwrap_or_default();
        self.stats = Some(Stats {
            inserted: figure("inserted"),
            updated: figure("updated"),
            skipped: figure("skipped"),
            conflicts: figure("conflicts"),
            errors: blamed.number,
        });
        let named = blamed.named.iter().take(MARKS);
        self.rows = named
            .map(|(who, why)| mark(who, peer.words(why, WORDS), peer, sent))
            .collect();
        if blamed.number > 0 {
            let why = words::partly(blamed.number, sent.len(), &self.rows);
            let error = Error::new(Kind::Partial, why).hint("the others are taken in; correct these in Docku and push again, which does no harm");
            self.failure = Some(error.into());
        }
        self
    }
}

/// The beginning of a body, for the log.
fn said(reply: &Reply, peer: &Peer) -> String {
    let head = &reply.body[..reply.body.len().min(64 * 1024)];
    peer.words(&String::from_utf8_lossy(head), WORDS)
}

/// Whether a body takes back what its 2xx says.
fn says_no(body: &Map<String, Value>) -> bool {
    let no = |value: &Value| match value {
        Value::Bool(yes) => !yes,
        Value::Number(status) => status
            .as_u64()
            .is_some_and(|status| status == 0 || status >= 400),
        Value::String(word) => {
            let word = word.trim().to_lowercase();
            ["error", "fail", "failed", "failure", "false"].contains(&word.as_str())
        }
        _ => false,
    };
    let verdicts = ["success", "status"].map(|name| body.get(name));
    if verdicts.iter().all(Option::is_none) {
        let empty = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        return ["error", "errors"]
            .iter()
            .any(|name| body.get(*name).is_some_and(|error| !empty(error)));
    }
    verdicts.into_iter().flatten().any(no)
}

fn request_id(body: &Map<String, Value>, peer: &Peer) -> Option<String> {
    let id = body.get("meta")?.get("request_id")?.as_str()?;
    Some(peer.value(id, 80))
}

/// A figure, whether it is written as a number or as text.
fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or(0),
        other => other.as_u64().unwrap_or(0),
    }
}

/// The row that is meant by a username, or by an id.
fn mark(who: &str, reason: String, peer: &Peer, sent: &[Official]) -> Marked {
    let found = sent.iter().find(|one| folded(&one.username) == folded(who));
    let found = found.or_else(|| sent.iter().find(|one| who == one.id.to_string()));
    Marked {
        id: found.map(|one| one.id),
        username: found.map_or_else(|| peer.words(who, WORDS), |one| one.username.clone()),
        reason,
    }
}

#[cfg(test)]
mod tests;
