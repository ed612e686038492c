//! Whom an answer blames: in `stats.errors`, or in the words of the central database.

use serde_json::Value;

use super::number;
use crate::http::Reply;

/// How much of a body is searched, in bytes.
const SEARCHED: usize = 256 * 1024;

/// The users that were not taken in.
#[derive(Debug, Default)]
pub struct Blamed {
    /// How many.
    pub number: u64,
    /// Who and why, as far as it is said.
    pub named: Vec<(String, String)>,
}

/// Reads `stats.errors`: a list of `{"username","error"}` or of words, an object of words by
/// username, or a mere figure.
pub fn errors(value: &Value) -> Blamed {
    let named: Vec<_> = match value {
        Value::Array(items) => items.iter().map(one).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(who, why)| (who.clone(), words(why)))
            .collect(),
        figure => {
            return Blamed {
                number: number(figure),
                named: Vec::new(),
            };
        }
    };
    Blamed {
        number: named.len() as u64,
        named,
    }
}

fn one(item: &Value) -> (String, String) {
    let field = |names: &[&str]| {
        let value = names.iter().find_map(|name| item.get(name));
        value.map(words).unwrap_or_default()
    };
    match item {
        Value::Object(_) => (
            field(&["username", "id"]),
            field(&["error", "message", "reason"]),
        ),
        other => (String::new(), words(other)),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The username in `Duplicate entry '…' for key 'username'`, whatever surrounds it.
pub fn duplicate(reply: &Reply) -> Option<String> {
    if let Some(body) = reply.json() {
        return in_texts(&body);
    }
    let head = &reply.body[..reply.body.len().min(SEARCHED)];
    let text = String::from_utf8_lossy(head);
    in_text(&text.replace("&#039;", "'").replace("&#39;", "'"))
}

fn in_texts(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => in_text(text),
        Value::Array(items) => items.iter().find_map(in_texts),
        Value::Object(fields) => fields.values().find_map(in_texts),
        _ => None,
    }
}

/// MySQL names the index `username`, newer ones `users.username`, Laravel's
/// `users_username_unique`.
fn in_text(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Duplicate entry '")?;
    let (username, rest) = rest.split_once("' for key '")?;
    let (key, _) = rest.split_once('\'')?;
    key.contains("username").then(|| username.to_owned())
}
