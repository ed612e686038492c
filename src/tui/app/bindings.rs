//! The key table of the moment: what the place binds, then what the frame binds everywhere.

use super::App;
use crate::tui::keys::{self, Action, Binding, Key, Move};
use crate::tui::overlay::{Entry, Overlay};
use crate::tui::tab::{Protocol, Tab};
use crate::tui::tasks::Place;

pub(super) type Hint = (String, String);

impl<N: Protocol> App<N> {
    /// The bindings that count now; a place's own come first.
    pub fn bindings(&self) -> Vec<Binding<N::Act>> {
        let mut bindings = self.place(self.place).map(Tab::keys).unwrap_or_default();
        bindings.extend(self.frame_bindings());
        bindings
    }

    /// Everything help and palette list: here, everywhere, in the other places.
    pub fn entries(&self) -> Vec<Entry<N::Act>> {
        let of = |place: Place| -> Vec<Entry<N::Act>> {
            let Some(tab) = self.place(place) else {
                return Vec::new();
            };
            let entry = |binding| Entry {
                place: Some(place),
                heading: tab.title().to_owned(),
                binding,
            };
            tab.keys().into_iter().map(entry).collect()
        };
        let mut entries = of(self.place);
        entries.extend(self.frame_bindings().into_iter().map(|binding| Entry {
            place: None,
            heading: "Everywhere".to_owned(),
            binding,
        }));
        let others = self
            .all_places()
            .into_iter()
            .filter(|place| *place != self.place);
        let walking = |entry: &Entry<N::Act>| !matches!(entry.binding.action, Action::Move(_));
        entries.extend(others.flat_map(of).filter(walking));
        entries
    }

    /// What the footer shows, the place's before the frame's.
    pub(super) fn hints(&self) -> (Vec<Hint>, Vec<Hint>) {
        let hint = |key: &str, label: &str| (key.to_owned(), label.to_owned());
        if let Some(dialog) = &self.dialog {
            let typing = dialog.confirm.wants_typing();
            let own = if typing {
                hint("Enter", "checks what was typed")
            } else {
                hint("Enter", dialog.confirm.enter())
            };
            return (vec![own], vec![hint("Esc", "back")]);
        }
        match &self.overlay {
            Some(Overlay::Help(_)) => (
                vec![hint("a–z", "search"), hint("Up Down", "scroll")],
                vec![hint("Esc", "close")],
            ),
            Some(Overlay::Palette(_)) => (
                vec![hint("a–z", "search"), hint("Enter", "do it")],
                vec![hint("Esc", "close")],
            ),
            Some(Overlay::Log(_)) => (shown(&log()), Vec::new()),
            None if let Some(typing) = self.place(self.place).and_then(Tab::typing) => {
                let hints = typing.into_iter();
                (
                    hints.map(|(key, label)| hint(key, label)).collect(),
                    Vec::new(),
                )
            }
            None => {
                let own = self.place(self.place).map(Tab::keys).unwrap_or_default();
                (shown(&own), shown(&self.frame_bindings()))
            }
        }
    }

    fn frame_bindings(&self) -> Vec<Binding<N::Act>> {
        let mut bindings: Vec<Binding<N::Act>> = self
            .places
            .tabs
            .iter()
            .zip("123456789".chars())
            .enumerate()
            .map(|(index, (tab, digit))| {
                let description = format!("Shows {}.", tab.title());
                Binding::new([Key::char(digit)], Action::Show(index), "", description)
            })
            .collect();
        let palette = [Key::char(':'), Key::ctrl('p')];
        let quit = [Key::char('q'), Key::ctrl('c')];
        let leave = "Leaves the screen; runs continue without it.";
        let suspend = Binding::of(Action::Suspend, "", "Goes back to the shell until `fg`.");
        bindings.extend([
            Binding::of(Action::Runs, "runs", "Shows the runs of this machine."),
            Binding::new(palette, Action::Palette, "", "Finds an action by its name."),
            Binding::of(Action::Log, "", "Shows what this screen had to say so far."),
            Binding::of(Action::Mouse, "", "Switches the mouse on or off."),
            Binding::of(Action::Redraw, "", "Draws everything again."),
            suspend.unless(self.cannot_suspend.clone()),
            Binding::of(Action::Help, "help", "Lists all keys."),
            Binding::new(quit, Action::Quit, "quit", leave),
        ]);
        bindings
    }
}

pub(super) fn log() -> Vec<Binding> {
    let mut bindings = keys::moves();
    let follow = "Stops following the end, or follows it again.";
    let close = [Key::ESC, Key::char('L'), Key::char('q')];
    bindings.extend([
        Binding::of(Action::Follow, "pause/follow", follow),
        Binding::of(Action::Wrap, "wrap", "Breaks long lines, or cuts them."),
        Binding::new(close, Action::Back, "close", "Closes the log."),
        Binding::new([Key::ctrl('c')], Action::Quit, "", "Leaves the screen."),
    ]);
    bindings
}

/// What of `bindings` stands in the footer: what has a label and works.
fn shown<A>(bindings: &[Binding<A>]) -> Vec<Hint> {
    let works = |binding: &&Binding<A>| binding.why_not.is_none() && !binding.label.is_empty();
    let hint = |binding: &Binding<A>| {
        let key = binding.keys.first().map(Key::to_string).unwrap_or_default();
        (key, binding.label.clone())
    };
    bindings.iter().filter(works).map(hint).collect()
}

/// Whether one of `bindings` walks like this, now.
pub(super) fn can_go<A: PartialEq>(bindings: &[Binding<A>], step: Move) -> bool {
    let walks = |binding: &&Binding<A>| binding.action == Action::Move(step);
    bindings
        .iter()
        .find(walks)
        .is_some_and(|binding| binding.why_not.is_none())
}
