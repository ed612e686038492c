//! What the states that are the same in every tab look like, and the lines of the runs that go on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{NotReady, Words};
use crate::error::Failure;
use crate::run::Run;
use crate::text;
use crate::tui::flow::Phase;
use crate::tui::run_controller::{Core, STARTING, Seen, run_name};
use crate::tui::tab::pages::failure_rows;
use crate::tui::theme::{Focus, Theme};
use crate::tui::widget::page::Page;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;

/// What is to be drawn of a state that needs no engine.
pub(super) struct Shown<'a> {
    pub words: &'a Words,
    /// The title while a plan is made.
    pub looking: &'a str,
    pub core: &'a Core,
    pub phase: Phase<'a>,
    pub not_ready: Option<&'a NotReady>,
    pub page: &'a Page,
}

impl Shown<'_> {
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match (self.phase, self.not_ready) {
            (Phase::Idle, Some(NotReady::Setup(page))) => page.paint(buffer, area, theme),
            (Phase::Idle, Some(NotReady::Failed(failure))) | (Phase::Failed(failure), _) => {
                self.draw_failure(buffer, area, failure, "", theme);
            }
            (Phase::Planning, _) => {
                self.draw_view(buffer, area, self.looking, "nothing is written yet", theme);
            }
            (Phase::Starting, _) => {
                Pane::new(STARTING, Focus::Here).draw(buffer, area, theme);
            }
            (Phase::Running(id), _) => {
                let run = self.core.runs().run(id);
                let target = run.map_or("", |run| run.manifest.target.as_str());
                let title = format!("{} · {}", self.words.run, text::scrub(target));
                self.draw_view(buffer, area, &title, &run_name(id), theme);
            }
            (Phase::Done(run) | Phase::Died(run), _) => {
                let remark = run_name(run.id());
                if let Some(failure) = run.failure() {
                    self.draw_failure(buffer, area, &failure, &remark, theme);
                }
            }
            (Phase::Idle | Phase::Review, _) => {
                Pane::new(self.words.title, Focus::Here).draw(buffer, area, theme);
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
        let heading = (self.words.title, remark);
        self.page.framed(buffer, area, heading, &rows, theme);
    }

    fn draw_view(&self, buffer: &mut Buffer, area: Rect, title: &str, remark: &str, theme: &Theme) {
        let inside = Pane::new(title, Focus::Here)
            .remark(remark)
            .draw(buffer, area, theme);
        if let Some(view) = self.core.view(self.phase) {
            view.draw(buffer, paint::after(inside, 1), theme);
        }
    }
}

/// What of `area` is above the lines of the runs that go on.
pub fn above_runs(area: Rect, seen: &Seen) -> Rect {
    let going = u16::try_from(seen.going().count()).unwrap_or(u16::MAX);
    let height = area.height - going.min(area.height / 4);
    Rect { height, ..area }
}

/// Draws a line for each run that goes on, below [`above_runs`].
pub fn draw_runs(
    buffer: &mut Buffer,
    area: Rect,
    seen: &Seen,
    label: fn(&Run) -> String,
    theme: &Theme,
) {
    let lines = above_runs(area, seen).height..area.height;
    for (line, run) in lines.zip(seen.going()) {
        if let Some(view) = seen.view(run.id()) {
            view.draw_row(buffer, paint::row(area, line), &label(run), theme);
        }
    }
}
