//! The states that are the same in every tab: how they are drawn, and their keys. Also the lines of
//! the active runs, and keys that screens put among theirs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ControllerOf, EngineScreen, NotReady, Words};
use crate::engine::Engine;
use crate::error::Failure;
use crate::run::Run;
use crate::text;
use crate::tui::flow::Phase;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::run_controller::{
    Core, EngineRuns, NOTHING_RUNS, RunController, STARTING, run_name,
};
use crate::tui::theme::{Focus, Theme};
use crate::tui::widget::page::Page;
use crate::tui::widget::page::failure_rows;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::run_view::RunView;

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

/// The part of `area` above the lines of the active runs.
pub fn above_runs(area: Rect, runs: &EngineRuns) -> Rect {
    let active = u16::try_from(runs.active().count()).unwrap_or(u16::MAX);
    let height = area.height - active.min(area.height / 4);
    Rect { height, ..area }
}

/// Draws a line for each active run, below [`above_runs`].
pub fn draw_runs(
    buffer: &mut Buffer,
    area: Rect,
    runs: &EngineRuns,
    label: fn(&Run) -> String,
    theme: &Theme,
) {
    let lines = above_runs(area, runs).height..area.height;
    for (line, run) in lines.zip(runs.active()) {
        if let Some(view) = runs.view(run.id()) {
            view.draw_row(buffer, paint::row(area, line), &label(run), theme);
        }
    }
}

pub fn again<A>(label: &str) -> Binding<A> {
    let description = "Looks at everything again, with the settings as they are by now.";
    Binding::of(Action::Again, label, description)
}

/// Following and stopping a run, whoever started it; in the footer only while one is active.
pub fn run_keys<A, E: Engine, N: Send + 'static>(
    controller: &RunController<E, N>,
) -> [Binding<A>; 2] {
    let nothing = controller.runs().active().next().is_none();
    let label = |words| if nothing { "" } else { words };
    let why_not = nothing.then_some(NOTHING_RUNS);
    let follow = "Follows the run in progress, whoever started it.";
    let stop = "Asks the run to stop, after a question.";
    [
        Binding::of(Action::Follow, label("follow"), follow).unless(why_not),
        Binding::of(Action::Stop, label("stop"), stop).unless(why_not),
    ]
}

/// The keys of a state the screen does not own.
pub(super) fn keys_of<S: EngineScreen>(
    controller: &ControllerOf<S>,
    not_ready: Option<&NotReady>,
) -> Vec<Binding<S::Act>> {
    let wrap = || Binding::of(Action::Wrap, "wrap", "Breaks long lines, or cuts them.");
    let back = |label: &str, description: &str| Binding::of(Action::Back, label, description);
    let mut bindings = match controller.phase() {
        Phase::Idle | Phase::Review => {
            let mut bindings = vec![again("look again")];
            if let Some(NotReady::Setup(page)) = not_ready {
                bindings.push(page.copy_key());
            }
            bindings.extend(run_keys(controller));
            bindings
        }
        Phase::Planning => vec![
            again("look again"),
            wrap(),
            back("cancel", "Stops looking; nothing was written."),
        ],
        Phase::Starting => Vec::new(),
        Phase::Running(_) => {
            let follows = controller.view().is_some_and(RunView::follows);
            let label = if follows { "pause" } else { "follow" };
            let follow = "Stops following the end of the log, or follows it again.";
            let [_, stop] = run_keys(controller);
            vec![
                stop,
                Binding::of(Action::Follow, label, follow),
                wrap(),
                back("leave", S::WORDS.leave),
            ]
        }
        Phase::Done(_) | Phase::Failed(_) | Phase::Died(_) => {
            let nothing = (!controller.can_try_again()).then_some("nothing was asked for here");
            vec![
                again("try again").unless(nothing),
                back("back", S::WORDS.back),
            ]
        }
    };
    bindings.extend(keys::moves());
    bindings
}
