//! Where a reader stands in a block, and walking in it, row by row. Pure.

use super::block::Block;
use super::rows::Grid;

/// The row that is first on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Where its line begins in the file.
    pub line: u64,
    /// Which row of the line it is.
    pub row: usize,
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScrollState {
    /// At the end, wherever that goes.
    Following,
    /// At a place, whatever comes.
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
