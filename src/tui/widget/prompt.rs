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

use crate::text;
use crate::tui::keys::{Hint, Key};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::paint;

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

// The line that narrows a list: typed into after `/`, kept by Enter, emptied by Esc.
//
// The arrow keys still move in the list.

#[derive(Clone, Debug, Default)]
pub struct Filter {
    prompt: Prompt,
    typing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Changed,
    Same,
}

impl Filter {
    pub fn open(&mut self) {
        self.typing = true;
    }

    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// What the keys do while it is typed into.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        self.typing.then(|| {
            vec![
                ("a–z", "narrow"),
                ("Enter", "keep"),
                ("Up Down", "rows"),
                ("Esc", "show all"),
            ]
        })
    }

    pub fn is_on(&self) -> bool {
        self.typing || !self.words().is_empty()
    }

    pub fn words(&self) -> &str {
        self.prompt.value()
    }

    /// Empties it; says whether there was anything.
    pub fn clear(&mut self) -> bool {
        let had = !self.words().is_empty();
        self.prompt.clear();
        self.typing = false;
        had
    }

    /// Takes a key; `None` when it is not typed into, or the key is not for typing.
    pub fn take(&mut self, key: Key) -> Option<Typed> {
        if !self.typing {
            return None;
        }
        let before = self.words().to_owned();
        match key {
            Key::ESC => {
                self.clear();
            }
            Key::ENTER => self.typing = false,
            key if self.prompt.take(key) => {}
            _ => return None,
        }
        Some(if self.words() == before {
            Typed::Same
        } else {
            Typed::Changed
        })
    }

    /// Takes pasted text while it is typed into.
    pub fn paste(&mut self, words: &str) -> Option<Typed> {
        self.typing.then(|| {
            self.prompt.paste(words);
            Typed::Changed
        })
    }

    /// Whether `row` passes: any of its texts contains the words, upper or lower case alike.
    pub fn passes<'a>(&self, row: impl IntoIterator<Item = &'a str>) -> bool {
        let words = self.words().trim().to_lowercase();
        words.is_empty()
            || row
                .into_iter()
                .any(|text| text.to_lowercase().contains(&words))
    }

    /// Draws it into the first row of `area`, if it is on; returns what is left.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        if !self.is_on() {
            return area;
        }
        if self.typing {
            self.prompt.draw(buffer, area, "/ ", theme);
        } else {
            let words = format!("/ {}", text::scrub(self.words()));
            paint::text(buffer, area, 0, &words, theme.tone(Tone::Accent));
        }
        Rect {
            y: area.y.saturating_add(1).min(area.bottom()),
            height: area.height.saturating_sub(1),
            ..area
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

    #[test]
    fn it_narrows_while_typed_stays_after_enter_and_goes_with_esc() {
        let mut filter = Filter::default();
        assert_eq!(filter.take(Key::char('x')), None);
        filter.open();
        assert_eq!(filter.take(Key::char('D')), Some(Typed::Changed));
        assert_eq!(filter.take(Key::DOWN), None);
        assert!(filter.passes(["dev"]) && !filter.passes(["test"]));
        assert_eq!(filter.take(Key::ENTER), Some(Typed::Same));
        assert!(filter.is_on() && !filter.is_typing());
        filter.open();
        assert_eq!(filter.take(Key::ESC), Some(Typed::Changed));
        assert!(!filter.is_on());
    }
}
