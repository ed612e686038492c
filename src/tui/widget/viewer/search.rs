//! A search through a whole file, one piece at a time, forward or backward, around its end.
//!
//! Whoever drives it may stop between any two pieces. It needs no index, so it works while that
//! is being built; what the file grows meanwhile is left for the next search.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::query::Query;
use super::source::Source;

/// How much is searched in one step.
pub(super) const PIECE: u64 = 1024 * 1024;

/// Which way a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the end, then on from the begin.
    Forward,
    /// To the begin, then on from the end.
    Backward,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStep {
    /// Not yet; so many percent are done.
    Searching(u8),
    /// There it is.
    Found {
        /// Where its line begins.
        line: u64,
        /// Whether the search went around the end or the begin.
        around: bool,
    },
    /// Nowhere.
    Nowhere,
}

/// A search under way.
#[derive(Clone, Debug)]
pub struct SearchWork {
    source: Arc<Source>,
    query: Arc<Query>,
    way: Way,
    /// What is still to be searched: from and to.
    legs: VecDeque<(u64, u64)>,
    around: bool,
    total: u64,
}

impl SearchWork {
    /// A search through the `size` bytes of `source` from the line on that begins at `from`; going
    /// backward, from the line before.
    pub fn new(source: Arc<Source>, query: Arc<Query>, way: Way, (from, size): (u64, u64)) -> Self {
        let from = from.min(size);
        let (here, rest) = match way {
            Way::Forward => ((from, size), (0, from)),
            Way::Backward => ((0, from), (from, size)),
        };
        Self {
            source,
            query,
            way,
            legs: VecDeque::from([here, rest]),
            around: false,
            total: size,
        }
    }

    /// Searches one piece.
    pub fn step(&mut self) -> io::Result<SearchStep> {
        let Some(&(from, to)) = self.legs.front() else {
            return Ok(SearchStep::Nowhere);
        };
        if from >= to {
            self.legs.pop_front();
            self.around = true;
            return Ok(self.progress());
        }
        let (hit, rest) = match self.way {
            Way::Forward => self.forward(from, to)?,
            Way::Backward => self.backward(from, to)?,
        };
        if let Some(hit) = hit {
            return Ok(SearchStep::Found {
                line: self.source.line_start(hit)?,
                around: self.around,
            });
        }
        self.legs[0] = rest;
        Ok(self.progress())
    }

    /// Looks at the first whole lines between `from` and `to`.
    fn forward(&self, from: u64, to: u64) -> io::Result<(Option<u64>, (u64, u64))> {
        let end = to.min(from + PIECE);
        let mut bytes = self.source.read(from, end)?;
        if bytes.is_empty() {
            return Ok((None, (to, to)));
        }
        let read = bytes.len();
        let mut next = from + read as u64;
        if next < to {
            match memchr::memrchr(b'\n', &bytes) {
                Some(at) => {
                    bytes.truncate(at + 1);
                    next = from + at as u64 + 1;
                }
                // Within a line longer than a piece: pieces overlap by what could be cut in two.
                None => next -= self.overlap(read),
            }
        }
        let hit = self.query.first_in(&bytes).map(|at| from + at as u64);
        Ok((hit, (next, to)))
    }

    /// Looks at the last whole lines between `from` and `to`.
    fn backward(&self, from: u64, to: u64) -> io::Result<(Option<u64>, (u64, u64))> {
        let begin = from.max(to.saturating_sub(PIECE));
        let mut bytes = self.source.read(begin, to)?;
        let read = bytes.len();
        let mut skipped = 0;
        let mut next = begin;
        if begin > from {
            match memchr::memchr(b'\n', &bytes) {
                Some(at) if at + 1 < read => {
                    bytes.drain(..=at);
                    skipped = at as u64 + 1;
                    next = begin + skipped;
                }
                _ => next += self.overlap(read),
            }
        }
        let hit = self.query.last_in(&bytes);
        Ok((hit.map(|at| begin + skipped + at as u64), (from, next)))
    }

    /// How much of a piece of `read` bytes is looked at again; never so much that it stands still.
    fn overlap(&self, read: usize) -> u64 {
        let wanted = self.query.text().len().saturating_sub(1);
        wanted.min(read.saturating_sub(1)) as u64
    }

    fn progress(&self) -> SearchStep {
        let left: u64 = self.legs.iter().map(|(from, to)| to - from).sum();
        let done = (self.total - left.min(self.total)) * 100;
        let percent = done.checked_div(self.total).unwrap_or(100);
        SearchStep::Searching(u8::try_from(percent).unwrap_or(100))
    }
}
