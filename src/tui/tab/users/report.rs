//! What the tab shows in each state: panes, a preview, a run, or how something ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Users, words};
use crate::text;
use crate::tui::flow::{Done, State};
use crate::tui::tab::Tab as _;
use crate::tui::tab::pages::{AGAIN, Rows, failure_rows, wrapped};
use crate::tui::tab::users::load::NotReady;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::words as shared;
use crate::users::{LocationReport, Users as Engine};

impl Users {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match self.controller.state() {
            State::Idle => self.draw_idle(buffer, area, theme),
            State::Review(plan) => self.preview.draw(buffer, area, plan, theme),
            State::Planning => {
                let title = words::looking_at(&self.what);
                self.draw_view(buffer, area, &title, shared::NOT_WRITTEN, theme);
            }
            State::Starting(_) => {
                Pane::new(shared::STARTING, Focus::Here).draw(buffer, area, theme);
            }
            State::Running(id) => {
                let target = self
                    .controller
                    .runs()
                    .run(*id)
                    .map(|run| run.manifest.target.clone());
                let title = format!("Sync · {}", text::scrub(&target.unwrap_or_default()));
                self.draw_view(buffer, area, &title, &shared::run(&id.short()), theme);
            }
            State::Done(done) => {
                let remark = shared::run(&done.run.id().short());
                let rows = |width| rows_of(done, width);
                self.page
                    .framed(buffer, area, ("Result", &remark), &rows, theme);
            }
            State::Failed(failure) => {
                let rows = |width| failure_rows(failure, width);
                self.page
                    .framed(buffer, area, (&self.what, ""), &rows, theme);
            }
            State::Died(run) => {
                let failure = run.failure();
                let rows = |width| {
                    let rows = failure.as_ref().map(|failure| failure_rows(failure, width));
                    rows.unwrap_or_default()
                };
                let remark = shared::run(&run.id().short());
                self.page
                    .framed(buffer, area, ("Died", &remark), &rows, theme);
            }
        }
    }

    fn draw_idle(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match (&self.planned, self.browse.unready()) {
            (Some(planned), _) => {
                crate::tui::tab::Tab::<crate::tui::news::News>::draw(planned, buffer, area, theme);
            }
            (None, Some(NotReady::Failed(failure))) => {
                let rows = |width| failure_rows(failure, width);
                self.page
                    .framed(buffer, area, (self.title(), ""), &rows, theme);
            }
            _ => self.draw_browsing(buffer, area, theme),
        }
    }

    /// The panes, and below them a line for each run that goes on.
    fn draw_browsing(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let going: Vec<_> = self.controller.runs().going().take(3).collect();
        let lines = u16::try_from(going.len()).unwrap_or(0).min(area.height / 4);
        let panes = Rect {
            height: area.height - lines,
            ..area
        };
        let busy = |location: i64| {
            let resource = format!("users-{location}");
            going
                .iter()
                .any(|run| run.manifest.resources.contains(&resource))
        };
        self.browse.draw(buffer, panes, &busy, theme);
        for (line, run) in (0..lines).zip(&going) {
            if let Some(view) = self.controller.runs().view(run.id()) {
                let row = paint::row(area, panes.height + line);
                let label = format!(" {}", run.manifest.target);
                view.draw_row(buffer, row, &label, theme);
            }
        }
    }

    fn draw_view(&self, buffer: &mut Buffer, area: Rect, title: &str, remark: &str, theme: &Theme) {
        let inside = Pane::new(title, Focus::Here)
            .remark(remark)
            .draw(buffer, area, theme);
        if let Some(view) = self.controller.view() {
            let inside = paint::after(inside, 1);
            view.draw(buffer, inside, theme);
        }
    }
}

/// How each location ended, with the rows that were not as the preview had shown them.
fn rows_of(done: &Done<Engine>, width: u16) -> Rows {
    let Some(report) = &done.report else {
        let failure = done.run.failure();
        return failure
            .map(|failure| failure_rows(&failure, width))
            .unwrap_or_default();
    };
    let mut rows = Rows::new();
    for location in &report.locations {
        rows_of_location(&mut rows, location, width);
    }
    wrapped(&mut rows, AGAIN, Tone::Dim, 0, width);
    rows
}

fn rows_of_location(rows: &mut Rows, location: &LocationReport, width: u16) {
    let (sign, tone) = match location.error {
        None => ("✓", Tone::Good),
        Some(_) => ("✗", Tone::Bad),
    };
    rows.push((format!("{sign} {}", text::scrub(&location.name)), tone));
    wrapped(rows, &location.message, Tone::Plain, 2, width);
    let hint = location
        .error
        .as_ref()
        .and_then(|failure| failure.hint.as_ref());
    if let Some(hint) = hint {
        wrapped(rows, hint, Tone::Dim, 2, width);
    }
    for drift in &location.drift {
        let words = format!("{}: was {}, is now {}", drift.email, drift.was, drift.is);
        wrapped(rows, &words, Tone::Warn, 2, width);
    }
    rows.push((String::new(), Tone::Plain));
}
