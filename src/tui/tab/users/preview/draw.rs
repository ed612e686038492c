//! All locations of a plan, a line each; or one: what was fetched, guards, notes, rows of a class.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Preview, classes, plan_name};
use crate::text;
use crate::tui::tab::users::ask::heading;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::tui::widget::{classes as labels, paint};
use crate::users::{LocationPlan, Plan, describe};

/// The fewest lines the rows must have: classes, heading, and three rows.
const FOR_ROWS: u16 = 5;

impl Preview {
    /// Draws the open location, or all of them.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        match self.location(plan) {
            Some(location) => self.draw_one(buffer, area, plan, location, theme),
            None => self.draw_all(buffer, area, plan, theme),
        }
    }

    fn draw_all(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let inside = Pane::new(&heading(plan, "All"), Focus::Here)
            .remark(&plan_name(plan))
            .draw(buffer, area, theme);
        let height = u16::try_from(plan.locations.len() + 1).unwrap_or(u16::MAX);
        let height = height.min(inside.height);
        let lines = Rect { height, ..inside };
        let columns = [
            Column::new("", 1, 1, 10),
            Column::new("Location", 8, 8, 9).names(60),
            Column::new("New", 5, 5, 8).up_to(9).right(),
            Column::new("Back", 5, 5, 6).up_to(9).right(),
            Column::new("Off", 5, 5, 7).up_to(9).right(),
            Column::new("Same", 6, 6, 3).up_to(9).right(),
            Column::new("Conflict", 8, 8, 2).right(),
            Column::new("State", 12, 200, 5),
        ];
        let row = |index: usize| {
            let location = plan.locations.get(index);
            location
                .map(|location| self.line(location))
                .unwrap_or_default()
        };
        let table = Table {
            columns: &columns,
            length: plan.locations.len(),
            row: &row,
            list: &self.lines,
            focus: Focus::Here,
            sorted: None,
            empty: "",
        };
        table.draw(buffer, lines, theme);
        if let Some(location) = plan.locations.get(self.lines.selected()) {
            let below = below(paint::after(inside, 2), height + 1);
            let width = below.width.saturating_sub(1);
            let rows = facts(location, width, below.height);
            for (row, (words, tone)) in (0..below.height).zip(&rows) {
                paint::text(buffer, below, row, words, theme.tone(*tone));
            }
        }
    }

    fn line(&self, location: &LocationPlan) -> Vec<Field> {
        let left_out = self.is_left_out(location);
        let (sign, state, tone) = state(location, left_out);
        let figure = |count: usize, tone| {
            let tone = if count == 0 || left_out {
                Tone::Dim
            } else {
                tone
            };
            Field::toned(&text::count(count as u64), tone)
        };
        let name = if left_out { Tone::Dim } else { Tone::Plain };
        vec![
            Field::toned(sign, tone),
            Field::toned(&location.name, name),
            figure(location.new.len(), Tone::Good),
            figure(location.reactivate.len(), Tone::Good),
            figure(location.deactivations(), Tone::Warn),
            Field::toned(&text::count(location.unchanged), Tone::Dim),
            figure(location.conflict.len(), Tone::Bad),
            Field::toned(&state, tone),
        ]
    }

    fn draw_one(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        plan: &Plan,
        location: &LocationPlan,
        theme: &Theme,
    ) {
        let inside = Pane::new(&heading(plan, &location.name), Focus::Here)
            .remark(&plan_name(plan))
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
                "Nobody"
            } else {
                "No user fits; Esc shows all"
            },
        };
        table.draw(buffer, area, theme);
    }
}

/// The sign, the words and the tone of how a location's plan stands.
fn state(location: &LocationPlan, left_out: bool) -> (&'static str, String, Tone) {
    if left_out {
        return ("○", "left out".to_owned(), Tone::Dim);
    }
    if let Some(failure) = &location.error {
        return ("✗", failure.message.clone(), Tone::Bad);
    }
    match (location.tripped(), location.changes()) {
        (Some(guard), _) if location.awaits_figure() => ("!", guard.detail.clone(), Tone::Warn),
        (Some(guard), _) => ("✗", guard.detail.clone(), Tone::Bad),
        (None, 0) => ("✓", "nothing to do".to_owned(), Tone::Dim),
        (None, _) => ("●", "ready".to_owned(), Tone::Good),
    }
}

/// What `area` has below its first `rows` rows.
fn below(area: Rect, rows: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(rows).min(area.bottom()),
        height: area.height.saturating_sub(rows),
        ..area
    }
}

/// What there is to know about a location, in at most `room` lines: what went wrong first; passed
/// guards and notes are shortened.
fn facts(location: &LocationPlan, width: u16, room: u16) -> Vec<(String, Tone)> {
    let wrapped = |words: &str, tone| {
        let lines = paint::wrap(&text::scrub(words), width).into_iter();
        lines.map(move |line| (line, tone)).collect::<Vec<_>>()
    };
    let mut must = Vec::new();
    // Without pages no server was asked, or it did not answer.
    let unasked = location.fetched.took_ms == 0 || location.error.is_some();
    if location.fetched.pages > 0 || !unasked {
        must.push((describe::fetched(location), Tone::Plain));
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
        may = vec![(in_short(passed.len(), &location.notes), Tone::Good)];
    }
    must.truncate(room.saturating_sub(may.len().min(1)));
    must.extend(may);
    must.truncate(room);
    must
}

/// `✓ 4 guards passed · 1 note`
fn in_short(guards: usize, notes: &[String]) -> String {
    let mut parts = Vec::new();
    if guards > 0 {
        parts.push(format!("✓ {} passed", text::plural(guards as u64, "guard")));
    }
    match notes {
        [] => {}
        [note] => parts.push(format!("! {}", text::scrub(note))),
        notes => parts.push(format!("! {}", text::plural(notes.len() as u64, "note"))),
    }
    parts.join(" · ")
}
