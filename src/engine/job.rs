//! The engine's mouth and ear: events out, thinned; a wish to stop in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Event;
use crate::clock::Clock;
use crate::error::{Error, Failure, Result};

/// How often a scope may report steps.
const STEP_EVERY: Duration = Duration::from_millis(100);

type Sink = dyn Fn(Event) + Send + Sync;

/// How an engine reports, and learns that it should stop.
#[derive(Clone)]
pub struct Job(Arc<JobInner>, Clock);

struct JobInner {
    sink: Box<Sink>,
    cancel: CancellationToken,
    insist: CancellationToken,
    steps: Mutex<BTreeMap<String, Steps>>,
    identity: Option<RunIdentity>,
}

/// In whose name a job acts, and what it may not touch.
#[derive(Clone, Debug)]
pub struct RunIdentity {
    pub run: Uuid,
    /// Who confirmed it, such as `admin@kantor`.
    pub operator: String,
    /// The resources that could not be had and why.
    pub refused: BTreeMap<String, Failure>,
}

/// What coalescing remembers of one scope.
struct Steps {
    said: Instant,
    held: Option<Event>,
}

impl Job {
    /// A job whose events go to `sink` until `cancel` is cancelled. The sink is called with one
    /// event at a time, must be quick, and must not call the job.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static, cancel: CancellationToken) -> Self {
        Self::build(sink, cancel, CancellationToken::new(), None)
    }

    /// As [`Job::new`], for a run; `insist` is cancelled when somebody asks a second time to stop.
    pub fn for_run(
        sink: impl Fn(Event) + Send + Sync + 'static,
        cancel: CancellationToken,
        insist: CancellationToken,
        identity: RunIdentity,
    ) -> Self {
        Self::build(sink, cancel, insist, Some(identity))
    }

    fn build(
        sink: impl Fn(Event) + Send + Sync + 'static,
        cancel: CancellationToken,
        insist: CancellationToken,
        identity: Option<RunIdentity>,
    ) -> Self {
        let inner = JobInner {
            sink: Box::new(sink),
            cancel,
            insist,
            steps: Mutex::default(),
            identity,
        };
        Self(Arc::new(inner), Clock::System)
    }

    /// The same job by another clock.
    #[must_use]
    pub fn at(self, clock: Clock) -> Self {
        Self(self.0, clock)
    }

    pub fn clock(&self) -> Clock {
        self.1
    }

    pub fn now(&self) -> Timestamp {
        self.1.now()
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

    /// Reports the steps held back; the caller of an engine calls it at the end.
    pub fn flush(&self) {
        self.say_held(&mut self.0.steps.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn say_held(&self, steps: &mut BTreeMap<String, Steps>) {
        for held in steps.values_mut().filter_map(|known| known.held.take()) {
            (self.0.sink)(held);
        }
    }

    pub fn stage(&self, stage: impl Into<String>) {
        self.say(Event::Stage {
            stage: stage.into(),
        });
    }

    /// Reports how far `scope` is.
    pub fn step(&self, scope: &str, done: u64, total: Option<u64>) {
        self.say(Event::Step {
            scope: scope.to_owned(),
            done,
            total,
        });
    }

    /// Reports a line of talk in the name of `source`.
    pub fn line(&self, source: &str, text: impl Into<String>) {
        self.say(Event::Line {
            source: source.to_owned(),
            text: text.into(),
        });
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancel.is_cancelled()
    }

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

    /// In whose name it acts; `None` outside of a run.
    pub fn identity(&self) -> Option<&RunIdentity> {
        self.0.identity.as_ref()
    }

    /// Why `resource` could not be had for this run, if it could not.
    pub fn refused(&self, resource: &str) -> Option<&Failure> {
        self.0.identity.as_ref()?.refused.get(resource)
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
}
