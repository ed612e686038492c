//! One page of a list of users, in any shape of the deployed servers.
//!
//! The list is under `object`, `data` or `users`, in Laravel's paginator (its figures at the
//! top or under `meta`), or is a bare array; numbers may be strings.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::users::model::RemoteUser;

/// What is read of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
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
            _ => return Err(NoList::Other("neither a list nor an object".to_owned())),
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

/// The names a list may be under.
const LISTS: [&str; 3] = ["object", "data", "users"];

/// The list of an object, at whatever depth.
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
        _ => {
            let keys: Vec<_> = fields.keys().take(20).map(String::as_str).collect();
            let keys = keys.join(", ");
            NoList::Other(format!(
                "no list under object, data or users (keys: {keys})"
            ))
        }
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
    let no_user = || NoList::Other("a row has neither id_user nor email".to_owned());
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

/// The names that a page is read by.
const NAMES: [&str; 12] = [
    "object",
    "data",
    "users",
    "meta",
    "total",
    "last_page",
    "current_page",
    "page",
    "id_user",
    "email",
    "status_user",
    "status",
];

/// Reads a body in which none of `NAMES` may come twice; `None` for what is no JSON, `Err` says
/// what comes twice. Readers of JSON take the first or the last of two values with one name
/// (RFC 8259, section 4); a list whose end depends on which one it was cannot be trusted.
pub fn json(body: &[u8]) -> Option<Result<Value, String>> {
    match serde_json::from_slice::<Checked>(body) {
        Ok(Checked(value)) => Some(Ok(value)),
        // The text is our own, followed by a place that says nothing to people.
        Err(error) if error.is_data() => {
            let text = error.to_string();
            let end = text.find(" at line").unwrap_or(text.len());
            Some(Err(text[..end].to_owned()))
        }
        Err(_) => None,
    }
}

struct Checked(Value);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Checked(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let Checked(value) = entries.next_value()?;
            if NAMES.contains(&name.as_str()) && object.contains_key(&name) {
                return Err(A::Error::custom(format!("{name} is twice in one object")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(from: u64, count: u64) -> Vec<Value> {
        let row = |id| json!({"id_user": id, "email": format!("user{id}@dkm"), "status_user": 1});
        (from..from + count).map(row).collect()
    }

    fn read(body: &Value) -> Page {
        Page::read(body).unwrap()
    }

    #[test]
    fn every_documented_shape_is_read() {
        let list = rows(1, 2);
        let figures = |page: &Page| (page.rows.len(), page.total, page.last, page.number);
        let table = [
            (
                json!({"object": list, "total": 36, "page": 1, "limit": 100}),
                (2, Some(36), None, Some(1)),
            ),
            (
                json!({"data": list, "total": "36", "page": "1"}),
                (2, Some(36), None, Some(1)),
            ),
            (json!({"users": list}), (2, None, None, None)),
            (
                json!({"data": list, "current_page": 2, "last_page": 3, "per_page": 2, "total": 6}),
                (2, Some(6), Some(3), Some(2)),
            ),
            (
                json!({"data": list, "meta": {"current_page": 2, "last_page": "3", "total": "6"}}),
                (2, Some(6), Some(3), Some(2)),
            ),
            (
                json!({"status": "success", "object": {"data": list, "total": 9}}),
                (2, None, None, None),
            ),
            (json!(list), (2, None, None, None)),
        ];
        for (body, wanted) in table {
            assert_eq!(figures(&read(&body)), wanted, "{body}");
        }
    }

    #[test]
    fn only_a_plain_zero_means_inactive() {
        let table = [
            (json!(0), false),
            (json!("0"), false),
            (json!(false), false),
            (json!(1), true),
            (json!("1"), true),
            (json!(null), true),
            (json!("inactive"), true),
            (json!(2), true),
        ];
        for (status, active) in table {
            let body = json!([{"id_user": 1, "email": "a@dkm", "status_user": status}]);
            assert_eq!(read(&body).rows[0].active, active, "{status}");
        }
        assert!(read(&json!([{"id_user": 1, "email": "a@dkm"}])).rows[0].active);
    }

    #[test]
    fn what_is_no_list_says_what_was_there() {
        let error = Page::read(&json!({"status": "error", "message": "busy"})).unwrap_err();
        let wanted = "no list under object, data or users (keys: status, message)";
        assert_eq!(error, NoList::Other(wanted.to_owned()));
        assert!(Page::read(&json!("text")).is_err());
        assert!(Page::read(&json!([{"name": "nobody"}])).is_err());
    }

    #[test]
    fn null_for_a_list_is_told_from_a_list_that_failed() {
        let table = [
            (json!(null), Some("null")),
            (json!({"object": null}), Some("object is null")),
            (
                json!({"status": "success", "data": null}),
                Some("data is null"),
            ),
            (json!({"object": {"data": null}}), Some("object is null")),
            (json!({"object": null, "users": []}), None),
            (json!({"status": "error", "object": null}), None),
            (json!({"message": null}), None),
        ];
        for (body, null) in table {
            let read = match Page::read(&body) {
                Err(NoList::Null(why)) => Some(why),
                _ => None,
            };
            assert_eq!(read.as_deref(), null, "{body}");
        }
    }

    #[test]
    fn an_empty_list_of_a_server_that_failed_is_not_the_end_of_a_list() {
        for body in [
            json!({"status": "error", "message": "busy", "object": []}),
            json!({"success": false, "data": []}),
            json!({"error": "out of memory", "data": []}),
            json!({"success": false, "data": null}),
            json!({"status": "Failed", "data": null}),
        ] {
            let read = Page::read(&body);
            assert!(matches!(read, Err(NoList::Other(_))), "{body}: {read:?}");
        }
        for body in [
            json!({"status": "success", "error": null, "data": []}),
            json!({"success": true, "error": "", "errors": [], "data": []}),
            json!({"status": 200, "error": false, "object": []}),
        ] {
            assert_eq!(Page::read(&body).unwrap().rows, [], "{body}");
        }
    }

    #[test]
    fn a_name_that_is_read_comes_once() {
        let table = [
            (
                r#"{"total":100,"data":[],"total":9}"#,
                "total is twice in one object",
            ),
            (
                r#"{"data":[{"email":"a","email":"b"}]}"#,
                "email is twice in one object",
            ),
            (
                r#"{"meta":{"total":1,"total":1}}"#,
                "total is twice in one object",
            ),
        ];
        for (body, why) in table {
            assert_eq!(json(body.as_bytes()), Some(Err(why.to_owned())), "{body}");
        }
        for body in ["", "<html>", "{\"total\":1", "{} {}"] {
            assert_eq!(json(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn everything_else_is_read_as_serde_json_reads_it() {
        let same = r#"{"total":1.5,"meta":{"total":-2},"data":[null,true,"é",{"x":1}],"big":18446744073709551615}"#;
        let plain: Value = serde_json::from_str(same).unwrap();
        assert_eq!(json(same.as_bytes()), Some(Ok(plain)));
        let doubled = br#"{"note":1,"note":2}"#;
        assert_eq!(json(doubled).unwrap().unwrap()["note"], 2);
    }
}
