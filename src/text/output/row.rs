//! One row of a terminal, as far as a line of output needs it: cells, a column, a style.
//!
//! Every character costs the same however often a line is rewritten, and a row never grows beyond
//! [`WIDEST`] cells. Knows no bytes and no sequences.

use unicode_width::UnicodeWidthChar;

use super::{Line, Part, Run, Style, WIDEST};
use crate::text;

/// How many marks one character may carry.
const MARKS: usize = 3;
/// Where tabs go.
const TAB: usize = 8;
/// No mark; and in place of a character: the right half of the wide one before.
const NONE: char = '\0';

#[derive(Clone, Copy, Debug)]
struct Cell {
    base: char,
    marks: [char; MARKS],
    style: Style,
}

impl Cell {
    const BLANK: Self = Self {
        base: ' ',
        marks: [NONE; MARKS],
        style: Style::PLAIN,
    };
}

/// A row that is being written.
#[derive(Debug, Default)]
pub(super) struct Row {
    cells: Vec<Cell>,
    column: usize,
    cut: bool,
    /// The style of what comes next.
    pub(super) style: Style,
}

impl Row {
    /// Writes a character, or what makes it visible.
    pub(super) fn put(&mut self, character: char) {
        match character {
            // ASCII, letters, arrows, boxes and blocks of one cell: nothing has to be done about them.
            ' '..='~'
            | '\u{a1}'..='\u{ac}'
            | '\u{ae}'..='\u{2ff}'
            | '\u{2190}'..='\u{2319}'
            | '\u{2500}'..='\u{25fc}' => self.cell(character, 1),
            _ if text::is_mark(character) => self.mark(character),
            _ => self.scrubbed(character),
        }
    }

    /// Goes to the begin of the row.
    pub(super) fn restart(&mut self) {
        self.column = 0;
    }

    /// Goes to the next tab stop, writing blanks.
    pub(super) fn tab(&mut self) {
        for _ in 0..TAB - self.column % TAB {
            self.cell(' ', 1);
        }
    }

    /// Erases.
    pub(super) fn erase(&mut self, part: Part) {
        if part != Part::BeforeCursor {
            self.cut = false;
        }
        match part {
            Part::AfterCursor => {
                self.part_halves(self.column);
                self.cells.truncate(self.column);
            }
            Part::BeforeCursor => {
                let end = (self.column + 1).min(self.cells.len());
                self.part_halves(end);
                self.cells[..end].fill(Cell::BLANK);
            }
            Part::All => self.cells.clear(),
        }
    }

    /// What was written.
    pub(super) fn into_line(self) -> Line {
        let mut line = Line::default();
        for cell in &self.cells {
            if cell.base != NONE {
                line.text.push(cell.base);
                line.text
                    .extend(cell.marks.iter().filter(|mark| **mark != NONE));
                extend(&mut line, cell.style);
            }
        }
        if self.cut {
            line.text.push('…');
            extend(&mut line, Style::PLAIN);
        }
        line
    }

    fn scrubbed(&mut self, character: char) {
        let mut bytes = [0; 4];
        for visible in text::scrub(character.encode_utf8(&mut bytes)).chars() {
            self.cell(visible, visible.width().unwrap_or(1).max(1));
        }
    }

    fn mark(&mut self, mark: char) {
        let Some(before) = self.column.checked_sub(1) else {
            return;
        };
        let half = self.cells.get(before).is_some_and(|cell| cell.base == NONE);
        let base = before.saturating_sub(usize::from(half));
        let free = self.cells.get_mut(base).and_then(|cell| {
            let mut marks = cell.marks.iter_mut();
            marks.find(|mark| **mark == NONE)
        });
        if let Some(free) = free {
            *free = mark;
        }
    }

    fn cell(&mut self, base: char, width: usize) {
        let end = self.column + width;
        if end > WIDEST {
            self.cut = true;
            return;
        }
        if self.cells.len() < end {
            self.cells.resize(end, Cell::BLANK);
        }
        self.part_halves(self.column);
        self.part_halves(end);
        let style = self.style;
        let whole = Cell {
            base,
            style,
            ..Cell::BLANK
        };
        self.cells[self.column] = whole;
        self.cells[self.column + 1..end].fill(Cell {
            base: NONE,
            ..whole
        });
        self.column = end;
    }

    /// Makes blanks of a wide character that stands across the edge before `column`.
    fn part_halves(&mut self, column: usize) {
        if column > 0 && self.cells.get(column).is_some_and(|cell| cell.base == NONE) {
            self.cells[column - 1] = Cell::BLANK;
            self.cells[column] = Cell::BLANK;
        }
    }
}

/// Gives what was added to the text of `line` its style.
fn extend(line: &mut Line, style: Style) {
    let end = line.text.len();
    match line.runs.last_mut() {
        Some(run) if run.style == style => run.end = end,
        _ => line.runs.push(Run { end, style }),
    }
}
