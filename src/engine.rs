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
mod seal;

use std::future::Future;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use event::{Event, is_countdown};
pub use job::{Job, RunIdentity};
pub use seal::{Seal, seal};

use crate::error::{Failure, Result};

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
