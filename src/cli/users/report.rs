//! A users report as plain text: what became of each location, and what had changed meanwhile.

use std::fmt::Write as _;

use crate::text::{count, scrub};
use crate::users::{LocationReport, Report, describe};

/// How many changed rows are shown before `… and 790 more`.
const SHOWN: usize = 20;

/// What a report says besides its sentence: nothing, where the sentence says it all.
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    let several = report.locations.len() > 1;
    for location in &report.locations {
        if several {
            let mark = if location.error.is_none() {
                "✓"
            } else {
                "✗"
            };
            let name = scrub(&location.name);
            let _ = writeln!(text, "{mark} {name}: {}", scrub(&location.message));
        }
        delta(location, &mut text);
    }
    text
}

fn delta(location: &LocationReport, text: &mut String) {
    for row in location.drift.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", describe::drifted(row));
    }
    if location.drift.len() > SHOWN {
        let more = count((location.drift.len() - SHOWN) as u64);
        let _ = writeln!(text, "  … and {more} more");
    }
}
