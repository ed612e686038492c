//! What the tab shows of a plan: candidates and facts, or the payload.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::candidates::Candidate;
use super::{Push, facts, payload, words};
use crate::pimpinan::{Plan, say};
use crate::run::Run;
use crate::text;
use crate::tui::flow::State;
use crate::tui::tab::engine_tab::{ControllerOf, EngineScreen, above_runs, draw_runs};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

impl Push {
    pub(super) fn draw_board(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        let State::Review(plan) = controller.state() else {
            Pane::new(Self::WORDS.title, Focus::Here).draw(buffer, area, theme);
            return;
        };
        let above = above_runs(area, controller.runs());
        if let Some(page) = &self.review.payload {
            draw_payload(buffer, above, plan, page, theme);
        } else {
            let panes = facts::panes(above, plan, self.facts.as_ref());
            self.draw_candidates(buffer, panes.list, plan, theme);
            match self.review.opened(plan) {
                Some(row) => facts::draw_detail(buffer, panes.facts, &row, theme),
                None => facts::draw(buffer, panes.facts, plan, self.facts.as_ref(), theme),
            }
        }
        let label = |run: &Run| format!(" Push · {}", text::scrub(&run.manifest.target));
        draw_runs(buffer, area, controller.runs(), label, theme);
    }

    fn draw_candidates(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let rows = self.review.passing(plan);
        let inside = Pane::new(words::CANDIDATES, Focus::Here)
            .remark(&words::remark(rows.len(), plan))
            .draw(buffer, area, theme);
        let inside = self.review.filter.draw(buffer, inside, theme);
        let row = |index: usize| rows.get(index).map(fields).unwrap_or_default();
        let table = Table {
            columns: &columns(&rows),
            length: rows.len(),
            row: &row,
            list: &self.review.list,
            focus: Focus::Here,
            sorted: None,
            empty: if self.review.filter.is_on() {
                "No row fits; Esc shows all"
            } else {
                words::NO_ROWS
            },
        };
        table.draw(buffer, inside, theme);
    }
}

/// The notes have a column only where there is one.
fn columns(rows: &[Candidate<'_>]) -> Vec<Column> {
    let mut columns = vec![
        Column::new("", 1, 1, 10),
        Column::new("Id", 4, 6, 6).right(),
        Column::new("Username", 13, 16, 9).names(40),
        Column::new("Nama", 14, 20, 7).names(60),
        Column::new("Jabatan", 14, 42, 5),
        Column::new("Role", 8, 12, 4),
    ];
    let notes = rows
        .iter()
        .map(|row| paint::cells(&text::scrub(&row.note.0)));
    let longest = notes.max().unwrap_or_default();
    if longest > 0 {
        columns.push(Column::new("Note", longest.clamp(8, 30), longest, 8));
    }
    columns
}

fn fields(row: &Candidate<'_>) -> Vec<Field> {
    let (sign, tone) = row.standing.sign();
    let value = |value: Option<&str>| match value {
        Some(value) if tone == Tone::Dim => Field::toned(value, tone),
        Some(value) => Field::from(value),
        None => Field::toned(say::NULL, Tone::Dim),
    };
    let id = row.id.map(|id| id.to_string());
    vec![
        Field::toned(sign, tone),
        value(id.as_deref()),
        value(row.username),
        value(row.nama),
        value(row.jabatan),
        value(row.role),
        Field::toned(&row.note.0, row.note.1),
    ]
}

fn draw_payload(buffer: &mut Buffer, area: Rect, plan: &Plan, page: &Page, theme: &Theme) {
    let size = plan.payload().map_or(0, |payload| payload.len());
    let remark = words::payload_size(size, plan);
    let rows = |width| payload::rows(plan, width).unwrap_or_default();
    page.framed(
        buffer,
        area,
        ("Payload, as it is sent", &remark),
        &rows,
        theme,
    );
}
