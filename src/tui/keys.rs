//! Keys and what they do, as data: dispatch, footer, help and palette all read the same rows.
//!
//! A place of the screen returns its [`Binding`]s for every frame, so a label may name what
//! is selected and a binding that cannot be used now says why. This file knows no place.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use uuid::Uuid;

use crate::error::Error;

/// A key and what it does, for the footer.
pub type Hint = (&'static str, &'static str);

/// A step within a list or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    Top,
    Bottom,
}

/// What a key does: one grammar for the whole program, and what only one place knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action<A = Infallible> {
    Show(usize),
    Help,
    /// Finds an action by its name.
    Palette,
    Runs,
    /// Shows what this screen had to say so far.
    Log,
    Mouse,
    Suspend,
    Redraw,
    Quit,
    Move(Move),
    NextPane,
    PreviousPane,
    Filter,
    FindNext,
    FindPrevious,
    Line,
    Mark,
    /// Acts on all, or on all that were not left out.
    All,
    /// Opens what is selected, or confirms what the title names.
    Open,
    /// Goes one step back; never destructive.
    Back,
    /// Starts the work of the tab: looks, and asks before anything is written.
    Start,
    /// The same for everything there is.
    StartAll,
    Again,
    Stop,
    Undo,
    Sort,
    /// Follows a run or the end of a log, or pauses it.
    Follow,
    Wrap,
    /// Shows the payload, the output or the log.
    View,
    Pager,
    Copy,
    Export,
    /// A yes to replacing a file.
    Replace,
    /// A yes to the question about the plan of this id: exactly what was shown, or nothing.
    Confirmed(Uuid),
    /// Something only one place knows.
    Own(A),
}

impl<A> Action<A> {
    /// The key that does it wherever it can be done; none where that is up to the place.
    pub fn key(&self) -> Option<Key> {
        let letter = match self {
            Self::Open => return Some(Key::ENTER),
            Self::Back => return Some(Key::ESC),
            Self::Mark => return Some(Key::SPACE),
            Self::NextPane => return Some(Key::TAB),
            Self::PreviousPane => return Some(Key::BACK_TAB),
            Self::Redraw => return Some(Key::ctrl('l')),
            Self::Suspend => return Some(Key::ctrl('z')),
            Self::Help => '?',
            Self::Palette => ':',
            Self::Runs => 'R',
            Self::Log => 'L',
            Self::Mouse => 'M',
            Self::Quit => 'q',
            Self::Filter => '/',
            Self::FindNext => 'n',
            Self::FindPrevious => 'N',
            Self::Line => '#',
            Self::All => 'a',
            Self::Start => 's',
            Self::StartAll => 'S',
            Self::Again => 'r',
            Self::Stop => 'x',
            Self::Undo => 'u',
            Self::Sort => 'o',
            Self::Follow => 'f',
            Self::Wrap => 'w',
            Self::View => 'v',
            Self::Pager => '|',
            Self::Copy => 'y',
            Self::Export => 'e',
            Self::Show(_) | Self::Move(_) | Self::Replace | Self::Confirmed(_) | Self::Own(_) => {
                return None;
            }
        };
        Some(Key::char(letter))
    }

    /// The same where what only one place knows is a `B`.
    pub fn map<B>(self, own: impl FnOnce(A) -> B) -> Action<B> {
        match self.shared() {
            Ok(action) => action,
            Err(act) => Action::Own(own(act)),
        }
    }

    /// The same where what only one place knows is a `B`, if `own` knows it.
    pub fn try_map<B>(self, own: impl FnOnce(A) -> Option<B>) -> Option<Action<B>> {
        match self.shared() {
            Ok(action) => Some(action),
            Err(act) => own(act).map(Action::Own),
        }
    }

    /// What all places understand, or what only one knows.
    fn shared<B>(self) -> Result<Action<B>, A> {
        Ok(match self {
            Self::Show(index) => Action::Show(index),
            Self::Help => Action::Help,
            Self::Palette => Action::Palette,
            Self::Runs => Action::Runs,
            Self::Log => Action::Log,
            Self::Mouse => Action::Mouse,
            Self::Suspend => Action::Suspend,
            Self::Redraw => Action::Redraw,
            Self::Quit => Action::Quit,
            Self::Move(step) => Action::Move(step),
            Self::NextPane => Action::NextPane,
            Self::PreviousPane => Action::PreviousPane,
            Self::Filter => Action::Filter,
            Self::FindNext => Action::FindNext,
            Self::FindPrevious => Action::FindPrevious,
            Self::Line => Action::Line,
            Self::Mark => Action::Mark,
            Self::All => Action::All,
            Self::Open => Action::Open,
            Self::Back => Action::Back,
            Self::Start => Action::Start,
            Self::StartAll => Action::StartAll,
            Self::Again => Action::Again,
            Self::Stop => Action::Stop,
            Self::Undo => Action::Undo,
            Self::Sort => Action::Sort,
            Self::Follow => Action::Follow,
            Self::Wrap => Action::Wrap,
            Self::View => Action::View,
            Self::Pager => Action::Pager,
            Self::Copy => Action::Copy,
            Self::Export => Action::Export,
            Self::Replace => Action::Replace,
            Self::Confirmed(id) => Action::Confirmed(id),
            Self::Own(act) => return Err(act),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<A = Infallible> {
    /// The keys that do it; the first one is shown.
    pub keys: Vec<Key>,
    pub action: Action<A>,
    /// Its name in the footer, such as `sync Dev`; empty: only help and palette list it.
    pub label: String,
    pub description: String,
    /// Why it cannot be done now, if it cannot.
    pub why_not: Option<String>,
}

impl<A> Binding<A> {
    pub fn new(
        keys: impl IntoIterator<Item = Key>,
        action: Action<A>,
        label: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            action,
            label: label.into(),
            description: description.into(),
            why_not: None,
        }
    }

    /// A binding of the key that everywhere means `action`.
    pub fn of(action: Action<A>, label: impl Into<String>, description: impl Into<String>) -> Self {
        Self::new(action.key(), action, label, description)
    }

    /// The same where what only one place knows is a `B`.
    pub fn map<B>(self, own: impl FnOnce(A) -> B) -> Binding<B> {
        Binding {
            keys: self.keys,
            action: self.action.map(own),
            label: self.label,
            description: self.description,
            why_not: self.why_not,
        }
    }

    /// The same binding, switched off for this reason where there is one.
    #[must_use]
    pub fn unless(mut self, why_not: Option<impl Into<String>>) -> Self {
        self.why_not = why_not.map(Into::into);
        self
    }

    /// All its keys: `j Down`.
    pub fn key_names(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(Key::to_string).collect();
        names.join(" ")
    }
}

pub fn find<A>(bindings: &[Binding<A>], key: Key) -> Option<&Binding<A>> {
    bindings.iter().find(|binding| binding.keys.contains(&key))
}

pub fn moves<A>() -> Vec<Binding<A>> {
    let (up, down) = (KeyCode::PageUp, KeyCode::PageDown);
    let rows: [(&[Key], Move, &str); 8] = [
        (&[Key::char('k'), Key::UP], Move::Up, "Goes one row up."),
        (
            &[Key::char('j'), Key::DOWN],
            Move::Down,
            "Goes one row down.",
        ),
        (
            &[Key::char('g'), Key::code(KeyCode::Home)],
            Move::Top,
            "Goes to the first row.",
        ),
        (
            &[Key::char('G'), Key::code(KeyCode::End)],
            Move::Bottom,
            "Goes to the last row.",
        ),
        (
            &[Key::code(up), Key::ctrl('b')],
            Move::PageUp,
            "Goes one page up.",
        ),
        (
            &[Key::code(down), Key::ctrl('f')],
            Move::PageDown,
            "Goes one page down.",
        ),
        (&[Key::ctrl('u')], Move::HalfUp, "Goes half a page up."),
        (&[Key::ctrl('d')], Move::HalfDown, "Goes half a page down."),
    ];
    let binding = |(keys, step, description): (&[Key], _, _)| {
        Binding::new(keys.iter().copied(), Action::Move(step), "", description)
    };
    rows.into_iter().map(binding).collect()
}

/// A key as people press it: Shift is part of a letter, not beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl Key {
    pub const UP: Self = Self::code(KeyCode::Up);
    pub const DOWN: Self = Self::code(KeyCode::Down);
    pub const ENTER: Self = Self::code(KeyCode::Enter);
    pub const ESC: Self = Self::code(KeyCode::Esc);
    pub const SPACE: Self = Self::char(' ');
    pub const TAB: Self = Self::code(KeyCode::Tab);
    pub const BACK_TAB: Self = Self::code(KeyCode::BackTab);

    pub const fn char(character: char) -> Self {
        Self::code(KeyCode::Char(character))
    }

    pub const fn ctrl(character: char) -> Self {
        Self {
            code: KeyCode::Char(character),
            modifiers: KeyModifiers::CONTROL,
        }
    }

    pub const fn code(code: KeyCode) -> Self {
        Self {
            code,
            modifiers: KeyModifiers::NONE,
        }
    }

    #[must_use]
    pub const fn bare(self) -> Self {
        Self::code(self.code)
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers;
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self {
            code: event.code,
            modifiers,
        }
    }
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        Self::new(key.code, key.modifiers)
    }
}

/// The names of the keys that write nothing.
const NAMES: [(&str, KeyCode); 17] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Null", KeyCode::Null),
];

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            formatter.write_str("Ctrl-")?;
            if let KeyCode::Char(letter) = self.code {
                return write!(formatter, "{}", letter.to_ascii_uppercase());
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return formatter.write_str(name);
        }
        match self.code {
            KeyCode::Char(letter) => write!(formatter, "{letter}"),
            KeyCode::F(number) => write!(formatter, "F{number}"),
            _ => formatter.write_str("?"),
        }
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(Self::code(*code));
        }
        let (name, control) = match name.strip_prefix("Ctrl-") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let mut characters = name.chars();
        match (characters.next(), characters.next(), control) {
            (Some('F'), Some(_), false) => match name[1..].parse() {
                Ok(number @ 1..=24) => Ok(Self::code(KeyCode::F(number))),
                _ => Err(Error::usage(format!("there is no key called {name}"))),
            },
            (Some(letter), None, true) => Ok(Self::ctrl(letter.to_ascii_lowercase())),
            (Some(letter), None, false) => Ok(Self::char(letter)),
            _ => Err(Error::usage(format!("there is no key called {name}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_be_read_back_from_its_name() {
        for name in [
            "s",
            "S",
            "?",
            "Ctrl-P",
            "Enter",
            "Shift-Tab",
            "PgDn",
            "Space",
            "Esc",
            "F12",
        ] {
            let key: Key = name.parse().unwrap();
            assert_eq!(key.to_string(), name);
        }
        assert!("Hyper-X".parse::<Key>().is_err());
    }

    #[test]
    fn shift_is_part_of_a_letter() {
        let event = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::from(event), Key::char('G'));
    }
}
