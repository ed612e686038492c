//! A plan as it was confirmed, sealed with a hash, so that the worker does what was shown.
//!
//! The hash is SHA-256 over the plan's JSON as it stands in the file, without blanks and with the
//! keys of every object in the order of their bytes: neither the order of fields nor the layout
//! matters, every value does.

use std::fmt::Write as _;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{VERSION, words};
use crate::error::{Error, Result};

/// The content of `plan.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sealed<P> {
    /// The version of the file.
    pub version: u32,
    /// 64 hexadecimal digits.
    pub hash: String,
    /// What was confirmed.
    pub plan: P,
}

impl Sealed<Box<RawValue>> {
    /// Seals a plan.
    pub fn seal(plan: &impl Serialize) -> Result<Self> {
        let unfit = |cause| Error::bug("the plan is no JSON").because(cause);
        let text = serde_json::to_string(plan).map_err(unfit)?;
        // Hashed by way of the text, because the text is what the worker will read: some numbers
        // come back from it different from what they were.
        let value = serde_json::from_str(&text).map_err(unfit)?;
        Ok(Self {
            version: VERSION,
            hash: hash(&value),
            plan: RawValue::from_string(text).map_err(unfit)?,
        })
    }
}

impl Sealed<Value> {
    /// Breaks the seal: the content must fit the hash, here and in `run.json`.
    pub(super) fn open<P: DeserializeOwned>(self, expected: &str, path: &Path) -> Result<P> {
        if self.hash != expected || hash(&self.plan) != expected {
            return Err(words::plan_was_changed(path));
        }
        serde_json::from_value(self.plan).map_err(|cause| words::unreadable(path, cause))
    }
}

/// 64 hexadecimal digits.
fn hash(value: &Value) -> String {
    let mut canonical = String::new();
    write_canonical(value, &mut canonical);
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(canonical) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            let mut opening = '{';
            for (key, value) in fields {
                text.push(std::mem::replace(&mut opening, ','));
                let _ = write!(text, "{}:", Value::from(key.as_str()));
                write_canonical(value, text);
            }
            text.push_str(if opening == '{' { "{}" } else { "}" });
        }
        Value::Array(values) => {
            let mut opening = '[';
            for value in values {
                text.push(std::mem::replace(&mut opening, ','));
                write_canonical(value, text);
            }
            text.push_str(if opening == '[' { "[]" } else { "]" });
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn canonical(value: &Value) -> String {
        let mut text = String::new();
        write_canonical(value, &mut text);
        text
    }

    fn reread(sealed: &impl Serialize) -> Sealed<Value> {
        serde_json::from_str(&serde_json::to_string(sealed).unwrap()).unwrap()
    }

    #[test]
    fn the_order_of_fields_does_not_matter_and_every_value_does() {
        let plan = json!({"b": [1, {"y": null, "x": "\"ü\n"}], "a": {}, "c": []});
        assert_eq!(
            canonical(&plan),
            r#"{"a":{},"b":[1,{"x":"\"ü\n","y":null}],"c":[]}"#
        );
        let turned: Value =
            serde_json::from_str(r#"{"c":[], "a":{}, "b":[1,{"x":"\"ü\n","y":null}]}"#).unwrap();
        assert_eq!(hash(&plan), hash(&turned));
        let other = json!({"b": [1, {"y": null, "x": "\"ü\n"}], "a": {}, "c": [0]});
        assert_ne!(hash(&plan), hash(&other));
    }

    #[test]
    fn a_changed_plan_is_refused() {
        let path = Path::new("plan.json");
        let sealed = reread(&Sealed::seal(&json!({"delete": 3})).unwrap());
        let hash = sealed.hash.clone();
        let opened: Value = sealed.clone().open(&hash, path).unwrap();
        assert_eq!(opened, json!({"delete": 3}));
        let mut changed = sealed.clone();
        changed.plan = json!({"delete": 300});
        assert!(changed.open::<Value>(&hash, path).is_err());
        let resealed = reread(&Sealed::seal(&json!({"delete": 300})).unwrap());
        assert!(resealed.open::<Value>(&hash, path).is_err());
    }

    proptest! {
        #[test]
        fn every_number_survives_the_file(bits in any::<u64>(), whole in any::<i64>()) {
            let plan = json!({"part": f64::from_bits(bits), "whole": whole});
            let sealed = reread(&Sealed::seal(&plan).unwrap());
            let hash = sealed.hash.clone();
            prop_assert!(sealed.open::<Value>(&hash, Path::new("plan.json")).is_ok());
        }
    }
}
