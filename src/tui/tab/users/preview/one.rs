//! One location of a plan: what was fetched, guards, notes, and the rows of a class.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Preview, classes};
use crate::engine::Summary as _;
use crate::text;
use crate::tui::tab::users::words;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::tui::widget::{classes as labels, paint};
use crate::users::{LocationPlan, Plan};

/// The fewest lines the rows must have: classes, heading, and three rows.
const FOR_ROWS: u16 = 5;

impl Preview {
    pub(super) fn draw_one(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        plan: &Plan,
        location: &LocationPlan,
        theme: &Theme,
    ) {
        let remark = words::plan(plan.id());
        let inside = Pane::new(&words::preview(plan, &location.name), Focus::Here)
            .remark(&remark)
            .draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        let room = inside.height.saturating_sub(FOR_ROWS);
        let facts = facts(location, inside.width.saturating_sub(1), room);
        for (row, (words, tone)) in (0..room).zip(&facts) {
            paint::text(buffer, inside, row, words, theme.tone(*tone));
        }
        let used = u16::try_from(facts.len()).unwrap_or(u16::MAX).min(room);
        self.draw_rows(buffer, below(inside, used), location, theme);
    }

    fn draw_rows(&self, buffer: &mut Buffer, area: Rect, location: &LocationPlan, theme: &Theme) {
        let classes = classes::of(location);
        let names: Vec<_> = classes.iter().map(classes::Class::label).collect();
        let used = labels::draw(buffer, area, &names, self.class, theme);
        let Some(class) = classes.get(self.class) else {
            return;
        };
        let area = self.filter.draw(buffer, below(area, used), theme);
        let passing = self.passing(&classes);
        let columns = [
            Column::new("Email", 18, 60, 9).names(80),
            Column::new(class.note_title(), 8, 120, 5),
        ];
        let row = |index: usize| {
            let Some(&index) = passing.get(index) else {
                return Vec::new();
            };
            let (email, note) = class.row(index);
            vec![Field::from(email), Field::toned(&note, Tone::Dim)]
        };
        let table = Table {
            columns: &columns,
            length: passing.len(),
            row: &row,
            list: &self.rows,
            focus: Focus::Here,
            sorted: None,
            empty: if class.len() == 0 {
                words::NOBODY
            } else {
                words::NO_USER_FITS
            },
        };
        table.draw(buffer, area, theme);
    }
}

/// What `area` has below its first `rows` rows.
pub(super) fn below(area: Rect, rows: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(rows).min(area.bottom()),
        height: area.height.saturating_sub(rows),
        ..area
    }
}

/// What is to be known about a location, in at most `room` lines: what went wrong first; passed
/// guards and notes give way.
pub(super) fn facts(location: &LocationPlan, width: u16, room: u16) -> Vec<(String, Tone)> {
    let wrapped = |words: &str, tone| {
        let lines = paint::wrap(&text::scrub(words), width).into_iter();
        lines.map(move |line| (line, tone)).collect::<Vec<_>>()
    };
    let mut must = Vec::new();
    if let Some(fetched) = fetched(location) {
        must.push((fetched, Tone::Plain));
    }
    if let Some(failure) = &location.error {
        must.extend(wrapped(&format!("✗ {}", failure.message), Tone::Bad));
        if let Some(hint) = &failure.hint {
            must.extend(wrapped(hint, Tone::Plain));
        }
    }
    let (passed, tripped): (Vec<_>, Vec<_>) =
        location.guards.iter().partition(|guard| guard.passed);
    for guard in tripped {
        must.extend(wrapped(&format!("✗ {}", guard.detail), Tone::Bad));
    }
    let mut may = Vec::new();
    for guard in &passed {
        may.extend(wrapped(&format!("✓ {}", guard.detail), Tone::Good));
    }
    for note in &location.notes {
        may.extend(wrapped(&format!("! {note}"), Tone::Warn));
    }
    let room = usize::from(room);
    if must.len() + may.len() > room && !may.is_empty() {
        may = vec![(words::in_short(passed.len(), &location.notes), Tone::Good)];
    }
    must.truncate(room.saturating_sub(may.len().min(1)));
    must.extend(may);
    must.truncate(room);
    must
}

/// `fetched 812 of 812 · 9 pages · 0.4 s`; nothing where no server was asked.
fn fetched(location: &LocationPlan) -> Option<String> {
    let fetched = &location.fetched;
    let unasked = fetched.took_ms == 0 || location.error.is_some();
    if fetched.pages == 0 && unasked {
        return None;
    }
    let of = fetched
        .total
        .map(|total| format!(" of {}", text::count(total)));
    let took = SignedDuration::from_millis(i64::try_from(fetched.took_ms).unwrap_or(i64::MAX));
    let mut parts = vec![
        format!(
            "fetched {}{}",
            text::count(fetched.rows),
            of.unwrap_or_default()
        ),
        text::plural(fetched.pages, "page"),
        text::duration(took),
    ];
    for (count, what) in [
        (location.ignored, "inactive there"),
        (location.gone, "gone before"),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", text::count(count)));
        }
    }
    Some(parts.join(" · "))
}
