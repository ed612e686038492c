//! The users that are on the screen, of any number: all ids, and the rows around the selected one.
//!
//! ```text
//!   ids      ├──────────────────────────────────────────────┤   once, in their order
//!   rows                   ├────── 2 × AROUND ──────┤            read anew before the edge is seen
//! ```

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::users::store::browse::Listed;

/// How many rows on either side of the selected one are read.
const AROUND: usize = 250;
/// How many of them must be there: more than any screen is high.
const NEEDED: usize = 120;

#[derive(Debug, Default)]
pub struct Window {
    ids: Arc<Vec<i64>>,
    rows: HashMap<i64, Listed>,
    read: Range<usize>,
}

impl Window {
    pub fn length(&self) -> usize {
        self.ids.len()
    }

    pub fn ids(&self) -> &Arc<Vec<i64>> {
        &self.ids
    }

    /// The user in row `index`, if it was read and is still there.
    pub fn row(&self, index: usize) -> Option<&Listed> {
        self.rows.get(self.ids.get(index)?)
    }

    /// Takes other ids; the rows known so far are shown until others come.
    pub fn set_ids(&mut self, ids: Arc<Vec<i64>>) {
        self.ids = ids;
        self.read = 0..0;
    }

    /// Takes the rows that were asked for last.
    pub fn set_rows(&mut self, rows: Vec<Listed>) {
        self.rows = rows.into_iter().map(|row| (row.id, row)).collect();
    }

    /// The ids to read before the rows around `selected` can be shown; `None` when they were asked
    /// for already.
    pub fn wanted(&mut self, selected: usize) -> Option<Vec<i64>> {
        let around = |margin: usize| {
            selected.saturating_sub(margin)..selected.saturating_add(margin).min(self.length())
        };
        let needed = around(NEEDED);
        let there = self.read.start <= needed.start && needed.end <= self.read.end;
        if there || self.ids.is_empty() {
            return None;
        }
        self.read = around(AROUND);
        self.ids.get(self.read.clone()).map(<[i64]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_before_they_are_seen_and_not_twice() {
        let mut window = Window::default();
        assert_eq!(window.wanted(0), None);
        window.set_ids(Arc::new((0..1_000_000).collect()));
        assert_eq!(window.wanted(0).unwrap().len(), AROUND);
        assert_eq!(window.wanted(AROUND - NEEDED), None);
        let next = window.wanted(AROUND - NEEDED + 1).unwrap();
        assert!(next.contains(&250) && next.len() <= 2 * AROUND);
        let last = window.wanted(999_999).unwrap();
        assert_eq!(last.last(), Some(&999_999));
        assert_eq!(window.wanted(999_990), None);
    }
}
