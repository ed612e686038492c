//! The part of a controller that needs no engine: its state, the runs it knows, and the sentences
//! about both. Compiled once, not for each engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::{Event, Verdict};
use crate::error::{Error, Failure};
use crate::run::{self, Id, Run, State, Stop};
use crate::text::{local_time, scrub, with_hint};
use crate::tui::flow::Phase;
use crate::tui::keys::Action;
use crate::tui::notices::Notice;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::tab::{Badge, Effects, Status};
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::run_view::RunView;

pub const STARTING: &str = "Starting the run";
pub const NOTHING_RUNS: &str = "nothing is running here";

pub struct Core {
    pub(super) context: TabContext,
    pub(super) runs: EngineRuns,
    planning: Option<RunView>,
    visible: bool,
    /// How the last run ended, until the tab is shown.
    unseen: Badge,
}

impl Core {
    pub(super) fn new(context: TabContext) -> Self {
        Self {
            context,
            runs: EngineRuns::default(),
            planning: None,
            visible: false,
            unseen: Badge::Quiet,
        }
    }

    /// The active and the lately ended runs of this engine, whoever started them.
    pub fn runs(&self) -> &EngineRuns {
        &self.runs
    }

    /// What planning said so far, or the run that is followed.
    pub fn view(&self, phase: Phase<'_>) -> Option<&RunView> {
        match phase {
            Phase::Planning => self.planning.as_ref(),
            phase => self.runs.view(phase.run()?),
        }
    }

    pub fn view_mut(&mut self, phase: Phase<'_>) -> Option<&mut RunView> {
        match phase {
            Phase::Planning => self.planning.as_mut(),
            phase => self.runs.view_mut(phase.run()?),
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

    /// The followed run, or else the oldest active one.
    pub fn run_to_stop(&self, phase: Phase<'_>) -> Option<&Arc<Run>> {
        let followed = phase.run().and_then(|id| self.runs.run(id));
        let followed = followed.filter(|run| run.state == State::Running);
        followed.or_else(|| self.runs.active().next())
    }

    /// Takes an event of a run; says the end of one that is not followed.
    pub(super) fn take(&mut self, event: &RunEvent, phase: Phase<'_>) -> Option<Notice> {
        self.runs.take(event);
        match event {
            RunEvent::Ended(run) if phase.run() != Some(run.id()) && !phase.is_starting() => {
                let tone = if run.exit() == Some(0) {
                    Tone::Good
                } else {
                    Tone::Bad
                };
                let words = format!("{}: {}", run_name(run.id()), run.sentence());
                Some(Notice::new(&words, tone))
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

    /// The short ids of the active runs; `None` for one that is being started.
    pub fn running(&self, phase: Phase<'_>) -> Vec<Option<String>> {
        let active = self.runs.active().map(|run| Some(run.id().short()));
        active.chain(phase.is_starting().then_some(None)).collect()
    }

    pub fn badge(&self, phase: Phase<'_>) -> Badge {
        let view = match (phase, &self.planning) {
            (Phase::Planning, Some(planning)) => Some(planning),
            _ => self.runs.oldest_view(),
        };
        match view {
            Some(view) => Badge::Busy {
                since: view.since(),
                percent: view.percent(),
            },
            None => self.unseen,
        }
    }

    pub fn status(&self, phase: Phase<'_>) -> Option<Status> {
        match phase {
            Phase::Idle | Phase::Review => None,
            Phase::Planning => Some(Status::new("Looking; nothing is written yet", Tone::Plain)),
            Phase::Starting => Some(Status::new(STARTING, Tone::Plain)),
            Phase::Running(id) => {
                let run = self.runs.run(id)?;
                Some(Status::new(&about(run), Tone::Plain).remark(&run_name(id)))
            }
            Phase::Done(run) | Phase::Died(run) => Some(ended(run)),
            Phase::Failed(failure) => Some(failed(failure)),
        }
    }
}

/// How many ended runs are remembered with what they said.
const KEPT: usize = 8;

/// The runs of one engine since this screen was opened.
#[derive(Debug, Default)]
pub struct EngineRuns {
    runs: BTreeMap<Id, (Arc<Run>, RunView)>,
}

impl EngineRuns {
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

    /// The runs that have not ended, oldest first.
    pub fn active(&self) -> impl Iterator<Item = &Arc<Run>> {
        let all = self.runs.values().map(|(run, _)| run);
        all.filter(|run| run.state == State::Running)
    }

    pub fn oldest_view(&self) -> Option<&RunView> {
        let run = self.active().next()?;
        self.view(run.id())
    }

    pub fn run(&self, id: Id) -> Option<&Arc<Run>> {
        self.runs.get(&id).map(|(run, _)| run)
    }

    pub fn ended(&self, id: Id) -> Option<&Arc<Run>> {
        let (run, view) = self.runs.get(&id)?;
        view.is_over().then_some(run)
    }

    pub fn view(&self, id: Id) -> Option<&RunView> {
        self.runs.get(&id).map(|(_, view)| view)
    }

    pub fn view_mut(&mut self, id: Id) -> Option<&mut RunView> {
        self.runs.get_mut(&id).map(|(_, view)| view)
    }
}

pub fn failed(failure: &Failure) -> Status {
    let words = with_hint(&failure.message, failure.hint.as_deref());
    Status::new(&format!("✗ {words}"), Tone::Bad)
}

pub fn ended(run: &Run) -> Status {
    let remark = run_name(run.id());
    let verdict = match &run.state {
        State::Finished(ending) => Some(ending.verdict),
        _ => None,
    };
    let (sign, tone) = match verdict {
        Some(Verdict::Clean) => ("✓", Tone::Good),
        Some(Verdict::Partial | Verdict::Stopped | Verdict::Interrupted) => ("!", Tone::Warn),
        Some(Verdict::Failed) | None => ("✗", Tone::Bad),
    };
    let sentence = run.sentence();
    let hint = run.failure().and_then(|failure| failure.hint);
    let words = with_hint(&sentence, hint.as_deref());
    Status::new(&format!("{sign} {words}"), tone).remark(&remark)
}

/// The question before a run is stopped; a yes is [`Action::Confirmed`] with the run's id.
pub fn stop_question(run: &Run, asking: &run::Operator) -> Confirm {
    let what = format!(
        "{} {} is asked to stop: it finishes the batch in hand and reports. What it has done stays.",
        scrub(&run.manifest.engine),
        scrub(&run.manifest.target)
    );
    stop_question_about(run, asking, "stop it", &what)
}

/// The same with another verb, and another sentence of what it does.
pub fn stop_question_about(run: &Run, asking: &run::Operator, verb: &str, what: &str) -> Confirm {
    let title = format!("Stop run {}", run.id().short());
    let confirm = Confirm::new(&title, verb, Action::Confirmed(run.id().uuid()))
        .line(&about(run), Tone::Accent)
        .line(what, Tone::Plain);
    let operator = &run.manifest.operator;
    if operator.user == asking.user {
        return confirm;
    }
    let operator = scrub(&operator.to_string());
    let words = format!("! It was started by {operator}, not by you");
    confirm.line(&words, Tone::Warn)
}

/// `Run c41f9a`.
pub fn run_name(run: Id) -> String {
    format!("Run {}", run.short())
}

/// `Dev, Test · by admin@kantor · 2026-11-08 14:03`
pub fn about(run: &Run) -> String {
    let manifest = &run.manifest;
    format!(
        "{} · by {} · {}",
        scrub(&manifest.target),
        scrub(&manifest.operator.to_string()),
        local_time(manifest.created)
    )
}

/// What came of a stop, as the screen says it.
pub fn stopped(stop: Stop, run: Id) -> String {
    stop.sentence(run, "R shows what is known")
}

/// What a run did not get because another run holds it.
pub(super) fn refusals<N>(started: &run::Started) -> Effects<N> {
    let refused = started.refused.values();
    let say = |failure: &Failure| Effect::Say(Notice::from(&Error::from(failure.clone())));
    refused.map(say).collect()
}
