//! How a push ended, as a page: the rows that were named, code, message, count, duration.

use crate::error::Failure;
use crate::pimpinan::{Report, describe};
use crate::text;
use crate::tui::theme::Tone;
use crate::tui::widget::page::{AGAIN, Rows, wrapped};

const NAMES: u16 = 12;

pub fn rows(report: &Report, width: u16) -> Rows {
    let mut rows = Rows::new();
    head(&mut rows, report, width);
    for row in &report.rows {
        let words = format!("✗ {}", describe::marked(row));
        wrapped(&mut rows, &words, Tone::Bad, 0, width);
    }
    for note in &report.notes {
        wrapped(&mut rows, &format!("! {note}"), Tone::Warn, 0, width);
    }
    if !(report.rows.is_empty() && report.notes.is_empty()) {
        rows.push((String::new(), Tone::Plain));
    }
    for (name, value) in figures(report) {
        named(&mut rows, name, &value, width);
    }
    rows.push((String::new(), Tone::Plain));
    let way_on = match report.error {
        Some(_) => AGAIN,
        None => "Esc goes back to the officials, read anew",
    };
    wrapped(&mut rows, way_on, Tone::Dim, 0, width);
    rows
}

fn head(rows: &mut Rows, report: &Report, width: u16) {
    match &report.error {
        None => {
            let words = match report.sent {
                0 => "Nothing was sent".to_owned(),
                sent => format!(
                    "✓ the central API took in {}",
                    text::plural(sent, "official")
                ),
            };
            wrapped(rows, &words, Tone::Good, 0, width);
        }
        Some(Failure { message, hint, .. }) => {
            wrapped(rows, &format!("✗ {message}"), Tone::Bad, 0, width);
            if let Some(hint) = hint {
                wrapped(rows, hint, Tone::Plain, 2, width);
            }
        }
    }
    rows.push((String::new(), Tone::Plain));
}

fn figures(report: &Report) -> Vec<(&'static str, String)> {
    let code = match report.code {
        None => "nothing was sent".to_owned(),
        Some(0) => "0 (no answer)".to_owned(),
        Some(code) => code.to_string(),
    };
    let mut figures = vec![
        ("to", report.url.clone()),
        ("code", code),
        ("message", report.message.clone()),
        ("sent", text::plural(report.sent, "official")),
        ("took", text::milliseconds(report.duration_ms)),
    ];
    if let Some(stats) = &report.stats {
        figures.push(("figures", describe::stats(stats)));
    }
    figures.extend(report.request_id.clone().map(|id| ("request", id)));
    figures
}

/// `code        200`, the value wrapped beside its name.
pub fn named(rows: &mut Rows, name: &str, value: &str, width: u16) {
    let from = rows.len();
    wrapped(rows, value, Tone::Plain, NAMES, width);
    if let Some((line, _)) = rows.get_mut(from) {
        line.replace_range(..name.len().min(usize::from(NAMES)), name);
    }
}
