//! What a drive says to people: how it stands, how something ended, and the question before a run
//! is stopped.

use super::RunController;
use crate::engine::{Engine, Verdict};
use crate::error::{Error, Failure};
use crate::run;
use crate::text::with_hint;
use crate::tui::flow::State;
use crate::tui::keys::Action;
use crate::tui::news::News;
use crate::tui::notices::Notice;
use crate::tui::tab::{Badge, Effects, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::words;

impl<E: Engine> RunController<E> {
    /// The short ids of the runs that go on; `None` for one that is being made.
    pub fn running(&self) -> Vec<Option<String>> {
        let going = self.seen.going().map(|run| Some(run.id().short()));
        going
            .chain(self.flow.is_starting().then_some(None))
            .collect()
    }

    /// What goes on, for the bar.
    pub fn badge(&self) -> Badge {
        let view = match (self.flow.state(), &self.planning) {
            (State::Planning, Some(planning)) => Some(planning),
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
    pub fn status(&self) -> Option<Status> {
        match self.flow.state() {
            State::Idle | State::Review(_) => None,
            State::Planning => Some(Status::new("Looking; nothing is written yet", Tone::Plain)),
            State::Starting(_) => Some(Status::new(words::STARTING, Tone::Plain)),
            State::Running(id) => {
                let run = self.seen.run(*id)?;
                Some(Status::new(&words::about(run), Tone::Plain).remark(&words::run(&id.short())))
            }
            State::Done(done) => Some(ended(&done.run)),
            State::Died(run) => Some(ended(run)),
            State::Failed(failure) => Some(failed(failure)),
        }
    }
}

/// A failure with its hint.
pub fn failed(failure: &Failure) -> Status {
    let words = with_hint(&failure.message, failure.hint.as_deref());
    Status::new(&format!("✗ {words}"), Tone::Bad)
}

/// How a run ended, with the hint of what went wrong.
pub fn ended(run: &run::Run) -> Status {
    let remark = words::run(&run.id().short());
    let verdict = match &run.state {
        run::State::Finished(ending) => Some(ending.verdict),
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
pub fn stop_question(run: &run::Run, asking: &run::Operator) -> Confirm {
    let then = Action::Confirmed(run.id().uuid());
    let confirm = Confirm::new(&words::stop_title(run), words::STOP, then)
        .line(&words::about(run), Tone::Accent)
        .line(&words::stop_what(run), Tone::Plain);
    if run.manifest.operator.user == asking.user {
        confirm
    } else {
        confirm.line(&words::stop_of_another(run), Tone::Warn)
    }
}

/// What a run could not have because somebody else has it.
pub(super) fn refusals(started: &run::Started) -> Effects<News> {
    let refused = started.refused.values();
    let say = |failure: &Failure| Effect::Say(Notice::from(&Error::from(failure.clone())));
    refused.map(say).collect()
}
