//! Keys, pastes and the mouse: who gets them, and what is done with them. Nothing can be done with
//! the mouse alone.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::bindings::{self, can_go};
use super::{App, Command};
use crate::tui::input::Press;
use crate::tui::keys::{self, Action, Key, Move};
use crate::tui::notices::Notice;
use crate::tui::overlay::{Outcome, Overlay};
use crate::tui::tab::Protocol;
use crate::tui::tasks::Place;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Answer;
use crate::tui::widget::lines::Reading;

impl<N: Protocol> App<N> {
    /// Takes a press that was read at `read`.
    pub fn press(&mut self, press: Press, read: Instant) -> Vec<Command<N>> {
        match press {
            Press::Key(key) => self.key(key, read),
            Press::Paste(words) => self.paste(&words, read),
        }
    }

    fn key(&mut self, key: Key, read: Instant) -> Vec<Command<N>> {
        self.key_hint = None;
        // Nothing is done blindly on a screen that is too small to show it.
        if !self.has_room() {
            let leaves = key == Key::char('q') || key == Key::ctrl('c');
            return if leaves {
                vec![Command::Quit]
            } else {
                Vec::new()
            };
        }
        if let Some(dialog) = &mut self.dialog {
            if dialog.shown.is_none_or(|shown| read <= shown) {
                return Vec::new();
            }
            let (place, answer) = (dialog.place, dialog.confirm.take(key));
            return self.answer(place, answer);
        }
        if let Some(overlay) = self.overlay.take() {
            return self.overlay_key(overlay, key);
        }
        let place = self.place;
        if let Some(effects) = self.place_mut(place).and_then(|tab| tab.capture(key)) {
            return self.carry_out(place, effects);
        }
        let bindings = self.bindings();
        let Some(binding) = keys::find(&bindings, key) else {
            return match (key, place) {
                (Key::ESC, Place::Runs) => self.show(Place::Tab(self.tab)),
                (Key::ESC, _) => self.unbound("Nothing to go back from · q leaves"),
                _ if self.place(place).is_some_and(|tab| tab.typing().is_some()) => self.unbound(
                    &format!("{key} does nothing while you type · Esc goes back"),
                ),
                _ => self.unbound(&format!("{key} does nothing here · ? shows the keys")),
            };
        };
        if let Some(reason) = &binding.why_not {
            self.say(Notice::new(reason, Tone::Warn));
            return Vec::new();
        }
        self.act(place, binding.action)
    }

    fn unbound(&mut self, words: &str) -> Vec<Command<N>> {
        self.key_hint = Some((words.to_owned(), None));
        Vec::new()
    }

    fn answer(&mut self, place: Place, answer: Answer) -> Vec<Command<N>> {
        match answer {
            Answer::Open => Vec::new(),
            Answer::No => {
                self.dialog = None;
                Vec::new()
            }
            Answer::Yes(action) => {
                self.dialog = None;
                self.act(place, action.map(|never| match never {}))
            }
        }
    }

    fn overlay_key(&mut self, mut overlay: Overlay, key: Key) -> Vec<Command<N>> {
        let entries = self.entries();
        let outcome = match &mut overlay {
            Overlay::Help(help) => help.take(key),
            Overlay::Palette(palette) => palette.take(key, &entries),
            Overlay::Log(reading) => self.log_key(reading, key),
        };
        match outcome {
            Outcome::Close => Vec::new(),
            Outcome::Stay => {
                self.overlay = Some(overlay);
                Vec::new()
            }
            Outcome::Unbound => {
                self.overlay = Some(overlay);
                self.unbound(&format!("{key} does nothing here · Esc closes"))
            }
            Outcome::Refuse(reason) => {
                self.overlay = Some(overlay);
                self.say(Notice::new(&reason, Tone::Warn));
                Vec::new()
            }
            Outcome::Do(place, action) => {
                let mut commands = Vec::new();
                let place = place.unwrap_or(self.place);
                if place != self.place {
                    commands = self.show(place);
                }
                commands.extend(self.act(place, action));
                commands
            }
        }
    }

    fn log_key(&self, reading: &mut Reading, key: Key) -> Outcome<N::Act> {
        let log = self.notices.log();
        match keys::find(&bindings::log(), key).map(|binding| binding.action) {
            Some(Action::Back) => Outcome::Close,
            Some(Action::Move(step)) => {
                reading.go(step, log.len());
                Outcome::Stay
            }
            Some(Action::Wrap) => {
                reading.wraps = !reading.wraps;
                Outcome::Stay
            }
            Some(Action::Follow) if reading.follows() => {
                reading.pause(log.len());
                Outcome::Stay
            }
            Some(Action::Follow) => {
                reading.follow();
                Outcome::Stay
            }
            Some(Action::Quit) => Outcome::Do(None, Action::Quit),
            _ => Outcome::Unbound,
        }
    }

    fn paste(&mut self, words: &str, read: Instant) -> Vec<Command<N>> {
        if let Some(dialog) = &mut self.dialog {
            if dialog.shown.is_some_and(|shown| read > shown) {
                dialog.confirm.paste(words);
            }
            return Vec::new();
        }
        match &mut self.overlay {
            Some(Overlay::Help(help)) => help.prompt.paste(words),
            Some(Overlay::Palette(palette)) => palette.paste(words),
            Some(Overlay::Log(_)) => {}
            None => {
                let place = self.place;
                let effects = self.place_mut(place).map(|tab| tab.paste(words));
                return self.carry_out(place, effects.unwrap_or_default());
            }
        }
        Vec::new()
    }
}

/// How many rows a notch of the wheel is.
const NOTCH: usize = 3;

impl<N: Protocol> App<N> {
    /// Takes a mouse report; a dialog or an overlay takes none but the wheel.
    pub fn point(&mut self, mouse: MouseEvent) -> Vec<Command<N>> {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(Move::Up),
            MouseEventKind::ScrollDown => self.wheel(Move::Down),
            MouseEventKind::Down(MouseButton::Left)
                if self.dialog.is_none() && self.overlay.is_none() =>
            {
                self.click(Position::new(mouse.column, mouse.row))
            }
            _ => Vec::new(),
        }
    }

    fn click(&mut self, at: Position) -> Vec<Command<N>> {
        let areas = self.areas();
        if areas.bar.contains(at) {
            return match self.tab_at(at.x, areas.bar.width) {
                Some(index) => self.show(Place::Tab(index)),
                None => Vec::new(),
            };
        }
        if !areas.body.contains(at) {
            return Vec::new();
        }
        let place = self.place;
        let effects = self.place_mut(place).map(|tab| tab.point(at, areas.body));
        self.carry_out(place, effects.unwrap_or_default())
    }

    fn wheel(&mut self, step: Move) -> Vec<Command<N>> {
        use crate::tui::overlay::Overlay;
        let log_length = self.notices.log().len();
        match (&self.dialog, &mut self.overlay) {
            (None, Some(Overlay::Log(reading))) => {
                for _ in 0..NOTCH {
                    reading.go(step, log_length);
                }
                return Vec::new();
            }
            (None, Some(Overlay::Help(help))) => {
                for _ in 0..NOTCH {
                    help.go(step);
                }
                return Vec::new();
            }
            (Some(_), _) | (None, Some(Overlay::Palette(_))) => return Vec::new(),
            (None, None) => {}
        }
        let place = self.place;
        let mut commands = Vec::new();
        if can_go(&self.bindings(), step) {
            for _ in 0..NOTCH {
                commands.extend(self.act(place, Action::Move(step)));
            }
        }
        commands
    }
}
