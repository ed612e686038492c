//! What a sync is: look (`plan`), then act (`apply`), and how an engine speaks meanwhile.
//!
//! ```text
//!   Request ── plan (reads only) ──▶ Plan ── shown, confirmed ── apply ──▶ Report
//!                  │                                               │
//!                  └──────────── Job: events out, cancel in ───────┘
//! ```
//! Engines know neither screens, nor shells, nor runs; whoever calls one hands it a [`Job`].

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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

/// What every plan can say of itself.
pub trait Summary {
    /// Two plans are never the same plan, even with the same content.
    fn id(&self) -> Uuid;
    /// Whether applying it would change nothing.
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
    /// All of it was done.
    Clean,
    /// Some of it was done; the report says which.
    Partial,
    /// Somebody stopped it between batches.
    Stopped,
    /// It lost sight of what it followed.
    Interrupted,
    /// It was not done.
    Failed,
}

impl Verdict {
    /// The word used in JSON and on the screen.
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

/// What every report can say of itself.
pub trait Outcome {
    /// How it ended.
    fn verdict(&self) -> Verdict;
    /// Why it is not clean; its kind is the exit code. `None` exactly when the exit is 0.
    fn failure(&self) -> Option<Failure>;
    /// The result in one or more sentences for people.
    fn sentence(&self) -> String;
}

/// What an engine says while it works; the same event is gauge, log line, JSON line and journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// The worker took over; the first line of every journal.
    Started {
        /// The worker's process id.
        pid: u32,
        /// When that process began, in clock ticks since boot: tells it from a later namesake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born: Option<u64>,
    },
    /// A process group of its own was started, and must not outlive the worker.
    Child {
        /// The process id of its leader.
        pid: u32,
        /// As in [`Event::Started`]; the worker fills it in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born: Option<u64>,
    },
    /// A part of the work begins, such as `apply Dev`.
    Stage {
        /// Its name for people.
        stage: String,
    },
    /// How far something is; at most ten a second for each scope, the last one always.
    Step {
        /// What is counted, such as `Dev`.
        scope: String,
        /// How many are done.
        done: u64,
        /// Of how many, where known.
        total: Option<u64>,
    },
    /// A line of talk.
    Line {
        /// Who speaks, such as `Dev`.
        source: String,
        /// What it says, scrubbed.
        text: String,
    },
    /// The state of one thing in a table.
    Item {
        /// Which thing.
        key: String,
        /// Its state in a word.
        state: String,
        /// More about it.
        note: String,
    },
    /// A wait before another try.
    Retry {
        /// Which remote.
        peer: String,
        /// The number of the try to come.
        attempt: u32,
        /// How many tries there are.
        of: u32,
        /// How long the wait is, in milliseconds.
        wait_ms: u64,
        /// What was tried and what happened, such as `page 4: 503 Service Unavailable`.
        reason: String,
    },
    /// How much of `output.log` was written.
    Output {
        /// Its length in bytes.
        bytes: u64,
    },
    /// The worker was asked to stop.
    Stopping,
}

/// How often a scope may report steps.
const STEP_EVERY: Duration = Duration::from_millis(100);

type Sink = dyn Fn(Event) + Send + Sync;

/// The engine's mouth and ear.
#[derive(Clone)]
pub struct Job(Arc<JobInner>);

struct JobInner {
    sink: Box<Sink>,
    cancel: CancellationToken,
    insist: CancellationToken,
    steps: Mutex<BTreeMap<String, Steps>>,
    refused: BTreeMap<String, Failure>,
}

/// What coalescing remembers of one scope.
struct Steps {
    said: Instant,
    held: Option<Event>,
}

impl Job {
    /// A job whose events go to `sink` until `cancel` is cancelled. The sink is called in the
    /// order of the events' making for each thread, must be quick, and must not call the job.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static, cancel: CancellationToken) -> Self {
        Self::with_refused(sink, cancel, BTreeMap::new())
    }

    /// As [`Job::new`], with the resources that could not be had and why.
    pub fn with_refused(
        sink: impl Fn(Event) + Send + Sync + 'static,
        cancel: CancellationToken,
        refused: BTreeMap<String, Failure>,
    ) -> Self {
        Self::for_run(sink, cancel, CancellationToken::new(), refused)
    }

    /// As [`Job::with_refused`]; `insist` is cancelled when somebody asks a second time to stop.
    pub fn for_run(
        sink: impl Fn(Event) + Send + Sync + 'static,
        cancel: CancellationToken,
        insist: CancellationToken,
        refused: BTreeMap<String, Failure>,
    ) -> Self {
        Self(Arc::new(JobInner {
            sink: Box::new(sink),
            cancel,
            insist,
            steps: Mutex::default(),
            refused,
        }))
    }

    /// A job that nobody listens to and nobody stops.
    pub fn silent() -> Self {
        Self::new(|_| {}, CancellationToken::new())
    }

    /// Says `event`. Steps of one scope are thinned; before anything else is said, the steps held
    /// back are, so that a reader never sees a stage end with a count from its middle.
    pub fn say(&self, event: Event) {
        let mut steps = self.0.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::Step { scope, done, total } = &event {
            let whole = total.is_some_and(|total| *done >= total);
            let now = Instant::now();
            match steps.get_mut(scope) {
                Some(known) if !whole && now.duration_since(known.said) < STEP_EVERY => {
                    known.held = Some(event);
                    return;
                }
                _ => {
                    let (said, held) = (now, None);
                    steps.insert(scope.clone(), Steps { said, held });
                }
            }
        } else {
            self.say_held(&mut steps);
        }
        (self.0.sink)(event);
    }

    /// Says the steps held back; whoever runs an engine calls it at the end.
    pub fn flush(&self) {
        self.say_held(&mut self.0.steps.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn say_held(&self, steps: &mut BTreeMap<String, Steps>) {
        for held in steps.values_mut().filter_map(|known| known.held.take()) {
            (self.0.sink)(held);
        }
    }

    /// Says that a part of the work begins.
    pub fn stage(&self, stage: impl Into<String>) {
        self.say(Event::Stage {
            stage: stage.into(),
        });
    }

    /// Says how far `scope` is.
    pub fn step(&self, scope: &str, done: u64, total: Option<u64>) {
        self.say(Event::Step {
            scope: scope.to_owned(),
            done,
            total,
        });
    }

    /// Says a line of talk in the name of `source`.
    pub fn line(&self, source: &str, text: impl Into<String>) {
        self.say(Event::Line {
            source: source.to_owned(),
            text: text.into(),
        });
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancel.is_cancelled()
    }

    /// Ends when somebody asked to stop.
    pub async fn cancelled(&self) {
        self.0.cancel.cancelled().await;
    }

    /// Ends when somebody asked a second time to stop: what can be left undone should be.
    pub async fn insisted(&self) {
        self.0.insist.cancelled().await;
    }

    /// Waits for `future`, or ends at once with [`crate::error::Kind::Stopped`], naming `what`.
    pub async fn or_cancel<T>(&self, what: &str, future: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.0.cancel.cancelled() => Err(Error::stopped(what)),
            value = future => Ok(value),
        }
    }

    /// Why `resource` could not be had for this run, if it could not.
    pub fn refused(&self, resource: &str) -> Option<&Failure> {
        self.0.refused.get(resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(events: &Arc<Mutex<Vec<Event>>>) -> Vec<Event> {
        events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn listening() -> (Job, Arc<Mutex<Vec<Event>>>) {
        let events = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&events);
        let sink = move |event| {
            ear.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        };
        (Job::new(sink, CancellationToken::new()), events)
    }

    #[test]
    fn steps_are_thinned_but_the_last_one_is_always_said() {
        let (job, events) = listening();
        for done in 0..1_000 {
            job.step("Dev", done, Some(2_000));
        }
        job.stage("next");
        let events = said(&events);
        assert!(events.len() < 20, "{} events", events.len());
        let last = Event::Step {
            scope: "Dev".into(),
            done: 999,
            total: Some(2_000),
        };
        assert_eq!(events[events.len() - 2], last);
    }

    #[test]
    fn a_full_count_is_said_at_once() {
        let (job, events) = listening();
        job.step("Dev", 1, Some(2));
        job.step("Dev", 2, Some(2));
        assert_eq!(said(&events).len(), 2);
    }

    #[test]
    fn an_event_is_one_flat_json_object() {
        let event = Event::Step {
            scope: "Dev".into(),
            done: 1,
            total: None,
        };
        let json = serde_json::to_string(&event).unwrap_or_default();
        assert_eq!(
            json,
            r#"{"kind":"step","scope":"Dev","done":1,"total":null}"#
        );
    }
}
