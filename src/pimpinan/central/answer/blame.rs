//! Whom an answer blames: in `stats.errors`, in the field errors of a 422, or in the words of the
//! central database.

use std::collections::BTreeMap;

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

/// The rows that the field errors of a refusal are about, by their place in what was sent, and what
/// is wrong with each. Laravel writes `{"errors":{"users.3.username":["…"]}}`, others nest the same,
/// or list `{"loc":["body","users",3,"username"],"msg":"…"}` under `detail`.
pub fn fields(body: Option<&Value>, sent: usize) -> Vec<(usize, String)> {
    let mut found = BTreeMap::new();
    for name in ["errors", "error", "detail"] {
        let errors = body.and_then(|body| body.get(name));
        for (path, why) in errors
            .map(|errors| leaves(errors, Vec::new()))
            .unwrap_or_default()
        {
            let place = path.iter().find_map(|part| part.parse::<usize>().ok());
            let Some(place) = place.filter(|place| *place < sent) else {
                continue;
            };
            let field = path.last().filter(|part| part.parse::<usize>().is_err());
            let said = match field {
                Some(field) => format!("{field}: {why}"),
                None => why,
            };
            let row: &mut String = found.entry(place).or_default();
            if !row.is_empty() {
                row.push_str("; ");
            }
            row.push_str(&said);
        }
    }
    found.into_iter().collect()
}

/// Each text in `value` with the names that lead to it.
fn leaves(value: &Value, path: Vec<String>) -> Vec<(Vec<String>, String)> {
    let below = |name: &str| {
        let parts = name.split(['.', '[', ']']).filter(|part| !part.is_empty());
        [path.clone(), parts.map(str::to_owned).collect()].concat()
    };
    match value {
        Value::String(text) => vec![(path, text.clone())],
        // The errors of one field are told one after the other.
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            vec![(path, texts.join(" "))]
        }
        Value::Array(items) if items.iter().any(|item| item.get("loc").is_some()) => {
            items.iter().map(located).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(place, item)| leaves(item, below(&place.to_string())))
                .collect()
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .flat_map(|(name, value)| leaves(value, below(name)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn located(item: &Value) -> (Vec<String>, String) {
    let path = item.get("loc").and_then(Value::as_array);
    let path = path.into_iter().flatten().map(words).collect();
    (path, item.get("msg").map(words).unwrap_or_default())
}

/// The username in `Duplicate entry '…' for key 'username'`, whatever surrounds it.
pub fn duplicate(body: Option<&Value>, reply: &Reply) -> Option<String> {
    if let Some(body) = body {
        return in_texts(body);
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
