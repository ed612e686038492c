//! The runs of one engine that were seen while this screen was open, with what they said.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::run::{Id, Run, State};
use crate::tui::run_watcher::RunEvent;
use crate::tui::widget::run_view::RunView;

/// How many ended runs are remembered with what they said.
const KEPT: usize = 8;

/// The runs of one engine that were seen while this screen was open.
#[derive(Debug, Default)]
pub struct Seen {
    runs: BTreeMap<Id, (Arc<Run>, RunView)>,
}

impl Seen {
    /// Takes what the run watcher sees.
    pub fn take(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Began(run) => {
                let view = RunView::new(run.started.unwrap_or(run.manifest.created));
                self.runs.insert(run.id(), (Arc::clone(run), view));
            }
            RunEvent::Said(_, id, entries) => {
                if let Some((_, view)) = self.runs.get_mut(id) {
                    for entry in entries {
                        view.take(entry);
                    }
                }
            }
            RunEvent::Ended(run) => {
                if let Some((known, view)) = self.runs.get_mut(&run.id()) {
                    let last = run.ended().or(run.started);
                    view.end(last.unwrap_or(run.manifest.created));
                    *known = Arc::clone(run);
                }
                self.forget();
            }
            RunEvent::All(_) | RunEvent::Blind(_) => {}
        }
    }

    /// Drops the oldest of those that have ended.
    fn forget(&mut self) {
        let over = self.runs.iter().filter(|(_, (_, view))| view.is_over());
        let over: Vec<Id> = over.map(|(id, _)| *id).collect();
        for id in over.iter().take(over.len().saturating_sub(KEPT)) {
            self.runs.remove(id);
        }
    }

    /// The runs that go on, the oldest first.
    pub fn going(&self) -> impl Iterator<Item = &Arc<Run>> {
        let all = self.runs.values().map(|(run, _)| run);
        all.filter(|run| run.state == State::Running)
    }

    /// What the oldest run that goes on said.
    pub fn eldest(&self) -> Option<&RunView> {
        let run = self.going().next()?;
        self.view(run.id())
    }

    /// A run that was seen.
    pub fn run(&self, id: Id) -> Option<&Arc<Run>> {
        self.runs.get(&id).map(|(run, _)| run)
    }

    /// A run that was seen to its end.
    pub fn ended(&self, id: Id) -> Option<&Arc<Run>> {
        let (run, view) = self.runs.get(&id)?;
        view.is_over().then_some(run)
    }

    /// What a run said so far.
    pub fn view(&self, id: Id) -> Option<&RunView> {
        self.runs.get(&id).map(|(_, view)| view)
    }

    /// The same, for moving within its log.
    pub fn view_mut(&mut self, id: Id) -> Option<&mut RunView> {
        self.runs.get_mut(&id).map(|(_, view)| view)
    }
}
