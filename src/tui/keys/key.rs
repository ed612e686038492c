//! One key, and its name for people and tests: `s`, `Enter`, `Ctrl-P`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::error::Error;

/// A key as people press it: Shift is part of a letter, not beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// What was held down meanwhile.
    pub modifiers: KeyModifiers,
}

impl Key {
    /// The up arrow.
    pub const UP: Self = Self::code(KeyCode::Up);
    /// The down arrow.
    pub const DOWN: Self = Self::code(KeyCode::Down);
    /// Return.
    pub const ENTER: Self = Self::code(KeyCode::Enter);
    /// Escape.
    pub const ESC: Self = Self::code(KeyCode::Esc);
    /// The space bar.
    pub const SPACE: Self = Self::char(' ');
    /// Tab.
    pub const TAB: Self = Self::code(KeyCode::Tab);
    /// Tab with Shift.
    pub const BACK_TAB: Self = Self::code(KeyCode::BackTab);

    /// The key that writes `character`.
    pub const fn char(character: char) -> Self {
        Self::code(KeyCode::Char(character))
    }

    /// `character` with Ctrl.
    pub const fn ctrl(character: char) -> Self {
        Self {
            code: KeyCode::Char(character),
            modifiers: KeyModifiers::CONTROL,
        }
    }

    /// A key without anything held down.
    pub const fn code(code: KeyCode) -> Self {
        Self {
            code,
            modifiers: KeyModifiers::NONE,
        }
    }

    /// The same key without what was held down.
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
