//! A table of any length of which only the visible rows are ever built.
//!
//! ```text
//!     Email                     Location  Status ↓    columns drop by priority when it is narrow
//!   ▸ dev_vendor1@dkm           Dev       active   █  ▸ selected, ● marked, scroll bar
//!    ●dev_vendor2@dkm           Dev       active
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::list::List;
use super::paint;
use crate::text;
use crate::tui::theme::{Focus, Theme, Tone};

const GUTTER: u16 = 2;
const GAP: u16 = 2;

#[derive(Clone, Debug)]
pub struct Column {
    pub title: String,
    /// The fewest cells it makes sense in.
    pub least: u16,
    /// The most cells it gets where its texts are shorter.
    pub most: u16,
    /// The most cells it gets where its texts need them.
    pub limit: u16,
    /// Columns of a lower priority are dropped first; of equal ones the last.
    pub priority: u8,
    pub align: Align,
    /// Where a text that is too long is cut.
    pub cut: Cut,
}

/// Where a text that is too long is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    End,
    /// In its middle: for names, of which many begin alike.
    Middle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

impl Column {
    /// A column of text between `least` and `most` cells wide.
    pub fn new(title: &str, least: u16, most: u16, priority: u8) -> Self {
        Self {
            title: text::scrub(title),
            least,
            most: most.max(least),
            limit: most.max(least),
            priority,
            align: Align::Left,
            cut: Cut::End,
        }
    }

    /// The same column for names: up to `limit` cells wide where they are so long, and cut in their
    /// middle where there is no room for that.
    #[must_use]
    pub fn names(mut self, limit: u16) -> Self {
        self.cut = Cut::Middle;
        self.up_to(limit)
    }

    /// The same column, up to `limit` cells wide where its texts are so long.
    #[must_use]
    pub fn up_to(mut self, limit: u16) -> Self {
        self.limit = limit.max(self.most);
        self
    }

    #[must_use]
    pub fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    tone: Tone,
}

impl Field {
    pub fn toned(words: &str, tone: Tone) -> Self {
        Self {
            text: text::scrub(words),
            tone,
        }
    }
}

impl From<&str> for Field {
    fn from(words: &str) -> Self {
        Self::toned(words, Tone::Plain)
    }
}

impl From<String> for Field {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

pub struct Table<'a> {
    pub columns: &'a [Column],
    pub length: usize,
    /// Makes the fields of one row; called for visible rows only.
    pub row: &'a dyn Fn(usize) -> Vec<Field>,
    pub list: &'a List,
    pub focus: Focus,
    pub sorted: Option<(usize, Order)>,
    pub empty: &'a str,
}

impl Table<'_> {
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let body = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        let window = self.list.window(body.height, self.length);
        let scrolls = window.len() < self.length && area.width > GUTTER + 1;
        let width = area.width - u16::from(scrolls);
        let seen: Vec<Vec<Field>> = window.clone().map(self.row).collect();
        let needs = self.needs(&seen);
        let layout = layout(self.columns, &needs, width.saturating_sub(GUTTER));
        self.heading(buffer, area, &layout, theme);
        if self.length == 0 {
            let inside = paint::after(body, GUTTER);
            paint::text(
                buffer,
                inside,
                0,
                &text::scrub(self.empty),
                theme.tone(Tone::Dim),
            );
        }
        let rows = Rect { width, ..body };
        for (line, (row, fields)) in (0..body.height).zip(window.clone().zip(&seen)) {
            self.one_row(
                buffer,
                paint::row(rows, line),
                &layout,
                (row, fields),
                theme,
            );
        }
        if scrolls {
            let bar = paint::after(body, width);
            scroll_bar(
                buffer,
                bar,
                window.start,
                self.length,
                theme.tone(Tone::Dim),
            );
        }
    }

    /// How many cells each column needs for what is seen of it.
    fn needs(&self, seen: &[Vec<Field>]) -> Vec<u16> {
        let columns = self.columns.iter().enumerate();
        let need = |(index, column): (usize, &Column)| {
            let fields = seen.iter().filter_map(|row| row.get(index));
            let widest = fields.map(|field| paint::cells(&field.text)).max();
            widest.unwrap_or(0).max(paint::cells(&column.title))
        };
        columns.map(need).collect()
    }

    fn heading(&self, buffer: &mut Buffer, area: Rect, layout: &[Placed], theme: &Theme) {
        for placed in layout {
            let column = &self.columns[placed.index];
            let arrow = match self.sorted {
                Some((index, Order::Ascending)) if index == placed.index => " ↑",
                Some((index, Order::Descending)) if index == placed.index => " ↓",
                _ => "",
            };
            let title = format!("{}{arrow}", column.title);
            placed.write(buffer, area, column, &title, theme.tone(Tone::Title));
        }
    }

    fn one_row(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        layout: &[Placed],
        (row, fields): (usize, &[Field]),
        theme: &Theme,
    ) {
        let selected = row == self.list.selected();
        let marker = if selected { "▸" } else { " " };
        let mark = if self.list.marks().contains(&row) {
            "●"
        } else {
            " "
        };
        let markers = format!("{marker}{mark}");
        paint::text(buffer, line, 0, &markers, theme.tone(Tone::Accent));
        for placed in layout {
            if let Some(field) = fields.get(placed.index) {
                let column = &self.columns[placed.index];
                placed.write(buffer, line, column, &field.text, theme.tone(field.tone));
            }
        }
        if selected {
            buffer.set_style(line, theme.selected(self.focus));
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Placed {
    index: usize,
    x: u16,
    width: u16,
}

impl Placed {
    fn write(&self, buffer: &mut Buffer, line: Rect, column: &Column, words: &str, style: Style) {
        let cell = Rect {
            width: self.width,
            ..paint::after(line, self.x)
        };
        let room = usize::from(self.width);
        let fitted = match column.cut {
            Cut::End => text::fit(words, room),
            Cut::Middle => text::fit_middle(words, room),
        };
        match column.align {
            Align::Left => paint::text(buffer, cell, 0, &fitted, style),
            Align::Right => paint::text_right(buffer, cell, 0, &fitted, style),
        }
    }
}

/// Gives `width` cells to the columns that matter most: to each what it makes sense in, then what
/// its texts need, then what is left over.
fn layout(columns: &[Column], needs: &[u16], width: u16) -> Vec<Placed> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| -> u32 {
        let cells: u32 = kept
            .iter()
            .map(|&index| u32::from(columns[index].least))
            .sum();
        cells + u32::from(GAP) * u32::try_from(kept.len().saturating_sub(1)).unwrap_or(0)
    };
    while kept.len() > 1 && needed(&kept) > u32::from(width) {
        let weakest = kept
            .iter()
            .rev()
            .min_by_key(|&&index| columns[index].priority);
        let Some(&weakest) = weakest else { break };
        kept.retain(|&index| index != weakest);
    }
    let mut spare = u32::from(width).saturating_sub(needed(&kept));
    let mut widths: Vec<u16> = kept.iter().map(|&index| columns[index].least).collect();
    let mut grow = |wish: &dyn Fn(usize) -> u16| {
        for (cells, &index) in widths.iter_mut().zip(&kept) {
            let more = wish(index).saturating_sub(*cells);
            let more = u16::try_from(spare.min(more.into())).unwrap_or(more);
            spare -= u32::from(more);
            *cells += more;
        }
    };
    grow(&|index| {
        needs
            .get(index)
            .copied()
            .unwrap_or(0)
            .min(columns[index].limit)
    });
    grow(&|index| columns[index].most);
    let mut x = GUTTER;
    let mut placed = Vec::with_capacity(kept.len());
    for (index, cells) in kept.into_iter().zip(widths) {
        let cells = cells.min((width + GUTTER).saturating_sub(x));
        placed.push(Placed {
            index,
            x,
            width: cells,
        });
        x = x.saturating_add(cells + GAP);
    }
    placed
}

/// Draws where the window lies within the whole.
pub fn scroll_bar(buffer: &mut Buffer, bar: Rect, top: usize, length: usize, style: Style) {
    let height = usize::from(bar.height);
    if height == 0 || length <= height {
        return;
    }
    let thumb = (height * height / length).max(1);
    let from = top * (height - thumb) / (length - height);
    for line in 0..bar.height {
        let inside = (from..from + thumb).contains(&usize::from(line));
        let symbol = if inside { "█" } else { "│" };
        paint::text(buffer, bar, line, symbol, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_drop_by_priority_and_the_rest_grow_from_the_left() {
        let columns = [
            Column::new("Email", 10, 30, 9),
            Column::new("Location", 8, 8, 3),
            Column::new("Status", 6, 8, 5),
        ];
        let widths = |width| -> Vec<(usize, u16)> {
            let placed = layout(&columns, &[], width);
            placed
                .iter()
                .map(|placed| (placed.index, placed.width))
                .collect()
        };
        assert_eq!(widths(60), [(0, 30), (1, 8), (2, 8)]);
        assert_eq!(widths(28), [(0, 10), (1, 8), (2, 6)]);
        assert_eq!(widths(27), [(0, 19), (2, 6)]);
        assert_eq!(widths(12), [(0, 12)]);
        assert_eq!(widths(4), [(0, 4)]);
    }

    #[test]
    fn what_the_texts_need_comes_before_what_a_column_could_use() {
        let columns = [
            Column::new("Name", 6, 24, 9).names(60),
            Column::new("State", 6, 40, 5),
        ];
        let widths = |needs: [u16; 2], width| -> Vec<u16> {
            let placed = layout(&columns, &needs, width);
            placed.iter().map(|placed| placed.width).collect()
        };
        assert_eq!(widths([3, 30], 50), [18, 30]);
        assert_eq!(widths([34, 9], 50), [34, 14]);
        assert_eq!(widths([80, 9], 100), [60, 38]);
        assert_eq!(widths([34, 30], 30), [22, 6]);
    }
}
