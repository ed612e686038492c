//! Lines that came with the log, to tell whether the answer at the end says more than they did.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How many lines are remembered.
const REMEMBERED: usize = 500_000;

/// Lines known by their text, without colours and the blanks around it.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u64>);

impl Seen {
    /// Remembers a line.
    pub fn add(&mut self, line: &str) {
        if self.0.len() < REMEMBERED {
            self.0.insert(fingerprint(line));
        }
    }

    /// Whether no line was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every line of `text` that says something was seen.
    pub fn has_all(&self, text: &str) -> bool {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.all(|line| self.0.contains(&fingerprint(line)))
    }
}

/// What a line is known by again: its text without colours and blanks around it.
fn fingerprint(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = line.trim();
    let mut text = String::new();
    while let Some(start) = rest.find("\u{1b}[") {
        text.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let end = after.find(|character: char| character.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    text.push_str(rest);
    text.trim().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_blanks_make_no_other_line() {
        let mut seen = Seen::default();
        seen.add("[14:03] Dumping");
        assert!(seen.has_all("\u{1b}[1;32m[14:03] Dumping\u{1b}[0m  \n\n"));
        assert!(!seen.has_all("[14:03] Dumping\nERROR"));
    }
}
