//! The bars of our own work: how far the whole is, how fast, at which pace the portal is asked.
//!
//! ```text
//!   all  ████████░░░░░░░░░  41 %  7/17 kecamatan
//!   312/765 schools  3 712 PTK  4.1 schools/s  49 PTK/s  ▁▅▅▆█▆▆▅
//!   ✗ 1 failed  retries 3  10 at once, 180 a second  ETA 14 s (11 to 16 s)
//! ```
//! In a narrow pane each group has a row of its own, what matters most first.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::parts::{self, append_columns, joined};
use crate::dapodik::eta;
use crate::dapodik::sync::speed::PerSecond;
use crate::text::{self, count};
use crate::tui::tab::dapodik::runs::RunProgress;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::{gauge, paint};

/// From so many cells on the groups share rows.
const ROOMY: u16 = 70;
/// A speed from here on is told without its fraction.
const FAST: f64 = 10.0;

type Parts = Vec<(String, Tone)>;

/// How many rows the bars take in a pane of this width, with its border and a blank on either side.
pub(super) fn height(width: u16) -> u16 {
    if is_roomy(width.saturating_sub(4)) {
        5
    } else {
        8
    }
}

fn is_roomy(width: u16) -> bool {
    width >= ROOMY
}

/// Draws the bars into `inside`; `retries` is how often the portal was asked again.
pub(super) fn draw(
    buffer: &mut Buffer,
    inside: Rect,
    (live, retries): (&RunProgress, u64),
    theme: &Theme,
) {
    let now = live.moment(theme.now);
    let (progress, work) = (&live.progress, &live.work);
    let through = progress.count().map_or_else(String::new, |(done, total)| {
        let total = total.map_or_else(String::new, |total| format!("/{}", count(total)));
        let noun = if is_roomy(inside.width) {
            " kecamatan"
        } else {
            ""
        };
        count(done) + &total + noun
    });
    let all = (progress.percent(), &[through][..]);
    gauge::draw_percent(buffer, paint::row(inside, 0), "all", all, theme);
    let mut speed = fast(live.speed(now));
    let room = if is_roomy(inside.width) {
        inside.width / 2
    } else {
        inside.width
    };
    let words = joined(&texts(&speed), room);
    let mut columns = words.clone();
    if append_columns(&mut columns, room, |room| progress.gains(now, room)) {
        let columns = columns[words.len()..].trim_start().to_owned();
        speed.push((columns, Tone::Dim));
    }
    let pace = work.pace().filter(|_| live.ended.is_none());
    let pace = pace.map(|pace| (text::scrub(pace), Tone::Dim));
    let groups = [
        amounts(live),
        speed,
        trouble(live, retries, now),
        pace.into_iter().collect(),
        ending(live, now),
    ];
    let rows: Vec<Parts> = if is_roomy(inside.width) {
        let (first, second) = groups.split_at(2);
        vec![first.concat(), second.concat()]
    } else {
        let shown = groups.into_iter().filter(|group| !group.is_empty());
        shown.collect()
    };
    for (row, parts) in (1..inside.height).zip(&rows) {
        draw_parts(buffer, paint::row(inside, row), parts, theme);
    }
}

/// Draws as many parts as fit whole, two cells apart.
fn draw_parts(buffer: &mut Buffer, row: Rect, parts: &Parts, theme: &Theme) {
    let mut x = 0;
    for (words, tone) in parts {
        let cells = paint::cells(words);
        // The first one is cut rather than left out.
        if x > 0 && x + cells > row.width {
            continue;
        }
        paint::text(buffer, paint::after(row, x), 0, words, theme.tone(*tone));
        x = x.saturating_add(cells + 2);
    }
}

fn texts(parts: &Parts) -> Vec<String> {
    parts.iter().map(|(words, _)| words.clone()).collect()
}

/// `312/765 schools`, `3 712 PTK`.
fn amounts(live: &RunProgress) -> Parts {
    let (schools, total) = live.work.schools();
    let schools = match total {
        Some(total) => format!("{}/{} schools", count(schools), count(total)),
        None => text::plural(schools, "school"),
    };
    let staff = format!("{} PTK", count(live.work.staff()));
    vec![(schools, Tone::Plain), (staff, Tone::Plain)]
}

/// `4.1 schools/s`, `49 PTK/s`.
fn fast(speed: Option<PerSecond>) -> Parts {
    let Some(speed) = speed else {
        return Vec::new();
    };
    let schools = format!("{} schools/s", rate(speed.schools));
    let staff = format!("{} PTK/s", rate(speed.staff));
    vec![(schools, Tone::Plain), (staff, Tone::Plain)]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a speed is not below nought, and far below a u64's limit"
)]
fn rate(a_second: f64) -> String {
    if a_second.round() < FAST {
        format!("{a_second:.1}")
    } else {
        count(a_second.round() as u64)
    }
}

/// What failed, what was asked for again, since when nothing was heard.
fn trouble(live: &RunProgress, retries: u64, now: Timestamp) -> Parts {
    let mut said = Vec::new();
    let failures = live.work.failures();
    if failures > 0 {
        said.push((format!("✗ {} failed", count(failures)), Tone::Bad));
    }
    let tone = if retries > 0 { Tone::Warn } else { Tone::Dim };
    said.push((format!("retries {}", count(retries)), tone));
    said.extend(parts::silence(live, now).map(|silence| (silence, Tone::Warn)));
    said
}

/// The stage that people should know, and when the whole may be done.
fn ending(live: &RunProgress, now: Timestamp) -> Parts {
    let mut parts = Vec::new();
    if let Some((stage, since)) = live.stage() {
        let passed = text::duration(now.duration_since(since));
        parts.push((format!("{stage}, {passed}"), Tone::Accent));
    }
    let left = live.progress.eta(now);
    let runs = live.ended.is_none() && !live.progress.is_done();
    parts.extend(left.filter(|_| runs).map(|left| (eta(&left), Tone::Plain)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_has_as_many_digits_as_mean_something() {
        for (a_second, said) in [
            (0.0, "0.0"),
            (0.04, "0.0"),
            (4.14, "4.1"),
            (9.44, "9.4"),
            (9.96, "10"),
            (48.6, "49"),
            (1_234.5, "1 235"),
        ] {
            assert_eq!(rate(a_second), said);
        }
    }
}
