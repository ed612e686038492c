//! A line to type into: filters, searches, forms, and the figure a confirmation asks for.
//!
//! Only harmless characters get in, typed or pasted, so what is shown is what is there.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use super::paint;
use crate::text;
use crate::tui::keys::Key;
use crate::tui::theme::{Theme, Tone};

/// The most characters one prompt takes.
const LONGEST: usize = 256;
/// How a terminal tells of `AltGr`, which writes characters.
const ALT_GR: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT);

/// A line to type into.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    input: Input,
}

impl Prompt {
    /// What stands in it.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Takes a key, if it is one for typing; Enter, Esc, Tab and the like are the owner's.
    pub fn take(&mut self, key: Key) -> bool {
        match key.code {
            KeyCode::Char(character) if key.modifiers.is_empty() || key.modifiers == ALT_GR => {
                self.insert(character);
                true
            }
            _ => editing(key).is_some_and(|request| self.input.handle(request).is_some()),
        }
    }

    /// Takes pasted text; line ends become blanks.
    pub fn paste(&mut self, words: &str) {
        for character in text::excerpt(words, LONGEST).chars() {
            self.insert(character);
        }
    }

    fn insert(&mut self, character: char) {
        let mut bytes = [0; 4];
        let typed: &str = character.encode_utf8(&mut bytes);
        if text::scrub(typed) == typed && self.value().chars().count() < LONGEST {
            self.input.handle(InputRequest::InsertChar(character));
        }
    }

    /// Draws label, text and cursor into the first row of `area`.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, label: &str, theme: &Theme) {
        let area = area.intersection(buffer.area);
        paint::text(buffer, area, 0, label, theme.tone(Tone::Accent));
        let line = paint::after(paint::row(area, 0), paint::cells(label));
        if line.is_empty() {
            return;
        }
        let room = usize::from(line.width) - 1;
        let before = self.input.visual_cursor();
        let mut skip = before.saturating_sub(room);
        let mut shown = String::new();
        for grapheme in self.value().graphemes(true) {
            if skip > 0 {
                skip = skip.saturating_sub(text::width(grapheme));
            } else {
                shown.push_str(grapheme);
            }
        }
        paint::text(buffer, line, 0, &shown, theme.tone(Tone::Plain));
        let column = u16::try_from(before.min(room)).unwrap_or(0);
        if let Some(cell) = buffer.cell_mut((line.x + column, line.y)) {
            cell.modifier.insert(Modifier::REVERSED);
        }
    }
}

/// The keys of readline, as far as people know them.
fn editing(key: Key) -> Option<InputRequest> {
    const NONE: KeyModifiers = KeyModifiers::NONE;
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    const META: KeyModifiers = KeyModifiers::META;
    Some(match (key.code, key.modifiers) {
        (KeyCode::Backspace, NONE) | (KeyCode::Char('h'), CTRL) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, NONE) => InputRequest::DeleteNextChar,
        (KeyCode::Left, NONE) | (KeyCode::Char('b'), CTRL) => InputRequest::GoToPrevChar,
        (KeyCode::Left, CTRL) | (KeyCode::Char('b'), META) => InputRequest::GoToPrevWord,
        (KeyCode::Right, NONE) | (KeyCode::Char('f'), CTRL) => InputRequest::GoToNextChar,
        (KeyCode::Right, CTRL) | (KeyCode::Char('f'), META) => InputRequest::GoToNextWord,
        (KeyCode::Char('u'), CTRL) => InputRequest::DeleteLine,
        (KeyCode::Char('w'), CTRL)
        | (KeyCode::Char('d'), META)
        | (KeyCode::Backspace, META | ALT) => InputRequest::DeletePrevWord,
        (KeyCode::Delete, CTRL) => InputRequest::DeleteNextWord,
        (KeyCode::Char('k'), CTRL) => InputRequest::DeleteTillEnd,
        (KeyCode::Char('y'), CTRL) => InputRequest::Yank,
        (KeyCode::Char('a'), CTRL) | (KeyCode::Home, NONE) => InputRequest::GoToStart,
        (KeyCode::Char('e'), CTRL) | (KeyCode::End, NONE) => InputRequest::GoToEnd,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_becomes_one_harmless_line() {
        let mut prompt = Prompt::default();
        prompt.paste("de\x1b[2Jv\nx\u{202e}");
        assert_eq!(prompt.value(), "de^[[2Jv x<202e>");
    }

    #[test]
    fn keys_that_mean_something_else_are_left_to_the_owner() {
        let mut prompt = Prompt::default();
        for key in [Key::ENTER, Key::ESC, Key::TAB, Key::UP] {
            assert!(!prompt.take(key), "{key}");
        }
        assert!(prompt.take(Key::char('\u{202e}')));
        assert_eq!(prompt.value(), "");
    }
}
