//! The JSON of a page, in which nothing that is looked at may stand twice.
//!
//! Readers of JSON take the first or the last of two values with one name (RFC 8259, section 4); a
//! list whose end hangs on which one it was cannot be trusted.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The names that a page is read by.
const READ: [&str; 12] = [
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

/// Reads a body; `None` for what is no JSON, `Err` says what stands twice.
pub fn read(body: &[u8]) -> Option<Result<Value, String>> {
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
            if READ.contains(&name.as_str()) && object.contains_key(&name) {
                return Err(A::Error::custom(format!(
                    "{name} stands twice in one object"
                )));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_stands_once() {
        let table = [
            (
                r#"{"total":100,"data":[],"total":9}"#,
                "total stands twice in one object",
            ),
            (
                r#"{"data":[{"email":"a","email":"b"}]}"#,
                "email stands twice in one object",
            ),
            (
                r#"{"meta":{"total":1,"total":1}}"#,
                "total stands twice in one object",
            ),
        ];
        for (body, why) in table {
            assert_eq!(read(body.as_bytes()), Some(Err(why.to_owned())), "{body}");
        }
        for body in ["", "<html>", "{\"total\":1", "{} {}"] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn everything_else_is_read_as_ever() {
        let same = r#"{"total":1.5,"meta":{"total":-2},"data":[null,true,"é",{"x":1}],"big":18446744073709551615}"#;
        let plain: Value = serde_json::from_str(same).unwrap();
        assert_eq!(read(same.as_bytes()), Some(Ok(plain)));
        let doubled = br#"{"note":1,"note":2}"#;
        assert_eq!(read(doubled).unwrap().unwrap()["note"], 2);
    }
}
