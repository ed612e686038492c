//! What the pages of several tabs are made of: wrapped lines, and a failure with its way on.

use crate::error::Failure;
use crate::text;
use crate::tui::theme::Tone;
use crate::tui::widget::paint;

pub type Rows = Vec<(String, Tone)>;

/// How one tries again.
pub const AGAIN: &str = "r tries again, with the settings as they are by then";

/// Adds `words`, broken into lines of at most `width` cells, with blanks before each.
pub fn wrapped(rows: &mut Rows, words: &str, tone: Tone, indent: u16, width: u16) {
    let blank = " ".repeat(usize::from(indent));
    for line in paint::wrap(&text::scrub(words), width.saturating_sub(indent)) {
        rows.push((format!("{blank}{line}"), tone));
    }
}

/// A failure as a page: what happened, what to do, how to try again.
pub fn failure_rows(failure: &Failure, width: u16) -> Rows {
    let mut rows = Rows::new();
    let words = format!("✗ {}", failure.message);
    wrapped(&mut rows, &words, Tone::Bad, 0, width);
    if let Some(hint) = &failure.hint {
        rows.push((String::new(), Tone::Plain));
        wrapped(&mut rows, hint, Tone::Plain, 0, width);
    }
    rows.push((String::new(), Tone::Plain));
    wrapped(&mut rows, AGAIN, Tone::Dim, 0, width);
    rows
}
