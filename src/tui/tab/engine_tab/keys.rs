//! The keys of the states that are the same in every tab, and rows that screens put among theirs.

use super::{ControllerOf, EngineScreen, NotReady};
use crate::engine::Engine;
use crate::tui::flow::Phase;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::run_controller::{NOTHING_RUNS, RunController};
use crate::tui::widget::run_view::RunView;

pub fn again<A>(label: &str) -> Binding<A> {
    let description = "Looks at everything again, with the settings as they are by now.";
    Binding::of(Action::Again, label, description)
}

/// Following and stopping a run, whoever started it; in the footer only while one goes on.
pub fn run_keys<A, E: Engine, N: Send + 'static>(
    controller: &RunController<E, N>,
) -> [Binding<A>; 2] {
    let nothing = controller.runs().going().next().is_none();
    let label = |words| if nothing { "" } else { words };
    let why_not = nothing.then_some(NOTHING_RUNS);
    let follow = "Follows the run that goes on, whoever started it.";
    let stop = "Asks the run to stop, after a question.";
    [
        Binding::of(Action::Follow, label("follow"), follow).unless(why_not),
        Binding::of(Action::Stop, label("stop"), stop).unless(why_not),
    ]
}

/// The keys of a state the screen does not own.
pub(super) fn of<S: EngineScreen>(
    controller: &ControllerOf<S>,
    not_ready: Option<&NotReady>,
) -> Vec<Binding<S::Act>> {
    let wrap = || Binding::of(Action::Wrap, "wrap", "Breaks long lines, or cuts them.");
    let back = |label: &str, description: &str| Binding::of(Action::Back, label, description);
    let mut bindings = match controller.phase() {
        Phase::Idle | Phase::Review => {
            let mut bindings = vec![again("look again")];
            if let Some(NotReady::Setup(page)) = not_ready {
                bindings.push(page.copy_key());
            }
            bindings.extend(run_keys(controller));
            bindings
        }
        Phase::Planning => vec![
            again("look again"),
            wrap(),
            back("cancel", "Stops looking; nothing was written."),
        ],
        Phase::Starting => Vec::new(),
        Phase::Running(_) => {
            let follows = controller.view().is_some_and(RunView::follows);
            let label = if follows { "pause" } else { "follow" };
            let follow = "Stops following the end of the log, or follows it again.";
            let [_, stop] = run_keys(controller);
            vec![
                stop,
                Binding::of(Action::Follow, label, follow),
                wrap(),
                back("leave", S::WORDS.leave),
            ]
        }
        Phase::Done(_) | Phase::Failed(_) | Phase::Died(_) => {
            let nothing = (!controller.can_try_again()).then_some("nothing was asked for here");
            vec![
                again("try again").unless(nothing),
                back("back", S::WORDS.back),
            ]
        }
    };
    bindings.extend(keys::moves());
    bindings
}
