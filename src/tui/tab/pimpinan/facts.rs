//! What stands beside the candidates or below them: counters, the target, the last push, changes;
//! or all of one row.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Facts;
use super::candidates::Candidate;
use super::report::named;
use super::words;
use crate::pimpinan::{Plan, say};
use crate::text;
use crate::tui::tab::pages::{Rows, wrapped};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;

/// From which width on the panes stand side by side.
const BESIDE: u16 = 150;
/// How wide the facts are then.
const WIDTH: u16 = 52;
/// The fewest lines of the candidates' pane: border, heading, and three rows.
const FOR_ROWS: u16 = 6;

/// Where the panes are.
#[derive(Clone, Copy, Debug)]
pub struct Panes {
    pub list: Rect,
    pub facts: Rect,
}

/// Divides `area` between the candidates and the facts.
pub fn panes(area: Rect, plan: &Plan, facts: Option<&Facts>) -> Panes {
    if area.width >= BESIDE {
        let width = area.width - WIDTH;
        return Panes {
            list: Rect { width, ..area },
            facts: paint::after(area, width),
        };
    }
    // Which time it is changes the length of no line much.
    let now = Timestamp::UNIX_EPOCH;
    let lines = rows(plan, facts, area.width.saturating_sub(4), now).len();
    let height = u16::try_from(lines + 2).unwrap_or(u16::MAX);
    let height = height.min(area.height.saturating_sub(FOR_ROWS));
    let list = area.height - height;
    Panes {
        list: Rect {
            height: list,
            ..area
        },
        facts: Rect {
            y: area.y + list,
            height,
            ..area
        },
    }
}

/// Draws what is known besides the candidates.
pub fn draw(buffer: &mut Buffer, area: Rect, plan: &Plan, facts: Option<&Facts>, theme: &Theme) {
    let inside = Pane::new("Central API", Focus::Elsewhere)
        .remark(&words::plan(plan.id))
        .draw(buffer, area, theme);
    let inside = paint::after(inside, 1);
    let width = inside.width.saturating_sub(1);
    paint_rows(buffer, inside, &rows(plan, facts, width, theme.now), theme);
}

/// Draws all of one row.
pub fn draw_detail(buffer: &mut Buffer, area: Rect, row: &Candidate<'_>, theme: &Theme) {
    let inside = Pane::new("Row of Docku", Focus::Elsewhere).draw(buffer, area, theme);
    let inside = paint::after(inside, 1);
    let width = inside.width.saturating_sub(1);
    let text = |value: Option<&str>| value.unwrap_or(say::NULL).to_owned();
    let id = row.id.map_or(say::NULL.to_owned(), |id| id.to_string());
    let mut rows = Rows::new();
    let (note, tone) = &row.note;
    if !note.is_empty() {
        let sign = if *tone == Tone::Bad { "✗ " } else { "" };
        wrapped(&mut rows, &format!("{sign}{note}"), *tone, 0, width);
    }
    for (name, value) in [
        ("id", id),
        ("username", text(row.username)),
        ("nama", text(row.nama)),
        ("jabatan", text(row.jabatan)),
        ("role", text(row.role)),
    ] {
        named(&mut rows, name, &value, width);
    }
    paint_rows(buffer, inside, &rows, theme);
}

fn paint_rows(buffer: &mut Buffer, area: Rect, rows: &Rows, theme: &Theme) {
    for (row, (words, tone)) in (0..area.height).zip(rows) {
        paint::text(buffer, area, row, words, theme.tone(*tone));
    }
}

/// What matters most comes first: what does not fit goes from the end.
fn rows(plan: &Plan, facts: Option<&Facts>, width: u16, now: Timestamp) -> Rows {
    let mut rows = Rows::new();
    wrapped(&mut rows, &say::figures(plan), Tone::Title, 0, width);
    let production = if plan.production { "  production!" } else { "" };
    let target = format!("{}{production}", text::scrub(&plan.url));
    named(&mut rows, "to", &target, width);
    named(&mut rows, "last push", &last(facts, now), width);
    let since = say::since(plan.since.as_ref(), &plan.url);
    named(&mut rows, "changes", &since, width);
    for note in &plan.notes {
        wrapped(&mut rows, &format!("! {note}"), Tone::Warn, 0, width);
    }
    if plan.excluded > 0 {
        named(&mut rows, "excluded", &say::roles(plan), width);
    }
    named(&mut rows, "from", &plan.database, width);
    rows
}

fn last(facts: Option<&Facts>, now: Timestamp) -> String {
    match facts.map(|facts| &facts.last) {
        Some(Ok(Some(last))) => say::logged(last, now),
        Some(Ok(None)) | None => words::NO_LOG.to_owned(),
        Some(Err(failure)) => words::log_unreadable(&failure.message),
    }
}
