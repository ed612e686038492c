//! What the journals of runs say of the syncs they follow: one state machine for each run seen.
//!
//! The figures are the engine's ([`crate::dapodik::progress`], and of our own work
//! [`crate::dapodik::sync::progress`]); here is only which run has which.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dapodik::progress::Progress;
use crate::dapodik::sync::progress::{REFRESH, SECOND_ROUND, Work};
use crate::dapodik::sync::speed::{PerSecond, Speed};
use crate::dapodik::{Request, Scope};
use crate::engine::Event;
use crate::run::{Entry, Id, Run};
use crate::tui::run_watcher::RunEvent;

const KEPT: usize = 8;

#[derive(Debug)]
pub struct RunProgress {
    pub progress: Progress,
    /// What it says of our own work; nothing of a followed one.
    pub work: Work,
    speed: Speed,
    /// When the stage in hand began.
    stage_since: Option<Timestamp>,
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
            work: Work::default(),
            speed: Speed::default(),
            stage_since: None,
            scope: request.map(|request| request.scope),
            ended: None,
        }
    }

    fn take(&mut self, entry: &Entry) {
        self.progress.event(&entry.event, entry.at);
        self.work.event(&entry.event, entry.at);
        match &entry.event {
            Event::Stage { .. } => self.stage_since = Some(entry.at),
            Event::Step { .. } => {
                let (schools, staff) = (self.work.schools().0, self.work.staff());
                if (schools, staff) != (0, 0) {
                    self.speed.take(entry.at, schools, staff);
                }
            }
            _ => {}
        }
    }

    /// Whether it is our own work: only that counts schools, or tells how the portal is asked.
    pub fn is_own(&self) -> bool {
        self.work.pace().is_some() || self.work.schools() != (0, None)
    }

    /// Whether the backend has said its first word, or our own work has begun.
    fn has_begun(&self) -> bool {
        self.progress.message().is_some() || self.is_own()
    }

    /// How fast it is, of one that ended how fast it was in all.
    pub fn speed(&self, now: Timestamp) -> Option<PerSecond> {
        match self.ended {
            Some(_) => self.speed.average(),
            None => self.speed.now(now),
        }
    }

    /// The stage that people should know, and since when it is in hand.
    pub fn stage(&self) -> Option<(&str, Timestamp)> {
        let stage = self.work.stage()?;
        let known = [SECOND_ROUND, REFRESH].contains(&stage) && self.ended.is_none();
        known.then_some((stage, self.stage_since?))
    }

    /// The moment its figures are to be read at.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.ended.unwrap_or(now)
    }
}

#[derive(Debug, Default)]
pub struct RunsProgress(BTreeMap<Id, RunProgress>);

impl RunsProgress {
    /// Takes what the run watcher sees; whether the work in it has just begun.
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
                    let before = live.has_begun();
                    for entry in entries {
                        live.take(entry);
                    }
                    return !before && live.has_begun();
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
