//! The keys of the overlay, and why some do nothing now.

use super::Runs;
use crate::engine::Engine as _;
use crate::run::{Run, State};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::users::Users as Engine;

impl Runs {
    pub(super) fn bindings(&self) -> Vec<Binding> {
        let chosen = self.chosen();
        let none = chosen.is_none().then_some("there is no run here");
        let ended = chosen.is_some_and(|run| run.state != State::Running && run.orphan.is_none());
        let over = ended.then_some("it has ended already");
        let mut bindings = Vec::new();
        if self.opened.is_some() {
            let back = [Key::ESC, Key::code(crossterm::event::KeyCode::Backspace)];
            bindings.push(Binding::new(
                back,
                Action::Back,
                "back",
                "Goes back to the list.",
            ));
            if self
                .opened
                .as_ref()
                .is_some_and(|opened| opened.output.is_none())
            {
                bindings.push(Binding::of(
                    Action::Wrap,
                    "wrap",
                    "Breaks long lines, or cuts them.",
                ));
            }
        } else {
            let follow = if ended { "replay" } else { "follow" };
            let open = Binding::of(
                Action::Open,
                follow,
                "Shows a run from its first event; one that goes on is followed.",
            );
            bindings.push(open.unless(none));
            bindings.push(Binding::of(Action::Filter, "filter", "Filters the runs."));
            if self.filter.is_on() {
                let clear = Binding::of(Action::Back, "all", "Shows all runs again.");
                bindings.push(clear);
            }
        }
        bindings.push(
            Binding::of(
                Action::Stop,
                "stop",
                "Asks the run to stop, after a question.",
            )
            .unless(none.or(over)),
        );
        let cannot = chosen.and_then(why_no_undo);
        bindings.push(
            Binding::of(
                Action::Undo,
                "undo",
                "Shows how what the run did is taken back.",
            )
            .unless(none.or(cannot)),
        );
        bindings
            .push(Binding::of(Action::Copy, "copy id", "Copies the id of the run.").unless(none));
        let viewer = self
            .opened
            .as_ref()
            .and_then(|opened| opened.output.as_ref());
        match viewer {
            // What is above comes first: Esc goes back, y copies the id.
            Some(viewer) => bindings.extend(viewer.keys()),
            None => bindings.extend(keys::moves()),
        }
        bindings
    }
}

/// Why a run cannot be taken back.
fn why_no_undo(run: &Run) -> Option<&'static str> {
    if run.manifest.engine != Engine::NAME {
        return Some("only what a sync of users did can be taken back");
    }
    (run.state == State::Running).then_some("it is still running")
}
