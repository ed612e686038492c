//! Parts of a row that stand beside one another as far as they fit, for the bars of every run.

use jiff::{SignedDuration, Timestamp};

use crate::text;
use crate::tui::tab::dapodik::runs::RunProgress;
use crate::tui::widget::{gauge, paint};

/// How many parts of the time so far the columns stand for.
const PARTS: usize = 10;
const FEWEST_PARTS: usize = 5;
/// After so long without a word it is said.
const QUIET: SignedDuration = SignedDuration::from_secs(5);

/// Adds columns of what was gained to a line, as many as fit; false where that is too few.
pub fn append_columns(line: &mut String, width: u16, gains: impl Fn(usize) -> Vec<u64>) -> bool {
    let gap = if line.is_empty() { "" } else { "  " };
    let room = width.saturating_sub(paint::cells(line) + paint::cells(gap));
    let room = usize::from(room).min(PARTS);
    if room < FEWEST_PARTS {
        return false;
    }
    line.push_str(gap);
    line.push_str(&gauge::sparkline(&gains(room), room));
    true
}

/// As many of `parts` as fit whole.
pub fn joined(parts: &[String], width: u16) -> String {
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { "  " };
        if paint::cells(&line) + paint::cells(gap) + paint::cells(part) > width {
            break;
        }
        line.push_str(gap);
        line.push_str(part);
    }
    line
}

/// `silent for 16 s`, of a run that has said nothing for a while.
pub fn silence(live: &RunProgress, now: Timestamp) -> Option<String> {
    let silent = live.progress.silent(now);
    let quiet = live.ended.is_none() && silent >= QUIET;
    quiet.then(|| format!("silent for {}", text::duration(silent)))
}
