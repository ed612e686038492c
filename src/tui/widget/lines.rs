//! Output as it grows: follow it, stop by scrolling up, see how much came meanwhile.
//!
//! Lines are asked for by number and only those that are seen, so they may lie in memory or in a
//! file of any length. [`Backlog`] is the bounded memory kind.

use std::cell::Cell;
use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_segmentation::UnicodeSegmentation;

use super::{paint, table};
use crate::text;
use crate::tui::keys::Move;
use crate::tui::theme::{Theme, Tone};

/// A scroll position in growing output.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The first visible line; `None` follows the end.
    held: Option<usize>,
    /// How many lines there were when following stopped.
    known: usize,
    page: Cell<usize>,
    /// Whether long lines are continued below instead of cut.
    pub wraps: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            held: None,
            known: 0,
            page: Cell::new(1),
            wraps: false,
        }
    }
}

impl Reading {
    pub fn follows(&self) -> bool {
        self.held.is_none()
    }

    pub fn follow(&mut self) {
        self.held = None;
    }

    /// Stops at the line that is first now.
    pub fn pause(&mut self, length: usize) {
        let top = self.top(length);
        self.hold(top, length);
    }

    /// Shows `line`, such as a hit of a search.
    pub fn show(&mut self, line: usize, length: usize) {
        let top = line.saturating_sub(self.page.get() / 2);
        self.hold(top, length);
    }

    /// Moves; going to the end follows again.
    pub fn go(&mut self, step: Move, length: usize) {
        let page = self.page.get().max(1);
        let top = self.top(length);
        let to = match step {
            Move::Up => top.saturating_sub(1),
            Move::Down => top + 1,
            Move::PageUp => top.saturating_sub(page),
            Move::PageDown => top + page,
            Move::HalfUp => top.saturating_sub(page / 2),
            Move::HalfDown => top + page / 2,
            Move::Top => 0,
            Move::Bottom => usize::MAX,
            Move::Left | Move::Right => return,
        };
        if to >= length.saturating_sub(page) {
            self.held = None;
        } else {
            self.hold(to, length);
        }
    }

    /// How many lines came since following stopped.
    pub fn unseen(&self, length: usize) -> usize {
        match self.held {
            Some(_) => length.saturating_sub(self.known),
            None => 0,
        }
    }

    /// Says that the oldest `lines` lines are gone.
    pub fn forget(&mut self, lines: usize) {
        if let Some(held) = &mut self.held {
            *held = held.saturating_sub(lines);
            self.known = self.known.saturating_sub(lines);
        }
    }

    fn hold(&mut self, top: usize, length: usize) {
        if self.held.is_none() {
            self.known = length;
        }
        self.held = Some(top);
    }

    fn top(&self, length: usize) -> usize {
        let last = length.saturating_sub(self.page.get());
        self.held
            .map_or(last, |held| held.min(length.saturating_sub(1)))
    }

    pub fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        (length, line): (usize, &dyn Fn(usize) -> Line<'static>),
        theme: &Theme,
    ) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        self.page.set(area.height.into());
        let scrolls = length > self.page.get() && area.width > 1;
        let page = Rect {
            width: area.width - u16::from(scrolls),
            ..area
        };
        let top = self.top(length);
        if self.wraps {
            self.draw_wrapped(buffer, page, (length, line));
        } else {
            for (row, number) in (0..page.height).zip(top..length) {
                let line = line(number);
                let row = paint::row(page, row);
                let is_cut = line.width() > usize::from(row.width);
                let style = line.style;
                line.render(row, buffer);
                if is_cut {
                    let last = paint::after(row, row.width.saturating_sub(1));
                    paint::text(buffer, last, 0, "…", style);
                }
            }
        }
        if scrolls {
            let bar = paint::after(area, page.width);
            table::scroll_bar(buffer, bar, top, length, theme.tone(Tone::Dim));
        }
        let unseen = self.unseen(length);
        if unseen > 0 {
            let unseen = u64::try_from(unseen).unwrap_or(u64::MAX);
            let more = format!(" {} ↓ ", text::plural(unseen, "new line"));
            let last = paint::row(page, page.height - 1);
            paint::text_right(buffer, last, 0, &more, theme.tone(Tone::Warn));
        }
    }

    fn draw_wrapped(
        &self,
        buffer: &mut Buffer,
        page: Rect,
        (length, line): (usize, &dyn Fn(usize) -> Line<'static>),
    ) {
        let height = usize::from(page.height);
        let mut rows: VecDeque<Line<'static>> = VecDeque::new();
        if self.held.is_some() {
            for number in self.top(length)..length {
                if rows.len() >= height {
                    break;
                }
                rows.extend(broken(&line(number), page.width));
            }
        } else {
            for number in (0..length).rev() {
                if rows.len() >= height {
                    break;
                }
                for row in broken(&line(number), page.width).into_iter().rev() {
                    rows.push_front(row);
                }
            }
            rows.drain(..rows.len().saturating_sub(height));
        }
        for (row, line) in (0..page.height).zip(rows) {
            line.render(paint::row(page, row), buffer);
        }
    }
}

/// A line broken into rows of at most `width` cells, colours kept.
fn broken(line: &Line<'static>, width: u16) -> Vec<Line<'static>> {
    let mut rows = vec![Line::default()];
    let mut used = 0;
    for span in &line.spans {
        let style = line.style.patch(span.style);
        let mut piece = String::new();
        for grapheme in span.content.graphemes(true) {
            let cells = paint::cells(grapheme);
            if used + cells > width && used > 0 {
                push(&mut rows, std::mem::take(&mut piece), style);
                rows.push(Line::default());
                used = 0;
            }
            used += cells;
            piece.push_str(grapheme);
        }
        push(&mut rows, piece, style);
    }
    rows
}

fn push(rows: &mut [Line<'static>], piece: String, style: Style) {
    if let Some(row) = rows.last_mut()
        && !piece.is_empty()
    {
        row.push_span(Span::styled(piece, style));
    }
}

/// The last lines of something, at most so many.
#[derive(Clone, Debug)]
pub struct Backlog {
    lines: VecDeque<(String, Tone)>,
    most: usize,
}

impl Backlog {
    pub fn new(most: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            most: most.max(1),
        }
    }

    /// Adds a line; returns how many old ones had to go for it.
    pub fn push(&mut self, words: &str, tone: Tone) -> usize {
        self.lines.push_back((text::scrub(words), tone));
        let surplus = self.lines.len().saturating_sub(self.most);
        self.lines.drain(..surplus);
        surplus
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn words(&self, number: usize) -> &str {
        self.lines.get(number).map_or("", |(words, _)| words)
    }

    pub fn line(&self, number: usize, theme: &Theme) -> Line<'static> {
        match self.lines.get(number) {
            Some((words, tone)) => Line::styled(words.clone(), theme.tone(*tone)),
            None => Line::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn following_stops_when_one_scrolls_up_and_counts_what_comes() {
        let mut reading = Reading::default();
        reading.page.set(10);
        reading.go(Move::Up, 100);
        assert!(!reading.follows());
        assert_eq!(reading.unseen(314), 214);
        reading.go(Move::Bottom, 314);
        assert!(reading.follows());
        assert_eq!(reading.unseen(400), 0);
    }

    #[test]
    fn a_backlog_keeps_the_last_lines_and_says_what_went() {
        let mut backlog = Backlog::new(2);
        let gone: usize = ["a", "b\x1b[2J", "c"]
            .iter()
            .map(|line| backlog.push(line, Tone::Plain))
            .sum();
        assert_eq!((gone, backlog.len()), (1, 2));
        assert_eq!((backlog.words(0), backlog.words(1)), ("b^[[2J", "c"));
    }
}
