//! Where a reader stands in a block, and walking in it, row by row. Pure.

use super::block::Block;
use super::rows::Grid;

/// The row that is first on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Where its line begins in the file.
    pub line: u64,
    /// Which row of the line it is.
    pub row: usize,
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// At the end, wherever that goes.
    Following,
    /// At a place, whatever comes.
    Held(Spot),
}

impl Block {
    /// The first row of the last screenful.
    pub(super) fn last_page(&self, grid: Grid) -> Spot {
        let end = Spot {
            line: self.to(),
            row: 0,
        };
        self.up(end, grid.height, grid).0
    }

    /// `rows` rows up from `spot`, and how many of them were not there.
    pub(super) fn up(&self, spot: Spot, mut rows: usize, grid: Grid) -> (Spot, usize) {
        let mut position = self.position(spot.line).unwrap_or(self.entries.len());
        let mut row = spot.row;
        while rows > row {
            let Some(before) = position.checked_sub(1) else {
                return (
                    Spot {
                        line: self.from(),
                        row: 0,
                    },
                    rows - row,
                );
            };
            rows -= row + 1;
            position = before;
            row = grid.rows_of(&self.entries[position].line.text) - 1;
        }
        let line = self
            .entries
            .get(position)
            .map_or(self.to(), |entry| entry.offset);
        (
            Spot {
                line,
                row: row - rows,
            },
            0,
        )
    }

    /// `rows` rows down from `spot`, and how many of them were not there.
    pub(super) fn down(&self, spot: Spot, mut rows: usize, grid: Grid) -> (Spot, usize) {
        let Some(mut position) = self.position(spot.line) else {
            return (spot, rows);
        };
        let mut row = spot.row;
        loop {
            let entry = &self.entries[position];
            let left = grid.rows_of(&entry.line.text).saturating_sub(row + 1);
            if rows <= left {
                return (
                    Spot {
                        line: entry.offset,
                        row: row + rows,
                    },
                    0,
                );
            }
            if position + 1 == self.entries.len() {
                return (
                    Spot {
                        line: entry.offset,
                        row: row + left,
                    },
                    rows - left,
                );
            }
            rows -= left + 1;
            position += 1;
            row = 0;
        }
    }

    /// Whether so many rows are there below `spot`, itself included.
    pub(super) fn has_below(&self, spot: Spot, rows: usize, grid: Grid) -> bool {
        self.down(spot, rows.saturating_sub(1), grid).1 == 0
    }
}
