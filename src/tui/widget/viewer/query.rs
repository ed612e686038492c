//! What is searched for: plain text, lines that contain it, and where in them.
//!
//! A line is searched as it is shown, so that colours within a word or a progress bar's earlier
//! states neither hide a hit nor make one. Small letters find capital ones too, capital letters
//! only themselves (ASCII letters, as everywhere in logs).

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem::{Finder, FinderRev};

use crate::text::output::{self, Line};

/// A text to be found.
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

    /// What is searched for.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands in `text`, in bytes.
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
    fn highlights_stand_where_the_text_stands() {
        let query = Query::new("ab").unwrap();
        assert_eq!(query.ranges("xAB日ab"), [1..3, 6..8]);
    }
}
