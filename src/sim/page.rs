//! One page of a listing: cut as it was asked for, then spoiled as a fault has it.
//!
//! Knows rows and counts; what a row is, and in which shape it travels, is its owner's affair.

use super::fault::Fault;

/// By how much a wrong total is wrong.
const WRONG_BY: usize = 7;

/// A page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Which page it is, counted from 1.
    pub number: usize,
    /// How many rows a page may have.
    pub size: usize,
    /// How many rows the listing has, or is said to have.
    pub total: usize,
}

impl<T: Clone> Page<T> {
    /// Page `number` of `all`, in pages of `size`.
    pub fn of(all: &[T], number: usize, size: usize) -> Self {
        let (number, size) = (number.max(1), size.max(1));
        let rows = all.chunks(size).nth(number - 1).unwrap_or_default();
        Self {
            rows: rows.to_vec(),
            number,
            size,
            total: all.len(),
        }
    }

    /// How many pages the listing has, or is said to have.
    pub fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    /// The page as `fault` has it; faults that are not a listing's change nothing.
    pub fn spoiled(mut self, fault: Fault) -> Self {
        match fault {
            Fault::ForgetPage => self.rows.clear(),
            Fault::WrongTotal => self.total += WRONG_BY,
            Fault::TotalChanges => self.total += self.number,
            Fault::ShortPage => self.rows.truncate(self.rows.len() / 2),
            Fault::DoubledRow => self.double(),
            Fault::EmptyList => {
                self.rows.clear();
                self.total = 0;
            }
            _ => {}
        }
        self
    }

    /// The count stays right where it can: a row that moved between two pages is doubled just so,
    /// and another is lost.
    fn double(&mut self) {
        let Some(first) = self.rows.first().cloned() else {
            return;
        };
        if self.rows.len() > 1 {
            self.rows.pop();
        }
        self.rows.push(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_as_asked() {
        let all: Vec<u32> = (0..7).collect();
        assert_eq!(Page::of(&all, 1, 3).rows, [0, 1, 2]);
        assert_eq!(Page::of(&all, 3, 3).rows, [6]);
        assert!(Page::of(&all, 4, 3).rows.is_empty());
        assert_eq!(Page::of(&all, 1, 3).last(), 3);
        assert_eq!(Page::<u32>::of(&[], 1, 3).last(), 1);
    }

    #[test]
    fn each_fault_spoils_one_thing() {
        let all: Vec<u32> = (0..7).collect();
        let table = [
            (Fault::ForgetPage, vec![], 7),
            (Fault::WrongTotal, vec![4, 5, 6], 7 + WRONG_BY),
            (Fault::TotalChanges, vec![4, 5, 6], 9),
            (Fault::ShortPage, vec![4], 7),
            (Fault::DoubledRow, vec![4, 5, 4], 7),
            (Fault::EmptyList, vec![], 0),
            (Fault::Reset, vec![4, 5, 6], 7),
        ];
        for (fault, rows, total) in table {
            let page = Page::of(&all[1..], 2, 3);
            let page = Page { total: 7, ..page }.spoiled(fault);
            assert_eq!((page.rows, page.total), (rows, total), "{fault}");
        }
    }

    #[test]
    fn a_lone_row_is_doubled_by_adding_it() {
        assert_eq!(Page::of(&[1], 1, 3).spoiled(Fault::DoubledRow).rows, [1, 1]);
    }
}
