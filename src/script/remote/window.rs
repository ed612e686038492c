//! New lines of a log of which only the last 100 are ever shown.
//!
//! ```text
//!   seen before   a b c d e
//!   seen now          c d e f g     the overlap is c d e; new are f and g
//! ```

use crate::script::words;

/// How many lines a service shows.
pub const LINES: usize = 100;

/// What was seen of a log.
#[derive(Debug, Default)]
pub struct Window {
    seen: Vec<String>,
}

/// What is new in a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// The new lines.
    pub lines: Vec<String>,
    /// Whether lines may have been missed between the last look and these.
    pub gap: bool,
}

impl Window {
    /// What is said where lines may be missing.
    pub const GAP: &str = words::MISSING_LINES;

    /// The lines as they were seen last.
    pub fn lines(&self) -> &[String] {
        &self.seen
    }

    /// Looks at the log as it is now. Of lines that repeat, as few as possible are new.
    pub fn advance(&mut self, text: &str) -> Fresh {
        let now: Vec<String> = text.lines().map(str::to_owned).collect();
        let shift = (0..self.seen.len()).find(|&shift| continues(&self.seen[shift..], &now));
        let fresh = match shift {
            Some(shift) => {
                let known = self.seen.len() - shift;
                // A last line that was being written is new as a whole.
                let half = known > 0 && self.seen.last() != now.get(known - 1);
                Fresh {
                    lines: now[known - usize::from(half)..].to_vec(),
                    gap: false,
                }
            }
            None => Fresh {
                lines: now.clone(),
                // A shorter log is a whole one, begun anew.
                gap: !self.seen.is_empty() && now.len() >= LINES,
            },
        };
        self.seen = now;
        fresh
    }
}

/// Whether `now` begins with `seen`, the last line of which may have grown since.
fn continues(seen: &[String], now: &[String]) -> bool {
    let Some((last, before)) = seen.split_last() else {
        return true;
    };
    now.len() >= seen.len()
        && now[..before.len()] == *before
        && (now[before.len()] == *last
            || !last.is_empty() && now[before.len()].starts_with(last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fresh(before: &str, now: &str) -> (String, bool) {
        let mut window = Window::default();
        window.advance(before);
        let fresh = window.advance(now);
        (fresh.lines.join(" "), fresh.gap)
    }

    #[test]
    fn only_what_follows_the_overlap_is_new() {
        let table = [
            ("a\nb\nc", "a\nb\nc", "", false),
            ("a\nb\nc", "b\nc\nd\ne", "d e", false),
            ("", "a\nb", "a b", false),
            ("a\nb", "", "", false),
            ("a\nha", "a\nhalf\nb", "half b", false),
            ("a\nb", "x\ny", "x y", false),
        ];
        for (before, now, lines, gap) in table {
            assert_eq!(
                fresh(before, now),
                (lines.to_owned(), gap),
                "{before:?} {now:?}"
            );
        }
    }

    #[test]
    fn a_full_window_without_overlap_may_hide_lines() {
        let lines = |from: usize| {
            let lines: Vec<_> = (from..from + LINES).map(|line| line.to_string()).collect();
            lines.join("\n")
        };
        assert!(fresh(&lines(0), &lines(1_000)).1);
        assert_eq!(fresh(&lines(0), &lines(2)), ("100 101".to_owned(), false));
    }

    proptest! {
        #[test]
        fn distinct_lines_are_seen_once_and_in_order(steps in prop::collection::vec(0..90_usize, 1..12)) {
            let mut window = Window::default();
            let (mut written, mut seen) = (0, Vec::new());
            for step in steps {
                written += step;
                let first = written.saturating_sub(LINES);
                let text: Vec<_> = (first..written).map(|line| format!("line {line}.")).collect();
                seen.extend(window.advance(&text.join("\n")).lines);
            }
            let all: Vec<_> = (0..written).map(|line| format!("line {line}.")).collect();
            prop_assert_eq!(seen, all);
        }
    }
}
