//! What the tab shows in each state: candidates and facts, the payload, a run, how it ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::candidates::Candidate;
use super::load::NotReady;
use super::{Push, facts, payload, report, words};
use crate::error::Failure;
use crate::pimpinan::{Plan, say};
use crate::text;
use crate::tui::flow::State;
use crate::tui::news::News;
use crate::tui::tab::Tab;
use crate::tui::tab::pages::failure_rows;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::tui::words as shared;

impl Push {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match self.controller.state() {
            State::Idle => self.draw_idle(buffer, area, theme),
            State::Review(plan) => self.draw_review(buffer, area, plan, theme),
            State::Planning => {
                self.draw_view(buffer, area, words::LOOKING, shared::NOT_WRITTEN, theme);
            }
            State::Starting(_) => {
                Pane::new(shared::STARTING, Focus::Here).draw(buffer, area, theme);
            }
            State::Running(id) => {
                let run = self.controller.runs().run(*id);
                let target = run.map_or("", |run| run.manifest.target.as_str());
                let title = words::pushing(target);
                self.draw_view(buffer, area, &title, &shared::run(&id.short()), theme);
            }
            State::Done(done) => {
                let remark = shared::run(&done.run.id().short());
                let rows = |width| report::rows(done, width);
                let heading = (words::RESULT, remark.as_str());
                self.page.framed(buffer, area, heading, &rows, theme);
            }
            State::Failed(failure) => self.draw_failure(buffer, area, failure, "", theme),
            State::Died(run) => {
                let remark = shared::run(&run.id().short());
                if let Some(failure) = run.failure() {
                    self.draw_failure(buffer, area, &failure, &remark, theme);
                }
            }
        }
    }

    fn draw_idle(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match &self.unready {
            Some(NotReady::NotSetUp(page)) => Tab::<News>::draw(&**page, buffer, area, theme),
            Some(NotReady::Failed(failure)) => self.draw_failure(buffer, area, failure, "", theme),
            None => {
                Pane::new(self.title(), Focus::Here).draw(buffer, area, theme);
            }
        }
    }

    fn draw_failure(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        failure: &Failure,
        remark: &str,
        theme: &Theme,
    ) {
        let rows = |width| failure_rows(failure, width);
        let heading = (self.title(), remark);
        self.page.framed(buffer, area, heading, &rows, theme);
    }

    /// What is above the lines of the pushes that go on.
    pub(super) fn above(&self, area: Rect) -> Rect {
        let going = u16::try_from(self.controller.runs().going().count()).unwrap_or(u16::MAX);
        let height = area.height - going.min(area.height / 4);
        Rect { height, ..area }
    }

    fn draw_review(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let above = self.above(area);
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
        let lines = above.height..area.height;
        for (line, run) in lines.zip(self.controller.runs().going()) {
            if let Some(view) = self.controller.runs().view(run.id()) {
                let label = format!(" {}", words::pushing(&run.manifest.target));
                view.draw_row(buffer, paint::row(area, line), &label, theme);
            }
        }
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

    fn draw_view(&self, buffer: &mut Buffer, area: Rect, title: &str, remark: &str, theme: &Theme) {
        let inside = Pane::new(title, Focus::Here)
            .remark(remark)
            .draw(buffer, area, theme);
        if let Some(view) = self.controller.view() {
            view.draw(buffer, paint::after(inside, 1), theme);
        }
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
