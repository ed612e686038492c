//! A Dapodik report as plain text: what is missing, row by row.

use std::fmt::Write as _;

use crate::dapodik::Report;
use crate::dapodik::model::Finding;
use crate::text::{count, scrub};

/// How many rows of a kind are shown before `… and 790 more`.
const SHOWN: usize = 20;

/// What a report says besides its sentence: nothing, where the sentence says it all.
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    list("✗", &report.kecamatan.failed, &mut text);
    list("✗", &report.skipped, &mut text);
    let remarks = [
        &report.without_ptk,
        &report.no_longer_listed,
        &report.fewer_ptk,
    ];
    for rows in remarks {
        list("!", rows, &mut text);
    }
    text
}

fn list(sign: &str, rows: &[Finding], text: &mut String) {
    for row in rows.iter().take(SHOWN) {
        let _ = writeln!(text, "{sign} {}: {}", scrub(&row.label), scrub(&row.reason));
    }
    if rows.len() > SHOWN {
        let more = count((rows.len() - SHOWN) as u64);
        let _ = writeln!(text, "… and {more} more");
    }
}
