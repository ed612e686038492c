//! The seal of what was confirmed: nobody does something else under its name.

use std::{io, mem};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A plan with a seal over everything else in it.
///
/// The seal is taken while the hash is empty, so that whatever a plan gets later is sealed as well,
/// and no plan is copied.
pub trait Seal: Serialize + Sized {
    fn hash_mut(&mut self) -> &mut String;

    /// Seals it anew, after a change that was meant.
    fn reseal(&mut self) -> Result<()> {
        self.hash_mut().clear();
        *self.hash_mut() = seal(self)?;
        Ok(())
    }

    fn sealed(mut self) -> Result<Self> {
        self.reseal()?;
        Ok(self)
    }

    /// Whether it still is what was sealed.
    fn check(&mut self) -> Result<bool> {
        let sealed = mem::take(self.hash_mut());
        let found = seal(self);
        let fits = found.map(|found| found == sealed);
        *self.hash_mut() = sealed;
        fits
    }
}

/// The SHA-256 of `content` as JSON, in 64 hexadecimal digits. Plans keep their rows sorted, and
/// JSON files keep the order of their fields, so the same content has the same seal.
pub fn seal(content: &impl Serialize) -> Result<String> {
    let mut digest = Sha256::new();
    // Buffered: the serializer writes a few bytes at a time.
    let mut writer = io::BufWriter::new(&mut digest);
    serde_json::to_writer(&mut writer, content)
        .map_err(|cause| Error::bug("the plan is no JSON").because(cause))?;
    drop(writer);
    Ok(format!("{:x}", digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_plan_read_back_from_its_file_has_the_same_seal_and_a_changed_one_another() {
        let plan = json!({"b": [1, {"y": null, "x": "\"ü\n"}], "a": {}, "c": -3});
        let before = seal(&plan).unwrap();
        let text = serde_json::to_string_pretty(&plan).unwrap();
        let mut back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((seal(&back).unwrap(), before.len()), (before.clone(), 64));
        back["c"] = json!(-4);
        assert_ne!(seal(&back).unwrap(), before);
    }
}
