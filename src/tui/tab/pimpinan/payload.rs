//! The JSON that is sent, as lines: an official begins a line, long ones go on in the next.
//!
//! Nothing is added to it and nothing left out but the line breaks.

use unicode_segmentation::UnicodeSegmentation;

use crate::error::Result;
use crate::pimpinan::Plan;
use crate::text;
use crate::tui::tab::pages::Rows;
use crate::tui::theme::Tone;

/// What stands between two officials.
const BETWEEN: &str = "},{";

/// The lines of the payload, none wider than `width`.
pub fn rows(plan: &Plan, width: u16) -> Result<Rows> {
    let payload = plan.payload()?;
    let mut rows = Rows::new();
    let mut rest = payload.as_str();
    // A text within an official may hold the same characters: then a line is only shorter.
    while let Some(at) = rest.find(BETWEEN) {
        let (line, after) = rest.split_at(at + BETWEEN.len() - 1);
        break_into(&mut rows, line, width.into());
        rest = after;
    }
    break_into(&mut rows, rest, width.into());
    Ok(rows)
}

/// Breaks between any two characters: in JSON a blank may be anything but a place to break.
fn break_into(rows: &mut Rows, words: &str, width: usize) {
    let (mut line, mut used) = (String::new(), 0);
    for grapheme in words.graphemes(true) {
        let shown = text::scrub(grapheme);
        let cells = text::width(&shown);
        if used > 0 && used + cells > width {
            rows.push((std::mem::take(&mut line), Tone::Plain));
            used = 0;
        }
        line.push_str(&shown);
        used += cells;
    }
    rows.push((line, Tone::Plain));
}
