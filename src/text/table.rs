//! Plain tables that `grep` and `awk` can take: columns two blanks apart (`awk -F '  +'`), never an
//! empty cell, never two blanks in one, no blanks at the end of a line. And lists, of which only
//! the beginning is shown.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::{count, scrub};

/// How many lines of a list are shown before `… and 790 more`.
const SHOWN: usize = 20;

pub struct Plain {
    table: Table,
}

impl Plain {
    pub fn new(header: &[&str]) -> Self {
        let mut table = Table::new();
        let header = header.iter().map(|name| name.to_uppercase());
        table.load_preset(presets::NOTHING).set_header(header);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { table }
    }

    /// Lets figures end below each other.
    #[must_use]
    pub fn right(mut self, columns: std::ops::Range<usize>) -> Self {
        for index in columns {
            if let Some(column) = self.table.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self
    }

    /// Adds a row; texts from outside are scrubbed here.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.table
            .add_row(cells.into_iter().map(|text| cell(text.as_ref())));
    }

    /// The lines, each with its end.
    pub fn text(&self) -> String {
        let lines = self.table.lines();
        lines.fold(String::new(), |text, line| text + line.trim_end() + "\n")
    }
}

/// The text of a cell.
pub fn cell(text: &str) -> String {
    let text = scrub(text);
    let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(" ")
    }
}

/// The first of `lines`, each behind `mark`, and how many more there are.
pub fn first(mark: &str, lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let shown = lines.take(SHOWN);
    let mut text = shown.fold(String::new(), |text, line| text + mark + &line + "\n");
    if more > 0 {
        let _ = writeln!(text, "{mark}… and {} more", count(more as u64));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_can_be_told_from_the_next() {
        let mut table = Plain::new(&["run", "target", "exit"]).right(2..3);
        table.row(["c41f9a", "Dev,  Test", "0"]);
        table.row(["0b12cd", "", "11"]);
        assert_eq!(
            table.text(),
            "RUN     TARGET     EXIT\nc41f9a  Dev, Test     0\n0b12cd  -            11\n"
        );
    }

    #[test]
    fn a_long_list_ends_in_how_many_more_there_are() {
        let lines = |number: usize| (0..number).map(|number| number.to_string());
        assert_eq!(first("- ", lines(2)), "- 0\n- 1\n");
        assert!(first("- ", lines(1_100)).ends_with("\n- 19\n- … and 1 080 more\n"));
    }

    #[test]
    fn nothing_in_a_cell_ends_a_line() {
        let mut table = Plain::new(&["name"]);
        table.row(["a\nb\tc\x1b[2J"]);
        assert_eq!(table.text(), "NAME\na b c^[[2J\n");
    }
}
