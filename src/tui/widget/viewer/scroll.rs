//! Where a reader is in a block, and moving in it row by row. Pure.
//!
//! A line is cut into one row, or broken into several: ranges of its text, so that styles and
//! highlights can be laid over them. Breaks are between characters, never within one that is two
//! cells wide.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::block::Block;
use crate::text;

/// The row that is first on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Where its line begins in the file.
    pub line: u64,
    /// Which row of the line it is.
    pub row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScrollState {
    /// At the end of the file, as it grows.
    Following,
    /// At a place in the file.
    Held(Position),
}

impl Block {
    /// The first row of the last screenful.
    pub(super) fn last_page(&self, grid: Grid) -> Position {
        let end = Position {
            line: self.to(),
            row: 0,
        };
        self.up(end, grid.height, grid).0
    }

    /// `rows` rows up from `position`, and how many of them were not there.
    pub(super) fn up(&self, position: Position, mut rows: usize, grid: Grid) -> (Position, usize) {
        let mut index = self.position(position.line).unwrap_or(self.entries.len());
        let mut row = position.row;
        while rows > row {
            let Some(before) = index.checked_sub(1) else {
                return (
                    Position {
                        line: self.from(),
                        row: 0,
                    },
                    rows - row,
                );
            };
            rows -= row + 1;
            index = before;
            row = grid.rows_of(&self.entries[index].line.text) - 1;
        }
        let line = self
            .entries
            .get(index)
            .map_or(self.to(), |entry| entry.offset);
        (
            Position {
                line,
                row: row - rows,
            },
            0,
        )
    }

    /// `rows` rows down from `position`, and how many of them were not there.
    pub(super) fn down(
        &self,
        position: Position,
        mut rows: usize,
        grid: Grid,
    ) -> (Position, usize) {
        let Some(mut index) = self.position(position.line) else {
            return (position, rows);
        };
        let mut row = position.row;
        loop {
            let entry = &self.entries[index];
            let left = grid.rows_of(&entry.line.text).saturating_sub(row + 1);
            if rows <= left {
                return (
                    Position {
                        line: entry.offset,
                        row: row + rows,
                    },
                    0,
                );
            }
            if index + 1 == self.entries.len() {
                return (
                    Position {
                        line: entry.offset,
                        row: row + left,
                    },
                    rows - left,
                );
            }
            rows -= left + 1;
            index += 1;
            row = 0;
        }
    }

    /// Whether so many rows are there below `position`, itself included.
    pub(super) fn has_below(&self, position: Position, rows: usize, grid: Grid) -> bool {
        self.down(position, rows.saturating_sub(1), grid).1 == 0
    }
}

/// The size of the pane, and how lines fit into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// In cells.
    pub width: usize,
    /// In rows.
    pub height: usize,
    /// Whether long lines are continued below instead of cut.
    pub wraps: bool,
}

impl Grid {
    /// How many rows `text` takes.
    pub fn rows_of(&self, text: &str) -> usize {
        match (self.wraps, text.is_ascii()) {
            (false, _) => 1,
            (true, true) => text.len().div_ceil(self.width.max(1)).max(1),
            (true, false) => breaks(text, self.width).len(),
        }
    }

    /// The parts of `text` in its rows.
    pub fn rows(&self, text: &str) -> Vec<Range<usize>> {
        if self.wraps {
            return breaks(text, self.width);
        }
        let row = 0..breaks(text, self.width).first().map_or(0, |row| row.end);
        vec![row]
    }
}

/// `text` in pieces of at most `width` cells; at least one.
fn breaks(text: &str, width: usize) -> Vec<Range<usize>> {
    let width = width.max(1);
    if text.is_ascii() {
        let starts = (0..text.len().max(1)).step_by(width);
        return starts
            .map(|start| start..text.len().min(start + width))
            .collect();
    }
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let cells = text::width(grapheme);
        if used + cells > width && used > 0 {
            rows.push(start..at);
            (start, used) = (at, 0);
        }
        used += cells;
    }
    rows.push(start..text.len());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    fn grid(width: usize) -> Grid {
        Grid {
            width,
            height: 5,
            wraps: true,
        }
    }

    #[test]
    fn an_empty_line_is_a_row_too() {
        assert_eq!((grid(4).rows_of(""), grid(4).rows("").len()), (1, 1));
        assert_eq!(grid(4).rows("日本語"), [0..6, 6..9]);
        assert_eq!(grid(4).rows("12345678"), [0..4, 4..8]);
    }

    proptest! {
        #[test]
        fn rows_hold_the_whole_text_and_fit(text in "[a-z日é ]{0,40}", width in 2usize..12) {
            let rows = grid(width).rows(&text);
            prop_assert_eq!(grid(width).rows_of(&text), rows.len());
            let whole: String = rows.iter().map(|row| &text[row.clone()]).collect();
            prop_assert!(rows.iter().all(|row| text::width(&text[row.clone()]) <= width));
            prop_assert_eq!(whole, text);
        }
    }
}
