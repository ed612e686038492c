//! What the tab shows: the board of two sides, the preview of a run, a failure.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::checks::{self, Detail};
use super::load::{Facts, NotReady};
use super::output::Shown;
use super::{LOOKING, NO_RUNS, Script, Side};
use crate::context::script::Past;
use crate::run::{Run, State as RunState};
use crate::script::{Plan, Target, describe};
use crate::text::{duration, local_time, milliseconds, scrub, seconds};
use crate::tui::flow::State;
use crate::tui::news::News;
use crate::tui::tab::Tab;
use crate::tui::tab::pages::{Rows, failure_rows, wrapped};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::tui::words as shared;

/// The fewest lines of the history: border, heading, and three rows.
const FOR_HISTORY: u16 = 6;

impl Script {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match (self.controller.state(), &self.unready) {
            (State::Review(plan), _) => self.draw_review(buffer, area, plan, theme),
            (State::Failed(failure), _) | (_, Some(NotReady::Failed(failure))) => {
                let rows = |width| failure_rows(failure, width);
                self.page
                    .framed(buffer, area, (self.title(), ""), &rows, theme);
            }
            (_, Some(NotReady::NotSetUp(page))) => {
                Tab::<News>::draw(&**page, buffer, area, theme);
            }
            (_, None) => self.draw_board(buffer, area, theme),
        }
    }

    fn draw_review(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let rows = |width| checks::rows(plan, Detail::Full, width, theme.now);
        let heading = ("Before the run", shared::NOT_WRITTEN);
        self.page.framed(buffer, area, heading, &rows, theme);
    }

    fn draw_board(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let width = (area.width * 2 / 5).min(52);
        let left = Rect { width, ..area };
        let rows = self.stand(width.saturating_sub(4), theme);
        let wanted = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min(area.height.saturating_sub(FOR_HISTORY));
        let inside =
            Pane::new("Script", Focus::Elsewhere).draw(buffer, Rect { height, ..left }, theme);
        let inside = paint::after(inside, 1);
        for (row, (words, tone)) in (0..inside.height).zip(&rows) {
            paint::text(buffer, inside, row, words, theme.tone(*tone));
        }
        let below = Rect {
            y: left.y + height,
            height: left.height - height,
            ..left
        };
        self.draw_history(buffer, below, theme);
        self.draw_output(buffer, paint::after(area, width), theme);
    }

    fn focus(&self, side: Side) -> Focus {
        if self.side == side {
            Focus::Here
        } else {
            Focus::Elsewhere
        }
    }

    fn draw_output(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let title = match &self.shown {
            Shown::Nothing => shared::OUTPUT.to_owned(),
            Shown::Output(id) => format!("{} · {}", shared::OUTPUT, shared::run(&id.short())),
            Shown::Log(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                format!("Log · {}", scrub(&name.to_string_lossy()))
            }
        };
        let inside = Pane::new(&title, self.focus(Side::Output))
            .remark(&self.viewer.remark())
            .draw(buffer, area, theme);
        if self.shown == Shown::Nothing {
            let row = paint::after(inside, 1);
            paint::text(
                buffer,
                row,
                0,
                "No run yet, and no log file; r begins",
                theme.tone(Tone::Dim),
            );
        } else {
            self.viewer.draw(buffer, inside, theme);
        }
    }

    fn draw_history(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let none: &[Past] = &[];
        let history = self.facts.as_ref().map_or(none, |facts| &facts.history);
        let focus = self.focus(Side::Runs);
        let inside = Pane::new("Runs", focus).draw(buffer, area, theme);
        let row = |index: usize| history.get(index).map(fields).unwrap_or_default();
        let table = Table {
            columns: &[
                Column::new("Started", 16, 16, 8),
                Column::new("Took", 6, 9, 6).right(),
                Column::new("Exit", 4, 4, 7).right(),
                Column::new("Who", 4, 20, 5).names(40),
            ],
            length: history.len(),
            row: &row,
            list: &self.history,
            focus,
            sorted: None,
            empty: NO_RUNS,
        };
        table.draw(buffer, inside, theme);
    }

    /// How the script stands: its state, then what speaks for and against a run.
    fn stand(&self, width: u16, theme: &Theme) -> Rows {
        let mut rows = Rows::new();
        self.state(&mut rows, width, theme);
        match self.facts.as_deref().map(|facts: &Facts| &facts.plan) {
            Some(Ok(plan)) => rows.extend(checks::rows(plan, Detail::Short, width, theme.now)),
            Some(Err(failure)) => {
                wrapped(
                    &mut rows,
                    &format!("✗ {}", failure.message),
                    Tone::Bad,
                    0,
                    width,
                );
            }
            None => wrapped(&mut rows, LOOKING, Tone::Dim, 0, width),
        }
        rows
    }

    fn state(&self, rows: &mut Rows, width: u16, theme: &Theme) {
        let Some(run) = self.watched.and_then(|id| self.controller.runs().run(id)) else {
            if let Some((run, orphan)) = self.orphan() {
                let words = format!(
                    "running, pid {}: the worker of run {} was killed",
                    orphan.pid,
                    run.id().short()
                );
                wrapped(rows, &words, Tone::Warn, 0, width);
                wrapped(
                    rows,
                    "its output from then on is lost, and it may fail at its next line; \
                               x ends it",
                    Tone::Warn,
                    2,
                    width,
                );
                let by = by(run);
                wrapped(rows, &by, Tone::Dim, 2, width);
                return;
            }
            let (words, tone) = self.elsewhere();
            wrapped(rows, words, tone, 0, width);
            if let Some(at) = self.stale_since() {
                let words = format!("! {}", describe::probably_stale(at));
                wrapped(rows, &words, Tone::Warn, 2, width);
            }
            return;
        };
        let since = run.started.unwrap_or(run.manifest.created);
        let passed = theme.now.duration_since(since).max(SignedDuration::ZERO);
        let words = running(passed, self.activity.pid);
        wrapped(rows, &words, Tone::Accent, 0, width);
        let spoke = self.activity.last_output(theme.now);
        wrapped(rows, &spoke, Tone::Plain, 2, width);
        if let Some(minutes) = self.activity.silent_minutes(since, theme.now) {
            wrapped(rows, &describe::silent(minutes), Tone::Warn, 2, width);
        }
        if let Some(waiting) = &self.activity.waiting {
            let words = waiting.sentence();
            wrapped(rows, &words, Tone::Accent, 2, width);
            if let Some(minutes) = waiting.overdue_minutes(theme.now) {
                let words = format!("! this takes {minutes} min already; x ends what is left");
                wrapped(rows, &words, Tone::Warn, 2, width);
            }
        }
        let view = self.controller.runs().view(run.id());
        if let Some(view) = view.filter(|view| view.is_stopping()) {
            let words = match view.left() {
                None => "stopping".to_owned(),
                Some(left) => format!("stopping, KILL in {}", seconds(left)),
            };
            wrapped(rows, &words, Tone::Warn, 2, width);
            wrapped(rows, "x, Enter kills it at once", Tone::Warn, 2, width);
        }
        let by = by(run);
        wrapped(rows, &by, Tone::Dim, 2, width);
    }

    /// Since when what runs at the service is probably no more than a stale lock.
    fn stale_since(&self) -> Option<Timestamp> {
        match &self.facts.as_ref()?.plan.as_ref().ok()?.target {
            Target::Remote(remote) => remote.stale_since,
            Target::Local(_) => None,
        }
    }

    /// What runs without a run of ours.
    fn elsewhere(&self) -> (&'static str, Tone) {
        let plan = self.facts.as_ref().map(|facts| &facts.plan);
        match plan.and_then(|plan| describe::elsewhere(plan.as_ref().ok()?)) {
            Some(what) => (what, Tone::Accent),
            None => ("idle", Tone::Plain),
        }
    }
}

/// `running 02:13, pid 4711`
fn running(passed: SignedDuration, pid: Option<u32>) -> String {
    let seconds = passed.as_secs();
    let time = if seconds < 3_600 {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    } else {
        duration(passed)
    };
    match pid {
        Some(pid) => format!("running {time}, pid {pid}"),
        None => format!("running {time}"),
    }
}

fn by(run: &Run) -> String {
    scrub(&format!("by {}", run.manifest.operator))
}

fn fields(past: &Past) -> Vec<Field> {
    let manifest = &past.run.manifest;
    let report = past.report.as_ref();
    let took = report.map(|report| milliseconds(report.duration_ms));
    let exit = report.and_then(|report| report.exit);
    let (none, tone) = match (&past.run.state, exit) {
        (RunState::Running, _) => ("…", Tone::Accent),
        (_, Some(0)) => ("", Tone::Good),
        (RunState::Finished(_), _) => ("–", Tone::Bad),
        (RunState::Died, _) => ("died", Tone::Bad),
    };
    let exit = exit.map_or_else(|| none.to_owned(), |exit| exit.to_string());
    vec![
        Field::from(local_time(manifest.created)),
        Field::from(took.unwrap_or_default()),
        Field::toned(&exit, tone),
        Field::from(manifest.operator.to_string()),
    ]
}
