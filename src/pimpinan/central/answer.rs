//! What an answer of the central API means: taken in, partly, or not at all.
//!
//! Pure: an answer in, a judgement out. A 2xx is believed unless its body says otherwise, and a
//! body that is no JSON object says nothing: the original took web pages for success.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::KEY;
use crate::error::{Error, Failure, Kind};
use crate::http::{Meaning, Peer, Reply, RequestError};
use crate::pimpinan::choose::folded;
use crate::pimpinan::describe::marked;
use crate::pimpinan::model::{Marked, Official, Stats};
use crate::text::{count, excerpt, plural};

mod blame;

use blame::{duplicate, errors, fields};

/// How much of an answer's words is kept, in characters.
const WORDS: usize = 200;
/// How many rows an answer may name.
const MARKS: usize = 1_000;
/// How many of them an error names.
const SOME: usize = 3;
/// The setting to look at when the central API cannot be reached.
const SETTING: &str = "`url` of [pimpinan]";
const USERNAME_TAKEN: &str = "the central database has this username already, under another id";
const HINT_REPEAT: &str = "whether it took the list in is not known; pushing again does no harm";

/// An answer, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; 0 without an answer.
    pub code: u16,
    /// The beginning of the body, or why there is none, for the integration log.
    pub response: String,
    /// For people.
    pub message: String,
    /// The rows it names.
    pub rows: Vec<Marked>,
    pub stats: Option<Stats>,
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
            .hint(HINT_REPEAT),
            RequestError::TooLarge(reply) => {
                let why = format!(
                    "the central API answered {}, but more than 32 MiB: {} ({})",
                    reply.status_line(),
                    reply.first_words(peer),
                    reply.asked
                );
                Error::remote(why).hint(reply.hint(SETTING))
            }
            RequestError::Tls(..) => {
                Error::remote(format!("nothing was sent to the central API: {told}"))
                    .hint(trouble.hint(SETTING))
            }
            RequestError::Timeout(_) | RequestError::Broken(..) => {
                Error::remote(format!("the central API did not answer in full: {told}"))
                    .hint(HINT_REPEAT)
            }
            _ => Error::remote(format!("the central API cannot be reached: {told}"))
                .hint(format!("{} nothing was sent", trouble.hint(SETTING))),
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
            note: before.map(|before| {
                format!("the central API printed something before its answer: {before}")
            }),
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
                let why = format!(
                    "the central API answered {}, but no JSON object: {first} ({})",
                    reply.status_line(),
                    reply.asked
                );
                return bare.failed(&Error::remote(why).hint(reply.hint(SETTING)));
            }
        };
        if says_no(&body) {
            let request_id = request_id(&body, peer);
            let said = reply.words_in(Some(&Value::Object(body)), peer);
            let status = reply.status_line();
            let said = without_repeat(&status, &said);
            let why = format!(
                "the central API answered {status}, but that the push failed{said} ({})",
                reply.asked
            );
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
            let why = format!(
                "the central API did not take the push, but redirects to {target} ({status}, {})",
                reply.asked
            );
            return self.failed(&Error::remote(why).hint(reply.hint(SETTING)));
        }
        let body = body.map(Value::Object);
        if let Some(username) = duplicate(body.as_ref(), reply) {
            return self.duplicate(&username, reply, peer, sent);
        }
        let told = match &body {
            Some(_) => {
                let said = reply.words_in(body.as_ref(), peer);
                format!(
                    "{status}{} ({})",
                    without_repeat(&status, &said),
                    reply.asked
                )
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
            Meaning::NotSignedIn => format!(
                "check {KEY}, or {KEY}_FILE or {KEY}_COMMAND: the central API does not know this \
                 key"
            ),
            Meaning::NotAllowed => format!(
                "{place} does not allow this key or this machine: check {KEY}, or ask its \
                 operators"
            ),
            Meaning::Refused => "the payload is shown by `selaras push plan --json`".to_owned(),
            Meaning::Broken | Meaning::Overloaded | Meaning::TooMany => {
                format!("{}; pushing again does no harm", reply.hint(SETTING))
            }
            _ => reply.hint(SETTING),
        };
        let mut why = format!("the central API refused the push: {told}");
        name_some(&mut why, &rows);
        if rows.len() > SOME {
            let _ = write!(why, " ({})", plural(rows.len() as u64, "row"));
        }
        Self {
            rows,
            ..self.failed(&Error::remote(why).hint(hint))
        }
    }

    /// The central database has this username already.
    fn duplicate(self, username: &str, reply: &Reply, peer: &Peer, sent: &[Official]) -> Self {
        let status = reply.status_line();
        if username.trim().is_empty() {
            // The error that version 1 of the central API is known for.
            let why = format!(
                "the central API refused the push: {status}: a user of its own has an empty \
                 username, and another would get one (the known error of its version 1); no row of \
                 this push is to blame ({})",
                reply.asked
            );
            return self.failed(&Error::remote(why).hint(
                "its operators give the user with the empty username a real one, \
                                    or remove it; then push again",
            ));
        }
        let row = mark(username, USERNAME_TAKEN.to_owned(), peer, sent);
        let name = excerpt(&row.username, 80);
        let whose = match row.id {
            Some(id) => format!("{name} (id {id})"),
            None => format!("«{name}», which was not sent"),
        };
        let why = format!(
            "the central API refused the push: {status}: another user there has the username of \
             {whose} ({})",
            reply.asked
        );
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
            let mut why = format!(
                "{} of {} not taken in by the central API",
                count(blamed.number),
                plural(sent.len() as u64, "official")
            );
            name_some(&mut why, &self.rows);
            let error = Error::new(Kind::Partial, why).hint("the others are taken in; correct these in Docku and push again, which does no harm");
            self.failure = Some(error.into());
        }
        self
    }
}

fn name_some(text: &mut String, rows: &[Marked]) {
    for row in rows.iter().take(SOME) {
        let _ = write!(text, "; {}", marked(row));
    }
    if rows.len() > SOME {
        text.push_str("; …");
    }
}

/// `: said`; nothing where the status line says it already.
fn without_repeat(status: &str, said: &str) -> String {
    if status.ends_with(said) {
        String::new()
    } else {
        format!(": {said}")
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
