//! From a request to a report, the same for every engine: a state machine without I/O.
//!
//! ```text
//!   Idle ─plan─▶ Planning ─▶ Review ─confirm─▶ Starting ─▶ Running ─▶ Done │ Died
//!     ▲              └─▶ Failed ◀───────────────┘             ▲
//!     └──────────────── back, from anywhere but Starting      └─ attach: another user's run
//! ```
//! The question itself is the frame's dialog: while it is open the flow is in `Review`, and only a
//! yes that names the very plan under review starts anything. [`super::run_controller`] does the work.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::engine::{Engine, Event, Summary};
use crate::error::Failure;
use crate::run::{Id, Run, Started, Stop};

pub enum News<E: Engine> {
    /// An event of the engine while it plans.
    Said(Event),
    Planned(Result<E::Plan, Failure>),
    Started(Result<Started, Failure>),
    /// A run that had ended was read: what its engine reported, where it could.
    Reported(Arc<Run>, Option<Box<E::Report>>),
    Stopped(Id, Result<Stop, Failure>),
}

impl<E: Engine> fmt::Debug for News<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Said(_) => "Said",
            Self::Planned(_) => "Planned",
            Self::Started(_) => "Started",
            Self::Reported(..) => "Reported",
            Self::Stopped(..) => "Stopped",
        })
    }
}

pub enum State<E: Engine> {
    Idle,
    Planning,
    Review(E::Plan),
    /// It was confirmed; its run is being started.
    Starting(E::Plan),
    /// A run is followed, whoever started it.
    Running(Id),
    /// A run has reported, whatever its verdict.
    Done(Done<E>),
    /// Planning or starting failed.
    Failed(Failure),
    /// The worker of a run died without a report.
    Died(Arc<Run>),
}

/// The state without what only the engine understands.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'a> {
    Idle,
    Planning,
    Review,
    Starting,
    Running(Id),
    Done(&'a Arc<Run>),
    Failed(&'a Failure),
    Died(&'a Arc<Run>),
}

impl Phase<'_> {
    /// The run that is followed, or was.
    pub fn run(self) -> Option<Id> {
        match self {
            Self::Running(id) => Some(id),
            Self::Done(run) | Self::Died(run) => Some(run.id()),
            _ => None,
        }
    }

    /// Whether a run is being started: the only state that cannot be left.
    pub fn is_starting(self) -> bool {
        matches!(self, Self::Starting)
    }
}

impl<E: Engine> State<E> {
    /// The same without what only the engine understands.
    pub fn phase(&self) -> Phase<'_> {
        match self {
            Self::Idle => Phase::Idle,
            Self::Planning => Phase::Planning,
            Self::Review(_) => Phase::Review,
            Self::Starting(_) => Phase::Starting,
            Self::Running(id) => Phase::Running(*id),
            Self::Done(done) => Phase::Done(&done.run),
            Self::Failed(failure) => Phase::Failed(failure),
            Self::Died(run) => Phase::Died(run),
        }
    }
}

pub struct Done<E: Engine> {
    pub run: Arc<Run>,
    /// What its engine reported; `None` where it could not.
    pub report: Option<Box<E::Report>>,
}

pub struct Flow<E: Engine> {
    state: State<E>,
    request: Option<Value>,
}

impl<E: Engine> Default for Flow<E> {
    fn default() -> Self {
        Self {
            state: State::Idle,
            request: None,
        }
    }
}

impl<E: Engine> Flow<E> {
    pub fn state(&self) -> &State<E> {
        &self.state
    }

    /// The last request; planned again by a retry.
    pub fn request(&self) -> Option<&Value> {
        self.request.as_ref()
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    pub fn plan(&self) -> Option<&E::Plan> {
        match &self.state {
            State::Review(plan) | State::Starting(plan) => Some(plan),
            _ => None,
        }
    }

    /// The plan under review, for what a person may change about it.
    pub fn review_mut(&mut self) -> Option<&mut E::Plan> {
        match &mut self.state {
            State::Review(plan) => Some(plan),
            _ => None,
        }
    }

    /// The run that is followed.
    pub fn run(&self) -> Option<Id> {
        self.state.phase().run()
    }

    /// Whether a run is being started: the only state that cannot be left.
    pub fn is_starting(&self) -> bool {
        self.state.phase().is_starting()
    }

    /// Begins to plan, from any state; false while a run is being started.
    pub fn ask(&mut self, request: Value) -> bool {
        if self.is_starting() {
            return false;
        }
        self.request = Some(request);
        self.state = State::Planning;
        true
    }

    /// Takes the end of planning; ignored in any other state.
    pub fn planned(&mut self, planned: Result<E::Plan, Failure>) {
        if matches!(self.state, State::Planning) {
            self.state = match planned {
                Ok(plan) => State::Review(plan),
                Err(failure) => State::Failed(failure),
            };
        }
    }

    /// A yes to the question about the plan `id`: the plan to start, if it is the one under review
    /// and not empty.
    pub fn confirm(&mut self, id: Uuid) -> Option<E::Plan> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Review(plan) if plan.id() == id && !plan.is_empty() => {
                self.state = State::Starting(plan.clone());
                Some(plan)
            }
            state => {
                self.state = state;
                None
            }
        }
    }

    pub fn started(&mut self, started: Result<Id, Failure>) {
        if self.is_starting() {
            self.state = match started {
                Ok(id) => State::Running(id),
                Err(failure) => State::Failed(failure),
            };
        }
    }

    /// Follows a run, whoever started it; only where nothing is being planned or started.
    pub fn attach(&mut self, id: Id) -> bool {
        let free = !matches!(self.state, State::Planning | State::Starting(_));
        if free {
            self.state = State::Running(id);
        }
        free
    }

    /// Takes the end of a run; ignored unless it is the followed one. Says whether it was.
    pub fn ended(&mut self, run: Arc<Run>, report: Option<Box<E::Report>>) -> bool {
        let followed = matches!(self.state, State::Running(id) if id == run.id());
        if followed {
            self.state = match run.state {
                crate::run::State::Died => State::Died(run),
                _ => State::Done(Done { run, report }),
            };
        }
        followed
    }

    /// One step back, to `Idle`: a plan is dropped, a run continues by itself. Says whether planning
    /// must be aborted.
    pub fn back(&mut self) -> bool {
        if self.is_starting() {
            return false;
        }
        let planning = matches!(self.state, State::Planning);
        self.state = State::Idle;
        planning
    }

    /// The work it waits for panicked.
    pub fn broken(&mut self, failure: Failure) {
        if matches!(self.state, State::Planning | State::Starting(_)) {
            self.state = State::Failed(failure);
        }
    }
}

#[cfg(test)]
mod tests;
