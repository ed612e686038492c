//! A plan as it was confirmed, sealed with a hash, so that the worker does what was shown.
//!
//! The hash is [`seal`] over the plan as it stands in the file: its layout does not matter, every
//! value does.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{VERSION, words};
use crate::engine::seal;
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
        let value: Value = serde_json::from_str(&text).map_err(unfit)?;
        Ok(Self {
            version: VERSION,
            hash: seal(&value)?,
            plan: RawValue::from_string(text).map_err(unfit)?,
        })
    }
}

impl Sealed<Value> {
    /// Breaks the seal: the content must fit the hash, here and in `run.json`.
    pub(super) fn open<P: DeserializeOwned>(self, expected: &str, path: &Path) -> Result<P> {
        if self.hash != expected || seal(&self.plan)? != expected {
            return Err(words::plan_was_changed(path));
        }
        serde_json::from_value(self.plan).map_err(|cause| words::unreadable(path, cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn reread(sealed: &impl Serialize) -> Sealed<Value> {
        serde_json::from_str(&serde_json::to_string(sealed).unwrap()).unwrap()
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
