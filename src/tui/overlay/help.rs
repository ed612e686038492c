//! All keys of the current place and of the frame, searchable, with the reasons of those that do
//! nothing now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Entry, Heard, step};
use crate::tui::keys::{Key, Move};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::prompt::Prompt;

/// The width of the column of keys.
const KEYS: usize = 14;

/// The list of keys.
#[derive(Debug, Default)]
pub struct Help {
    /// What is searched for.
    pub prompt: Prompt,
    page: Page,
}

impl Help {
    /// Takes a key.
    pub fn take<A>(&mut self, key: Key) -> Heard<A> {
        if key == Key::ESC || (key == Key::char('?') && self.prompt.value().is_empty()) {
            return Heard::Close;
        }
        match step(key) {
            Some(step) => self.page.go(step),
            None if self.prompt.take(key) => {}
            None => return Heard::Nothing,
        }
        Heard::Stay
    }

    /// Scrolls.
    pub fn go(&mut self, step: Move) {
        self.page.go(step);
    }

    /// Draws the keys of `entries` that fit the search.
    pub fn draw<A>(&self, buffer: &mut Buffer, area: Rect, entries: &[Entry<A>], theme: &Theme) {
        paint::blank(buffer, area);
        let inside = Pane::new("Keys", Focus::Here)
            .remark("type to search · Esc close")
            .draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        self.prompt.draw(buffer, inside, "/ ", theme);
        let below = Rect {
            y: (inside.y + 1).min(inside.bottom()),
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let rows = self.rows(entries, below.width.saturating_sub(1));
        self.page.draw(buffer, below, &rows, theme);
    }

    fn rows<A>(&self, entries: &[Entry<A>], width: u16) -> Vec<(String, Tone)> {
        let wanted = self.prompt.value().to_lowercase();
        let mut rows = Vec::new();
        let mut heading = "";
        for entry in entries {
            let binding = &entry.binding;
            let keys = binding.key_names();
            let said = format!("{keys} {} {}", binding.label, binding.description).to_lowercase();
            if !said.contains(&wanted) {
                continue;
            }
            if heading != entry.heading {
                heading = &entry.heading;
                rows.push((heading.to_owned(), Tone::Title));
            }
            let (words, tone) = match &binding.why_not {
                Some(reason) => (
                    format!("{} Not now: {reason}", binding.description),
                    Tone::Dim,
                ),
                None => (binding.description.clone(), Tone::Plain),
            };
            let room = width.saturating_sub(u16::try_from(KEYS).unwrap_or(0) + 2);
            for (index, line) in paint::wrap(&words, room).into_iter().enumerate() {
                let left = if index == 0 { keys.as_str() } else { "" };
                rows.push((format!("  {left:<KEYS$}{line}"), tone));
            }
        }
        if rows.is_empty() {
            rows.push(("No key is called that".to_owned(), Tone::Dim));
        }
        rows
    }
}
