//! How far something is: a bar that never runs backwards, and a line of small columns for a rate.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use crate::text;
use crate::tui::theme::{Theme, Tone};

/// Progress as it was reported, and as far as it was ever shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    done: u64,
    total: Option<u64>,
    shown_permille: u64,
}

impl Progress {
    /// Takes a report. A total that grows on the way slows the bar down, but never turns it back.
    pub fn advance(&mut self, done: u64, total: Option<u64>) {
        self.done = self.done.max(done);
        self.total = total;
        if let Some(total) = total {
            let permille = match total {
                0 => 1_000,
                _ => done.saturating_mul(1_000) / total,
            };
            self.shown_permille = self.shown_permille.max(permille.min(1_000));
        }
    }

    /// Whole percent, where a total is known.
    pub fn percent(&self) -> Option<u8> {
        self.total?;
        u8::try_from(self.shown_permille / 10).ok()
    }

    /// `6/17`, or `6` where the total is unknown.
    pub fn figures(&self) -> String {
        match self.total {
            Some(total) => format!("{}/{}", text::count(self.done), text::count(total)),
            None => text::count(self.done),
        }
    }
}

/// Draws `label ████░░░  37 %  6/17  remark` into the first row of `area`; what does not fit goes
/// from the right, the bar last.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    (label, remark): (&str, &str),
    progress: &Progress,
    theme: &Theme,
) {
    let percent = match progress.percent() {
        Some(percent) => format!(" {percent:>3} %"),
        None => format!("   {}  ", theme.spinner()),
    };
    let remarks = [progress.figures(), text::scrub(remark)];
    let permille = progress.shown_permille;
    bar(buffer, area, label, (permille, percent), &remarks, theme);
}

/// Draws the same for a percentage; the caller keeps it from running backwards.
pub fn draw_percent(
    buffer: &mut Buffer,
    area: Rect,
    label: &str,
    (percent, remarks): (u64, &[String]),
    theme: &Theme,
) {
    let percent = percent.min(100);
    let words = format!(" {percent:>3} %");
    bar(buffer, area, label, (percent * 10, words), remarks, theme);
}

fn bar(
    buffer: &mut Buffer,
    area: Rect,
    label: &str,
    (permille, percent): (u64, String),
    remarks: &[String],
    theme: &Theme,
) {
    let line = paint::row(area.intersection(buffer.area), 0);
    let label_width = (line.width / 4).min(16);
    let label_area = Rect {
        width: label_width,
        ..line
    };
    paint::text(
        buffer,
        label_area,
        0,
        &text::scrub(label),
        theme.tone(Tone::Plain),
    );
    let rest = paint::after(line, label_width + 1);
    let mut tail = percent;
    for part in remarks {
        if !part.is_empty() && paint::cells(&tail) + paint::cells(part) + 12 <= rest.width {
            tail = format!("{tail}  {part}");
        }
    }
    let bar = rest.width.saturating_sub(paint::cells(&tail));
    let drawn = blocks(permille, bar.into());
    paint::text(buffer, rest, 0, &drawn, theme.tone(Tone::Accent));
    paint::text(
        buffer,
        paint::after(rest, bar),
        0,
        &tail,
        theme.tone(Tone::Plain),
    );
}

/// A bar of so many cells: `██████░░░░`.
pub fn blocks(permille: u64, cells: usize) -> String {
    let full = u128::from(permille.min(1_000)) * cells as u128 / 1_000;
    let full = usize::try_from(full).unwrap_or(cells);
    "█".repeat(full) + &"░".repeat(cells - full)
}

/// The last values as small columns, at most `width` of them, the highest one full: `▁▂▅▇`.
pub fn sparkline(values: &[u64], width: usize) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let last = &values[values.len().saturating_sub(width)..];
    let highest = last.iter().copied().max().unwrap_or(0).max(1);
    let step = |value: &u64| {
        let index = u128::from(*value) * 7 / u128::from(highest);
        STEPS[usize::try_from(index).unwrap_or(0).min(7)]
    };
    last.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_is_drawn_from_its_last_values() {
        assert_eq!(sparkline(&[100, 0, 4, 8], 3), "▁▄█");
        assert_eq!(sparkline(&[], 3), "");
        assert_eq!(sparkline(&[0, 0], 3), "▁▁");
        assert_eq!(sparkline(&[u64::MAX], 3), "█");
    }

    proptest! {
        #[test]
        fn a_gauge_never_runs_backwards(reports in proptest::collection::vec((0u64..100, 0u64..100), 1..30)) {
            let mut progress = Progress::default();
            let mut before = 0;
            for (done, total) in reports {
                progress.advance(done, Some(total));
                let percent = progress.percent().unwrap_or(0);
                prop_assert!(percent >= before && percent <= 100);
                before = percent;
            }
        }
    }
}
