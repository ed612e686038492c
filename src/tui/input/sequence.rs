//! The escape sequences that are keys, by what stands between the introducer and the last letter.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::tui::keys::Key;

/// The key a complete sequence stands for.
pub(super) fn whole(parameters: &str, last: char) -> Option<Key> {
    if parameters == "[" {
        let number = match last {
            'A' => 1,
            'B' => 2,
            'C' => 3,
            'D' => 4,
            'E' => 5,
            _ => return None,
        };
        return Some(Key::code(KeyCode::F(number)));
    }
    let mut numbers = parameters.split(';').map(|text| text.parse::<u8>().ok());
    let first = numbers.next().flatten();
    let code = match (last, first) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', Some(1 | 7)) => KeyCode::Home,
        ('F', _) | ('~', Some(4 | 8)) => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('~', Some(2)) => KeyCode::Insert,
        ('~', Some(3)) => KeyCode::Delete,
        ('~', Some(5)) => KeyCode::PageUp,
        ('~', Some(6)) => KeyCode::PageDown,
        ('P', _) => KeyCode::F(1),
        ('Q', _) => KeyCode::F(2),
        ('R', _) => KeyCode::F(3),
        ('S', _) => KeyCode::F(4),
        // The numbers have gaps where older keyboards had other keys.
        ('~', Some(number @ 11..=15)) => KeyCode::F(number - 10),
        ('~', Some(number @ 17..=21)) => KeyCode::F(number - 11),
        ('~', Some(number @ 23..=24)) => KeyCode::F(number - 12),
        _ => return None,
    };
    // xterm counts what is held down from 1: Shift 1, Alt 2, Ctrl 4.
    let held = numbers.next().flatten().unwrap_or(1).saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, held & 4 != 0);
    Some(Key { code, modifiers })
}
