//! All locations of a plan, a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Preview;
use super::one::{self, below};
use crate::engine::Summary as _;
use crate::text;
use crate::tui::tab::users::words;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::users::{LocationPlan, Plan};

impl Preview {
    /// Draws the open location, or all of them.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        match self.location(plan) {
            Some(location) => self.draw_one(buffer, area, plan, location, theme),
            None => self.draw_all(buffer, area, plan, theme),
        }
    }

    fn draw_all(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let inside = Pane::new(&words::preview(plan, words::ALL), Focus::Here)
            .remark(&words::plan(plan.id()))
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
            let facts = below(paint::after(inside, 2), height + 1);
            let width = facts.width.saturating_sub(1);
            let rows = one::facts(location, width, facts.height);
            for (row, (words, tone)) in (0..facts.height).zip(&rows) {
                paint::text(buffer, facts, row, words, theme.tone(*tone));
            }
        }
    }

    fn line(&self, location: &LocationPlan) -> Vec<Field> {
        let left_out = self.left_out.contains(&location.code);
        let (sign, state, tone) = state(location, left_out);
        let figure = |count: usize, tone| {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            let tone = if count == 0 || left_out {
                Tone::Dim
            } else {
                tone
            };
            Field::toned(&text::count(count), tone)
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
}

/// The sign, the words and the tone of how a location's plan stands.
fn state(location: &LocationPlan, left_out: bool) -> (&'static str, String, Tone) {
    if left_out {
        return ("○", words::LEFT_OUT.to_owned(), Tone::Dim);
    }
    if let Some(failure) = &location.error {
        return ("✗", failure.message.clone(), Tone::Bad);
    }
    match (location.tripped(), location.changes()) {
        (Some(guard), _) if location.awaits_figure() => ("!", guard.detail.clone(), Tone::Warn),
        (Some(guard), _) => ("✗", guard.detail.clone(), Tone::Bad),
        (None, 0) => ("✓", words::SAME.to_owned(), Tone::Dim),
        (None, _) => ("●", "ready".to_owned(), Tone::Good),
    }
}
