//! What the journals of runs say of the syncs they follow: one state machine for each run seen.
//!
//! The figures are the engine's ([`crate::dapodik::progress`]); here is only which run has which.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dapodik::progress::Progress;
use crate::dapodik::{Request, Scope};
use crate::run::{Id, Run};
use crate::tui::run_watcher::RunEvent;

const KEPT: usize = 8;

#[derive(Debug)]
pub struct RunProgress {
    pub progress: Progress,
    /// What it syncs, where its request can be read.
    pub scope: Option<Scope>,
    /// When it ended, once it has.
    pub ended: Option<Timestamp>,
}

impl RunProgress {
    fn of(run: &Run) -> Self {
        let request: Option<Request> = serde_json::from_value(run.manifest.request.clone()).ok();
        let took = request.as_ref().and_then(Request::took);
        Self {
            progress: Progress::default().after(took),
            scope: request.map(|request| request.scope),
            ended: None,
        }
    }

    /// The moment its figures are to be read at.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.ended.unwrap_or(now)
    }
}

#[derive(Debug, Default)]
pub struct RunsProgress(BTreeMap<Id, RunProgress>);

impl RunsProgress {
    /// Takes what the run watcher sees; whether a backend has said its first word in it.
    pub fn take(&mut self, event: &RunEvent, now: Timestamp) -> bool {
        match event {
            RunEvent::Began(run) => {
                self.0.insert(run.id(), RunProgress::of(run));
                while self.0.len() > KEPT {
                    self.0.pop_first();
                }
            }
            RunEvent::Said(_, id, entries) => {
                if let Some(live) = self.0.get_mut(id) {
                    let before = live.progress.message().is_some();
                    for entry in entries {
                        live.progress.event(&entry.event, entry.at);
                    }
                    return !before && live.progress.message().is_some();
                }
            }
            RunEvent::Ended(run) => {
                if let Some(live) = self.0.get_mut(&run.id()) {
                    live.ended = Some(run.ended().unwrap_or(now));
                }
            }
            RunEvent::All(_) | RunEvent::Blind(_) => {}
        }
        false
    }

    pub fn get(&self, id: Id) -> Option<&RunProgress> {
        self.0.get(&id)
    }

    pub fn newest(&self) -> Option<Id> {
        self.0.keys().next_back().copied()
    }
}
