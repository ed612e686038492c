//! A push report as plain text: the rows that the central API named.

use std::fmt::Write as _;

use crate::pimpinan::{Report, describe};
use crate::text::count;

/// How many rows are shown before `… and 790 more`.
const SHOWN: usize = 20;

/// What a report describes besides its sentence: nothing, where the sentence describes it all.
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    for row in report.rows.iter().take(SHOWN) {
        let _ = writeln!(text, "✗ {}", describe::marked(row));
    }
    if report.rows.len() > SHOWN {
        let _ = writeln!(
            text,
            "✗ … and {} more",
            count((report.rows.len() - SHOWN) as u64)
        );
    }
    text
}
