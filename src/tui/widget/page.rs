//! A text that is complete: wrapped lines, scrolled by rows, never followed.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::Pane;
use super::{paint, table};
use crate::error::Failure;
use crate::text;
use crate::tui::keys::Move;
use crate::tui::theme::{Focus, Theme, Tone};

/// A scroll position in a page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Page {
    /// Moves; the next drawing keeps it within the text.
    pub fn go(&mut self, step: Move) {
        let height = self.height.get().max(1);
        let top = self.top.get();
        self.top.set(match step {
            Move::Up => top.saturating_sub(1),
            Move::Down => top.saturating_add(1),
            Move::PageUp => top.saturating_sub(height),
            Move::PageDown => top.saturating_add(height),
            Move::HalfUp => top.saturating_sub(height / 2),
            Move::HalfDown => top.saturating_add(height / 2),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
            Move::Left | Move::Right => top,
        });
    }

    /// Draws the page in a pane of its own, with a title and a remark; `rows` are made for a width.
    pub fn framed(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        (title, remark): (&str, &str),
        rows: &dyn Fn(u16) -> Rows,
        theme: &Theme,
    ) {
        let pane = Pane::new(title, Focus::Here).remark(remark);
        let inside = paint::after(pane.draw(buffer, area, theme), 1);
        let rows = rows(inside.width.saturating_sub(2));
        self.draw(buffer, inside, &rows, theme);
    }

    /// Draws the visible rows, and a scroll bar where there are more.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, rows: &[(String, Tone)], theme: &Theme) {
        let area = area.intersection(buffer.area);
        let height = usize::from(area.height);
        let top = self.top.get().min(rows.len().saturating_sub(height));
        self.top.set(top);
        self.height.set(height);
        let scrolls = rows.len() > height && area.width > 1;
        let text = Rect {
            width: area.width - u16::from(scrolls),
            ..area
        };
        for (row, (words, tone)) in (0..area.height).zip(&rows[top..]) {
            paint::text(buffer, text, row, words, theme.tone(*tone));
        }
        if scrolls {
            let bar = paint::after(area, text.width);
            table::scroll_bar(buffer, bar, top, rows.len(), theme.tone(Tone::Dim));
        }
    }
}

pub type Rows = Vec<(String, Tone)>;

/// How one tries again.
pub const AGAIN: &str = "r tries again, with the settings as they are by then";

/// Adds `words`, broken into lines of at most `width` cells, with blanks before each.
pub fn wrapped(rows: &mut Rows, words: &str, tone: Tone, indent: u16, width: u16) {
    let blank = " ".repeat(usize::from(indent));
    for line in paint::wrap(&text::scrub(words), width.saturating_sub(indent)) {
        rows.push((format!("{blank}{line}"), tone));
    }
}

/// A failure as a page: what happened, what to do, how to try again.
pub fn failure_rows(failure: &Failure, width: u16) -> Rows {
    let mut rows = Rows::new();
    let words = format!("✗ {}", failure.message);
    wrapped(&mut rows, &words, Tone::Bad, 0, width);
    if let Some(hint) = &failure.hint {
        rows.push((String::new(), Tone::Plain));
        wrapped(&mut rows, hint, Tone::Plain, 0, width);
    }
    rows.push((String::new(), Tone::Plain));
    wrapped(&mut rows, AGAIN, Tone::Dim, 0, width);
    rows
}
