//! The rows on the screen: a script's colours, highlights over them, what is new, what is typed.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::Viewer;
use super::block::{Block, Entry};
use super::walk::Unseen;
use super::watch::WatchError;
use crate::text::output::{self, Colour, Emphasis};
use crate::text::plural;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::{paint, table};

/// The colours every terminal has, in their order.
const BASIC: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

impl Viewer {
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let typing = u16::from(self.typing.is_some() && area.height > 1);
        let page = Rect {
            width: area.width - u16::from(area.width > 1),
            height: area.height - typing,
            ..area
        };
        self.size.set((page.width, page.height));
        match &self.block {
            Some(block) if !block.entries.is_empty() => {
                self.draw_block(buffer, page, block, theme);
                self.draw_bar(
                    buffer,
                    paint::after(area, page.width),
                    page.height,
                    block,
                    theme,
                );
            }
            _ => {
                let rows = paint::wrap(&self.why_empty(), page.width);
                for (row, line) in (0..page.height).zip(rows) {
                    paint::text(buffer, page, row, &line, theme.tone(Tone::Dim));
                }
            }
        }
        let new_lines = match self.unseen() {
            Unseen::Nothing => None,
            Unseen::Lines(count) => Some(format!(" {} ↓ ", plural(count, "new line"))),
            Unseen::Uncounted => Some(" new lines ↓ ".to_owned()),
        };
        if let Some(words) = new_lines {
            let row = paint::row(page, page.height - 1);
            let style = theme.tone(Tone::Warn).add_modifier(Modifier::REVERSED);
            paint::text_right(buffer, row, 0, &words, style);
        }
        if let Some((typing, prompt)) = &self.typing {
            let row = paint::row(area, area.height - 1);
            paint::blank(buffer, row);
            prompt.draw(buffer, row, typing.label(), theme);
        }
    }

    fn why_empty(&self) -> String {
        let path = self.path.display();
        match (&self.error, &self.block) {
            (Some(WatchError::Missing), _) => {
                format!("{path} is not there yet; it will show up here when it is")
            }
            (Some(WatchError::Unreadable(why)), _) => format!("Cannot read {path}: {why}"),
            (None, Some(_)) => "Nothing was written so far".to_owned(),
            (None, None) => "Opening…".to_owned(),
        }
    }

    fn draw_block(&self, buffer: &mut Buffer, page: Rect, block: &Block, theme: &Theme) {
        let (top, grid) = (self.top(block), self.grid());
        let from = block.position(top.line).unwrap_or(0);
        let mut skip = top.row;
        let mut row = 0;
        for entry in &block.entries[from..] {
            let pieces = self.pieces(entry, theme);
            for range in grid.rows(&entry.line.text).into_iter().skip(skip) {
                if row >= page.height {
                    return;
                }
                let line = paint::row(page, row);
                draw_row(buffer, line, (&entry.line.text, range.clone()), &pieces);
                if range.end < entry.line.text.len() && !self.wraps {
                    let last = paint::after(line, line.width - 1);
                    paint::text(buffer, last, 0, "…", theme.tone(Tone::Dim));
                }
                row += 1;
            }
            skip = 0;
        }
    }

    /// The parts of a line with their styles, hits reversed.
    fn pieces(&self, entry: &Entry, theme: &Theme) -> Vec<(Range<usize>, Style)> {
        let hits = self
            .search
            .query
            .as_deref()
            .map(|query| query.ranges(&entry.line.text));
        let hits = hits.unwrap_or_default();
        let here = self.search.hit == Some(entry.offset);
        let tone = if here { Tone::Accent } else { Tone::Warn };
        let hit_style = theme.tone(tone).add_modifier(Modifier::REVERSED);
        let mut pieces = Vec::new();
        for (range, style) in entry.line.pieces() {
            let style = in_ratatui(style);
            let mut at = range.start;
            for hit in hits
                .iter()
                .filter(|hit| hit.end > range.start && hit.start < range.end)
            {
                let (start, end) = (hit.start.max(at), hit.end.min(range.end));
                pieces.push((at..start, style));
                pieces.push((start..end, hit_style));
                at = end;
            }
            pieces.push((at..range.end, style));
        }
        pieces
    }

    /// Where the screen is within the file, by bytes.
    fn draw_bar(&self, buffer: &mut Buffer, bar: Rect, height: u16, block: &Block, theme: &Theme) {
        let bar = Rect {
            height: height.min(bar.height),
            ..bar
        };
        let size = self
            .seen
            .as_ref()
            .map_or(block.size, |seen| seen.size.max(1));
        let steps = usize::from(height) * 1_000;
        let place = |offset: u64| {
            let part = u128::from(offset) * steps as u128 / u128::from(size);
            usize::try_from(part).unwrap_or(steps).min(steps)
        };
        let (grid, top) = (self.grid(), self.top(block));
        let below = block.down(top, grid.height, grid);
        if top.line == 0 && below.1 > 0 && block.is_last() {
            return;
        }
        let top = if self.follows() {
            steps
        } else {
            place(top.line)
        };
        let most = steps.saturating_sub(usize::from(height));
        table::scroll_bar(buffer, bar, top.min(most), steps, theme.tone(Tone::Dim));
    }
}

/// Draws the part of a line that is in one row.
fn draw_row(
    buffer: &mut Buffer,
    line: Rect,
    (text, range): (&str, Range<usize>),
    pieces: &[(Range<usize>, Style)],
) {
    let mut x = line.x;
    for (piece, style) in pieces {
        let (start, end) = (piece.start.max(range.start), piece.end.min(range.end));
        let Some(words) = text.get(start..end) else {
            continue;
        };
        let room = usize::from(line.right().saturating_sub(x));
        (x, _) = buffer.set_stringn(x, line.y, words, room, *style);
    }
}

fn in_ratatui(style: output::Style) -> Style {
    let colour = |colour: Colour| match colour {
        Colour::Basic(number) => BASIC[usize::from(number & 15)],
        Colour::Indexed(index) => Color::Indexed(index),
        Colour::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    };
    let modifiers = [
        (Emphasis::BOLD, Modifier::BOLD),
        (Emphasis::DIM, Modifier::DIM),
        (Emphasis::ITALIC, Modifier::ITALIC),
        (Emphasis::UNDERLINED, Modifier::UNDERLINED),
        (Emphasis::REVERSED, Modifier::REVERSED),
    ];
    let mut drawn = Style {
        fg: style.text.map(colour),
        bg: style.ground.map(colour),
        ..Style::new()
    };
    for (emphasis, modifier) in modifiers {
        if style.emphasis.has(emphasis) {
            drawn = drawn.add_modifier(modifier);
        }
    }
    drawn
}
