//! The line that narrows a list: typed into after `/`, kept by Enter, emptied by Esc.
//!
//! The arrow keys still move in the list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use super::prompt::Prompt;
use crate::text;
use crate::tui::keys::Key;
use crate::tui::tab::Hint;
use crate::tui::theme::{Theme, Tone};

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
