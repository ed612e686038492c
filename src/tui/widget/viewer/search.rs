//! Searching: what is searched for, the search through the file, and the hits on the screen.
//!
//! A line is searched as it is shown, so that colours within a word or a progress bar's earlier
//! states neither hide a hit nor make one. Small letters find capital ones too, capital letters
//! only themselves (ASCII letters, as everywhere in logs).
//!
//! The file is searched one piece at a time, forward or backward, around its end; it may stop between
//! any two pieces. It needs no index, so it works while that is being built; what the file grows
//! meanwhile is left for the next search.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::{Finder, FinderRev};

use super::block::{Anchor, Block};
use super::source::Source;
use super::{Ask, NO_FILE, NO_QUERY, Viewer};
use crate::text::output::{self, Line};
use crate::tui::notices::Notice;
use crate::tui::theme::Tone;

/// The search of a viewer.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) query: Option<Arc<Query>>,
    /// Where the line of the last hit begins.
    pub(super) hit: Option<u64>,
    /// How many percent are searched, while a search is under way.
    pub(super) searching: Option<u8>,
    way: Option<Way>,
}

impl Viewer {
    /// Searches for `text` from the first line on the screen on; for nothing: shows no hits.
    pub(super) fn search_for(&mut self, text: &str) -> Vec<Ask> {
        self.search = Search {
            query: Query::new(text).map(Arc::new),
            ..Search::default()
        };
        match self.search.query {
            Some(_) => self.find(Way::Forward),
            None => vec![Ask::EndSearch],
        }
    }

    /// Goes to the next hit, or the one before.
    pub(super) fn find(&mut self, way: Way) -> Vec<Ask> {
        let Some(query) = self.search.query.clone() else {
            return Self::say(NO_QUERY);
        };
        let (Some(seen), Some(block)) = (&self.seen, &self.block) else {
            return Self::say(NO_FILE);
        };
        let hit = self.search.hit.filter(|hit| self.is_visible(block, *hit));
        let from = match (hit, way) {
            (Some(hit), Way::Backward) => hit,
            (Some(hit), Way::Forward) => {
                let entry = block.position(hit).and_then(|at| block.entries.get(at));
                entry.map_or(hit, |entry| entry.end)
            }
            (None, _) => self.top(block).line,
        };
        let size = seen.size.max(block.size);
        let search = SearchWork::new(Arc::clone(&seen.source), query, way, (from, size));
        self.search.searching = Some(0);
        self.search.way = Some(way);
        vec![Ask::Search(search)]
    }

    /// Stops searching; when nothing is searched, forgets the hits.
    pub(super) fn search_less(&mut self) -> Vec<Ask> {
        if self.search.searching.take().is_none() {
            self.search = Search::default();
        }
        vec![Ask::EndSearch]
    }

    pub(super) fn take_search_step(&mut self, step: SearchStep) -> Vec<Ask> {
        match step {
            SearchStep::Searching(percent) => {
                self.search.searching = Some(percent);
                Vec::new()
            }
            SearchStep::Nowhere => {
                self.search.searching = None;
                match &self.search.query {
                    Some(query) => Self::say(&format!("“{}” is in no line", query.text)),
                    None => Vec::new(),
                }
            }
            SearchStep::Found { line, around } => {
                self.search.searching = None;
                self.search.hit = Some(line);
                self.hold_here();
                let visible = self
                    .block
                    .as_ref()
                    .is_some_and(|block| self.is_visible(block, line));
                if !visible {
                    self.show(Anchor::Offset(line), self.grid().height / 3);
                }
                if !around {
                    return Vec::new();
                }
                let words = match self.search.way {
                    Some(Way::Forward) => "searched to the end, continued from the beginning",
                    _ => "searched to the beginning, continued from the end",
                };
                vec![Ask::Say(Notice::new(words, Tone::Plain))]
            }
        }
    }

    /// Whether the line at `offset` is on the screen.
    fn is_visible(&self, block: &Block, offset: u64) -> bool {
        let (top, grid) = (self.top(block), self.grid());
        let (bottom, _) = block.down(top, grid.height - 1, grid);
        block.position(offset).is_some() && (top.line..=bottom.line).contains(&offset)
    }
}

#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    folds: bool,
    first: Finder<'static>,
    last: FinderRev<'static>,
}

impl Query {
    /// A query for `text`; none for the empty one.
    pub fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let folds = !text.chars().any(|character| character.is_ascii_uppercase());
        Some(Self {
            text: text.to_owned(),
            folds,
            first: Finder::new(text).into_owned(),
            last: FinderRev::new(text).into_owned(),
        })
    }

    /// The byte ranges of its hits in `text`.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let folded = self.fold(text.as_bytes());
        let starts = self.first.find_iter(&folded);
        starts.map(|start| start..start + self.text.len()).collect()
    }

    /// The first line of `bytes` that contains it, as the offset of a byte in it.
    pub fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        if is_plain_text(bytes) {
            return self.first.find(&self.fold(bytes));
        }
        let mut start = 0;
        while start < bytes.len() {
            let rest = &bytes[start..];
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if self.is_in(&rest[..end]) {
                return Some(start);
            }
            start += end + 1;
        }
        None
    }

    /// The last line of `bytes` that contains it, as the offset of a byte in it.
    pub fn last_in(&self, bytes: &[u8]) -> Option<usize> {
        if is_plain_text(bytes) {
            return self.last.rfind(self.fold(bytes));
        }
        let mut end = bytes.len();
        loop {
            let start = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |at| at + 1);
            if self.is_in(&bytes[start..end]) {
                return Some(start);
            }
            end = start.checked_sub(1)?;
        }
    }

    fn is_in(&self, line: &[u8]) -> bool {
        if output::is_plain(line) {
            self.first.find(&self.fold(line)).is_some()
        } else {
            let shown = Line::new(line).text;
            self.first.find(&self.fold(shown.as_bytes())).is_some()
        }
    }

    fn fold<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.folds {
            Cow::Owned(bytes.to_ascii_lowercase())
        } else {
            Cow::Borrowed(bytes)
        }
    }
}

/// Whether all lines of `bytes` are shown as they are, so that they can be searched at once.
fn is_plain_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
}

/// How much is searched in one step.
pub(super) const PIECE: u64 = 1024 * 1024;

/// Which way a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the end, then from the beginning.
    Forward,
    /// To the beginning, then from the end.
    Backward,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStep {
    /// Not found yet; in percent.
    Searching(u8),
    Found {
        /// Where its line begins.
        line: u64,
        /// Whether the search went past the end or the beginning.
        around: bool,
    },
    Nowhere,
}

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

    /// How much of a piece of `read` bytes is searched again; always less than the piece.
    fn overlap(&self, read: usize) -> u64 {
        let wanted = self.query.text.len().saturating_sub(1);
        wanted.min(read.saturating_sub(1)) as u64
    }

    fn progress(&self) -> SearchStep {
        let left: u64 = self.legs.iter().map(|(from, to)| to - from).sum();
        let done = (self.total - left.min(self.total)) * 100;
        let percent = done.checked_div(self.total).unwrap_or(100);
        SearchStep::Searching(u8::try_from(percent).unwrap_or(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn found(query: &str, text: &[u8]) -> (Option<usize>, Option<usize>) {
        let query = Query::new(query).unwrap();
        (query.first_in(text), query.last_in(text))
    }

    #[test]
    fn small_letters_find_capital_ones_and_not_the_other_way_round() {
        assert_eq!(found("error", b"an Error\nERROR\nok"), (Some(3), Some(9)));
        assert_eq!(found("ERROR", b"an error\nERROR\nok"), (Some(9), Some(9)));
        assert_eq!(found("none", b"an error\n"), (None, None));
    }

    #[test]
    fn a_line_is_searched_as_it_is_shown() {
        assert_eq!(
            found("error", b"a\n\x1b[31mER\x1b[1mROR\x1b[0m\n"),
            (Some(2), Some(2))
        );
        assert_eq!(found("31m", b"\x1b[31mred\x1b[0m"), (None, None));
        assert_eq!(found("10 %", b" 10 %\r 90 %\n"), (None, None));
        assert_eq!(found("90 %", b"x\n 10 %\r 90 %\n"), (Some(2), Some(2)));
    }

    #[test]
    fn highlights_are_where_the_text_is() {
        let query = Query::new("ab").unwrap();
        assert_eq!(query.ranges("xAB日ab"), [1..3, 6..8]);
    }
}
