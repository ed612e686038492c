//! What a controller knows without knowing its engine: where it stands, the runs that were seen, and
//! what people are told of both. Compiled once, not for each engine.

use std::sync::Arc;

use super::Seen;
use super::say::{ended, failed};
use crate::engine::Event;
use crate::run::{Run, State};
use crate::tui::flow::Phase;
use crate::tui::notices::Notice;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::{Badge, Status};
use crate::tui::tab_context::TabContext;
use crate::tui::theme::Tone;
use crate::tui::widget::run_view::RunView;
use crate::tui::words;

/// What a controller knows without knowing its engine.
pub struct Core {
    pub(super) context: TabContext,
    pub(super) seen: Seen,
    planning: Option<RunView>,
    visible: bool,
    /// How the last run ended, while nobody has seen it.
    unseen: Badge,
}

impl Core {
    pub(super) fn new(context: TabContext) -> Self {
        Self {
            context,
            seen: Seen::default(),
            planning: None,
            visible: false,
            unseen: Badge::Quiet,
        }
    }

    /// The runs of this engine that go on or ended lately, whoever started them.
    pub fn runs(&self) -> &Seen {
        &self.seen
    }

    /// What planning said so far, or the run that is followed.
    pub fn view(&self, phase: Phase<'_>) -> Option<&RunView> {
        match phase {
            Phase::Planning => self.planning.as_ref(),
            phase => self.seen.view(phase.run()?),
        }
    }

    /// The same, for moving within its log.
    pub fn view_mut(&mut self, phase: Phase<'_>) -> Option<&mut RunView> {
        match phase {
            Phase::Planning => self.planning.as_mut(),
            phase => self.seen.view_mut(phase.run()?),
        }
    }

    pub(super) fn plans(&mut self) {
        self.forget_end();
        self.planning = Some(RunView::new(self.context.app.clock.now()));
    }

    pub(super) fn say(&mut self, event: &Event) {
        if let Some(view) = &mut self.planning {
            view.say(self.context.app.clock.now(), event);
        }
    }

    /// The followed run, or else the oldest that goes on.
    pub fn run_to_stop(&self, phase: Phase<'_>) -> Option<&Arc<Run>> {
        let followed = phase.run().and_then(|id| self.seen.run(id));
        let followed = followed.filter(|run| run.state == State::Running);
        followed.or_else(|| self.seen.going().next())
    }

    /// Takes what happens to a run; the end of one that nobody follows is told.
    pub(super) fn take(&mut self, event: &RunEvent, phase: Phase<'_>) -> Option<Notice> {
        self.seen.take(event);
        match event {
            RunEvent::Ended(run) if phase.run() != Some(run.id()) && !phase.is_starting() => {
                let tone = if run.exit() == Some(0) {
                    Tone::Good
                } else {
                    Tone::Bad
                };
                Some(Notice::new(&words::ended_elsewhere(run), tone))
            }
            _ => None,
        }
    }

    pub(super) fn note_end(&mut self, clean: bool) {
        if !self.visible {
            self.unseen = if clean { Badge::Done } else { Badge::Failed };
        }
    }

    pub(super) fn forget_end(&mut self) {
        self.unseen = Badge::Quiet;
    }

    pub(super) fn shown(&mut self) {
        self.visible = true;
        self.forget_end();
    }

    pub(super) fn hidden(&mut self) {
        self.visible = false;
    }

    /// The short ids of the runs that go on; `None` for one that is being made.
    pub fn running(&self, phase: Phase<'_>) -> Vec<Option<String>> {
        let going = self.seen.going().map(|run| Some(run.id().short()));
        going.chain(phase.is_starting().then_some(None)).collect()
    }

    /// What goes on, for the bar.
    pub fn badge(&self, phase: Phase<'_>) -> Badge {
        let view = match (phase, &self.planning) {
            (Phase::Planning, Some(planning)) => Some(planning),
            _ => self.seen.eldest(),
        };
        match view {
            Some(view) => Badge::Busy {
                since: view.since(),
                percent: view.percent(),
            },
            None => self.unseen,
        }
    }

    /// The result sentence, or what is waited for.
    pub fn status(&self, phase: Phase<'_>) -> Option<Status> {
        match phase {
            Phase::Idle | Phase::Review => None,
            Phase::Planning => Some(Status::new("Looking; nothing is written yet", Tone::Plain)),
            Phase::Starting => Some(Status::new(words::STARTING, Tone::Plain)),
            Phase::Running(id) => {
                let run = self.seen.run(id)?;
                Some(Status::new(&words::about(run), Tone::Plain).remark(&words::run(&id.short())))
            }
            Phase::Done(run) | Phase::Died(run) => Some(ended(run)),
            Phase::Failed(failure) => Some(failed(failure)),
        }
    }
}
