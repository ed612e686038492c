//! How something ended, in a sentence, and the question before a run is stopped.

use crate::engine::Verdict;
use crate::error::{Error, Failure};
use crate::run;
use crate::text::with_hint;
use crate::tui::keys::Action;
use crate::tui::notices::Notice;
use crate::tui::tab::{Effects, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::words;

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
    stop_question_about(run, asking, words::STOP, &words::stop_what(run))
}

/// The same with another verb, and another sentence of what it does.
pub fn stop_question_about(
    run: &run::Run,
    asking: &run::Operator,
    verb: &str,
    what: &str,
) -> Confirm {
    let then = Action::Confirmed(run.id().uuid());
    let confirm = Confirm::new(&words::stop_title(run), verb, then)
        .line(&words::about(run), Tone::Accent)
        .line(what, Tone::Plain);
    if run.manifest.operator.user == asking.user {
        confirm
    } else {
        confirm.line(&words::stop_of_another(run), Tone::Warn)
    }
}

/// What a run could not have because somebody else has it.
pub(super) fn refusals<N>(started: &run::Started) -> Effects<N> {
    let refused = started.refused.values();
    let say = |failure: &Failure| Effect::Say(Notice::from(&Error::from(failure.clone())));
    refused.map(say).collect()
}
