//! What a sync is: look (`plan`), then act (`apply`), and how an engine speaks meanwhile.
//!
//! ```text
//!   Request ── plan (reads only) ──▶ Plan ── shown, confirmed ── apply ──▶ Report
//!                  │                                               │
//!                  └──────────── Job: events out, cancel in ───────┘
//! ```
//! Engines know neither screens, nor shells, nor runs; the caller passes a [`Job`].

mod event;
mod job;

use std::future::Future;
use std::{io, mem};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use event::{BEGUN, Event, PACE, STORED, is_countdown};
pub use job::{Job, RunIdentity};

use crate::error::{Error, Failure, Result};

/// One kind of sync.
pub trait Engine: Send + Sync + 'static {
    /// What to look at.
    type Request: Serialize + DeserializeOwned + Send;
    /// What would be done; the only thing `apply` takes.
    type Plan: Summary + Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// What was done.
    type Report: Outcome + Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The word for it in run folders and JSON, such as `users`.
    const NAME: &'static str;

    /// Looks, and writes nothing, anywhere. Every wait can be cancelled.
    fn plan(
        &self,
        request: Self::Request,
        job: &Job,
    ) -> impl Future<Output = Result<Self::Plan>> + Send;

    /// Does what was shown. Cancellation is looked at between batches: the batch in hand is
    /// finished and the report says `stopped`. An `Err` means that nothing was done.
    fn apply(
        &self,
        plan: Self::Plan,
        job: &Job,
    ) -> impl Future<Output = Result<Self::Report>> + Send;
}

pub trait Summary {
    /// Two plans are never the same plan, even with the same content.
    fn id(&self) -> Uuid;
    fn is_empty(&self) -> bool;
    /// What it acts on, in a few words for a list of runs, such as `Dev, Test`.
    fn target(&self) -> String;
    /// The names of what only one run at a time may act on, such as `users-8`.
    fn resources(&self) -> Vec<String>;
}

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

/// How an ended run is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Clean,
    /// Some of it was done; the report says which.
    Partial,
    /// Somebody stopped it between batches.
    Stopped,
    /// It lost sight of what it followed.
    Interrupted,
    Failed,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Partial => "partial",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

pub trait Outcome {
    fn verdict(&self) -> Verdict;
    /// Why it is not clean; its kind is the exit code. `None` exactly when the exit is 0.
    fn failure(&self) -> Option<Failure>;
    /// The result in one or more sentences for people.
    fn sentence(&self) -> String;
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
