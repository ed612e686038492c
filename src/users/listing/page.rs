//! One page of a list of users, in any shape of the deployed servers.
//!
//! The list stands under `object`, `data` or `users`, in Laravel's paginator (its figures at the
//! top or under `meta`), or is a bare array; numbers may be strings.

use serde_json::{Map, Value};

use crate::users::model::RemoteUser;
use crate::users::words;

/// One page, as far as we look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<RemoteUser>,
    /// How many rows the server says there are on all pages.
    pub total: Option<u64>,
    /// The number of the last page, where the server says it.
    pub last: Option<u64>,
    /// The number the server gives this page.
    pub number: Option<u64>,
}

impl Page {
    /// Reads a page; `Err` says what it lacks.
    pub fn read(body: &Value) -> Result<Self, NoList> {
        let (rows, figures) = match body {
            Value::Array(rows) => (rows, None),
            Value::Object(fields) => {
                let rows = list(fields)?;
                if rows.is_empty() && failed(fields) {
                    let text = "an empty list in an answer that says that it failed";
                    return Err(NoList::Other(text.to_owned()));
                }
                (rows, Some(fields))
            }
            Value::Null => return Err(NoList::Null("null".to_owned())),
            _ => return Err(NoList::Other(words::neither_list_nor_object())),
        };
        let figure = |names: [&str; 2]| {
            let fields = figures?;
            let meta = fields.get("meta").and_then(Value::as_object);
            names.iter().find_map(|name| {
                number(fields.get(*name)).or_else(|| number(meta.and_then(|meta| meta.get(*name))))
            })
        };
        Ok(Self {
            rows: rows.iter().map(user).collect::<Result<_, _>>()?,
            total: figure(["total", "total"]),
            last: figure(["last_page", "last_page"]),
            number: figure(["current_page", "page"]),
        })
    }
}

/// Why a body is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoList {
    /// There is null where the list should be: what some servers send after the last page.
    Null(String),
    /// Anything else.
    Other(String),
}

/// The names a list may stand under.
const LISTS: [&str; 3] = ["object", "data", "users"];

/// The list of an object, wherever it stands.
fn list(fields: &Map<String, Value>) -> Result<&Vec<Value>, NoList> {
    let mut null = None;
    for name in LISTS {
        match fields.get(name) {
            Some(Value::Array(rows)) => return Ok(rows),
            Some(Value::Object(inner)) => match list(inner) {
                Ok(rows) => return Ok(rows),
                Err(NoList::Null(_)) => null = null.or(Some(name)),
                Err(NoList::Other(_)) => {}
            },
            Some(Value::Null) => null = null.or(Some(name)),
            _ => {}
        }
    }
    Err(match null {
        Some(name) if !failed(fields) => NoList::Null(format!("{name} is null")),
        _ => NoList::Other(words::no_list(fields.keys())),
    })
}

/// Whether a server says that it failed: then it does not say that the list ended.
fn failed(fields: &Map<String, Value>) -> bool {
    let is_word = |value: &Value| {
        let word = value.as_str().unwrap_or_default().trim().to_lowercase();
        ["error", "fail", "failed", "failure"].contains(&word.as_str())
    };
    let is_said = |value: &Value| match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Bool(yes) => *yes,
        Value::Object(_) => true,
        _ => false,
    };
    fields.get("status").is_some_and(is_word)
        || fields.get("success") == Some(&Value::Bool(false))
        || fields.get("error").is_some_and(is_said)
}

fn user(row: &Value) -> Result<RemoteUser, NoList> {
    let no_user = || NoList::Other(words::row_is_no_user());
    let fields = row.as_object().ok_or_else(no_user)?;
    let id = match fields.get("id_user") {
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(Value::String(id)) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        _ => None,
    };
    let email = fields
        .get("email")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if id.is_none() && email.trim().is_empty() {
        return Err(no_user());
    }
    // Only a plain 0 says "inactive"; a missing or strange status never takes a user away.
    let active = match fields.get("status_user") {
        Some(Value::Bool(active)) => *active,
        status => number(status) != Some(0),
    };
    let name = fields.get("name").and_then(Value::as_str);
    Ok(RemoteUser {
        id,
        email,
        name: name.map(|name| name.trim().to_owned()),
        active,
    })
}

fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
