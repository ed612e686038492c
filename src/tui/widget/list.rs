//! What is selected in a list, what is marked, and which part of it was on the screen.
//!
//! The first visible row depends on the height of the pane, which only a drawing knows; it is kept
//! in cells that a drawing sets, so that drawing needs no `&mut` of a tab.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::tui::keys::Move;

#[derive(Clone, Debug, Default)]
pub struct List {
    selected: usize,
    marks: BTreeSet<usize>,
    top: Cell<usize>,
    page: Cell<usize>,
}

impl List {
    pub fn selected(&self) -> usize {
        self.selected
    }

    pub fn marks(&self) -> &BTreeSet<usize> {
        &self.marks
    }

    /// Selects `row` of `length` rows, or the last one.
    pub fn select(&mut self, row: usize, length: usize) {
        self.selected = row.min(length.saturating_sub(1));
    }

    pub fn toggle_mark(&mut self, row: usize) {
        if !self.marks.remove(&row) {
            self.marks.insert(row);
        }
    }

    pub fn mark_only(&mut self, rows: impl IntoIterator<Item = usize>) {
        self.marks = rows.into_iter().collect();
    }

    pub fn go(&mut self, step: Move, length: usize) {
        let page = self.page.get().max(1);
        let half = (page / 2).max(1);
        let row = match step {
            Move::Up => self.selected.saturating_sub(1),
            Move::Down => self.selected.saturating_add(1),
            Move::PageUp => self.selected.saturating_sub(page),
            Move::PageDown => self.selected.saturating_add(page),
            Move::HalfUp => self.selected.saturating_sub(half),
            Move::HalfDown => self.selected.saturating_add(half),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
            Move::Left | Move::Right => self.selected,
        };
        self.select(row, length);
    }

    /// The row in line `line` of the last drawing, for a click.
    pub fn row_at(&self, line: u16, length: usize) -> Option<usize> {
        let row = self.top.get() + usize::from(line);
        (row < length && usize::from(line) < self.page.get()).then_some(row)
    }

    /// The rows to draw into `height` lines: as few as possible are scrolled, the selected one is
    /// among them, and no line stays empty while there are rows above.
    pub fn window(&self, height: u16, length: usize) -> Range<usize> {
        let height = usize::from(height);
        self.page.set(height);
        let selected = self.selected.min(length.saturating_sub(1));
        let lowest = (selected + 1).saturating_sub(height);
        let top = self
            .top
            .get()
            .clamp(lowest, selected.max(lowest))
            .min(length.saturating_sub(height));
        self.top.set(top);
        top..length.min(top + height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_selected_row_is_always_in_the_window(
            length in 0usize..60, height in 0u16..20, steps in proptest::collection::vec(0usize..10, 0..40),
        ) {
            let moves = [
                Move::Up, Move::Down, Move::PageUp, Move::PageDown, Move::HalfUp, Move::HalfDown,
                Move::Top, Move::Bottom, Move::Left, Move::Right,
            ];
            let mut list = List::default();
            for step in steps {
                list.go(moves[step], length);
                let window = list.window(height, length);
                prop_assert!(window.len() == length.min(height.into()));
                if !window.is_empty() {
                    prop_assert!(window.contains(&list.selected()));
                }
            }
        }
    }
}
