//! What the tab shows in each state: candidates and facts, the payload, a run, how it ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::candidates::Candidate;
use super::load::Unready;
use super::{Push, facts, outcome, payload, words};
use crate::error::Failure;
use crate::pimpinan::{Plan, say};
use crate::text;
use crate::tui::flow::State;
use crate::tui::news::News;
use crate::tui::tab::Tab;
use crate::tui::tab::pages::failure_rows;
use crate::tui::theme::{Focus, Look, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::tui::words as shared;

impl Push {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        match self.drive.state() {
            State::Idle => self.draw_idle(buffer, area, look),
            State::Review(plan) => self.draw_review(buffer, area, plan, look),
            State::Planning => {
                self.draw_view(buffer, area, words::LOOKING, shared::NOT_WRITTEN, look);
            }
            State::Starting(_) => {
                Pane::new(shared::STARTING, Focus::Here).draw(buffer, area, look);
            }
            State::Running(id) => {
                let run = self.drive.runs().run(*id);
                let target = run.map_or("", |run| run.manifest.target.as_str());
                let title = words::pushing(target);
                self.draw_view(buffer, area, &title, &shared::run(&id.short()), look);
            }
            State::Done(done) => {
                let remark = shared::run(&done.run.id().short());
                let rows = |width| outcome::rows(done, width);
                let heading = (words::RESULT, remark.as_str());
                self.page.framed(buffer, area, heading, &rows, look);
            }
            State::Failed(failure) => self.draw_failure(buffer, area, failure, "", look),
            State::Died(run) => {
                let remark = shared::run(&run.id().short());
                if let Some(failure) = run.failure() {
                    self.draw_failure(buffer, area, &failure, &remark, look);
                }
            }
        }
    }

    fn draw_idle(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        match &self.unready {
            Some(Unready::NotSetUp(page)) => Tab::<News>::draw(&**page, buffer, area, look),
            Some(Unready::Failed(failure)) => self.draw_failure(buffer, area, failure, "", look),
            None => {
                Pane::new(self.title(), Focus::Here).draw(buffer, area, look);
            }
        }
    }

    fn draw_failure(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        failure: &Failure,
        remark: &str,
        look: &Look,
    ) {
        let rows = |width| failure_rows(failure, width);
        let heading = (self.title(), remark);
        self.page.framed(buffer, area, heading, &rows, look);
    }

    /// What is above the lines of the pushes that go on.
    pub(super) fn above(&self, area: Rect) -> Rect {
        let going = u16::try_from(self.drive.runs().going().count()).unwrap_or(u16::MAX);
        let height = area.height - going.min(area.height / 4);
        Rect { height, ..area }
    }

    fn draw_review(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, look: &Look) {
        let above = self.above(area);
        if let Some(page) = &self.review.payload {
            draw_payload(buffer, above, plan, page, look);
        } else {
            let panes = facts::panes(above, plan, self.facts.as_ref());
            self.draw_candidates(buffer, panes.list, plan, look);
            match self.review.opened(plan) {
                Some(row) => facts::draw_detail(buffer, panes.facts, &row, look),
                None => facts::draw(buffer, panes.facts, plan, self.facts.as_ref(), look),
            }
        }
        let lines = above.height..area.height;
        for (line, run) in lines.zip(self.drive.runs().going()) {
            if let Some(view) = self.drive.runs().view(run.id()) {
                let label = format!(" {}", words::pushing(&run.manifest.target));
                view.draw_row(buffer, paint::row(area, line), &label, look);
            }
        }
    }

    fn draw_candidates(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, look: &Look) {
        let rows = self.review.passing(plan);
        let inside = Pane::new(words::CANDIDATES, Focus::Here)
            .remark(&words::remark(rows.len(), plan))
            .draw(buffer, area, look);
        let inside = self.review.filter.draw(buffer, inside, look);
        let row = |index: usize| rows.get(index).map(fields).unwrap_or_default();
        let table = Table {
            columns: &columns(&rows),
            length: rows.len(),
            row: &row,
            list: &self.review.list,
            focus: Focus::Here,
            sorted: None,
            empty: if self.review.filter.is_on() {
                words::NO_ROW_FITS
            } else {
                words::NO_ROWS
            },
        };
        table.draw(buffer, inside, look);
    }

    fn draw_view(&self, buffer: &mut Buffer, area: Rect, title: &str, remark: &str, look: &Look) {
        let inside = Pane::new(title, Focus::Here)
            .remark(remark)
            .draw(buffer, area, look);
        if let Some(view) = self.drive.view() {
            view.draw(buffer, paint::after(inside, 1), look);
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

fn draw_payload(buffer: &mut Buffer, area: Rect, plan: &Plan, page: &Page, look: &Look) {
    let size = plan.payload().map_or(0, |payload| payload.len());
    let remark = words::payload_size(size, plan);
    let rows = |width| payload::rows(plan, width).unwrap_or_default();
    page.framed(buffer, area, (words::PAYLOAD, &remark), &rows, look);
}
