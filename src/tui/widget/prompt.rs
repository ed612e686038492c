//! A line to type into: filters, searches, forms, and the figure a confirmation asks for.
//!
//! Only harmless characters get in, typed or pasted, so what is shown is what is there.

use crossterm::event::{Event, KeyCode};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use super::paint;
use crate::text;
use crate::tui::keys::Key;
use crate::tui::theme::{Theme, Tone};

const LONGEST: usize = 256;

#[derive(Clone, Debug, Default)]
pub struct Prompt {
    input: Input,
}

impl Prompt {
    pub fn value(&self) -> &str {
        self.input.value()
    }

    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Takes a key, if it is one for typing; Enter, Esc, Tab and the like are the owner's.
    pub fn take(&mut self, key: Key) -> bool {
        match key.code {
            KeyCode::Char(character) if key.modifiers.is_empty() => {
                self.insert(character);
                true
            }
            _ => self.input.handle_event(&Event::Key(key.into())).is_some(),
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
