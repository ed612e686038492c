//! What the tab shows: the board of two sides, the preview of a run, a failure. What speaks for and
//! against a run is in short on the board, in full in the preview.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;

use super::load::Facts;
use super::{LOOKING, NO_LOCK_FILE, NO_LOG, NO_RUNS, NotReady, Script, Shown, Side};
use crate::context::script::Past;
use crate::error::{Failure, Kind};
use crate::run::{Run, State as RunState};
use crate::script::lock::State as Lock;
use crate::script::{LocalPlan, Plan, RemotePlan, Target, describe};
use crate::text::{clock, fit, local_time, milliseconds, scrub, seconds, width};
use crate::tui::flow::State;
use crate::tui::run_controller::run_name;
use crate::tui::tab::Tab;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::{Rows, failure_rows, wrapped};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

/// The fewest lines of the history: border, heading, and three rows.
const FOR_HISTORY: u16 = 6;

impl Script {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match (self.controller.state(), &self.not_ready) {
            (State::Review(plan), _) => self.draw_review(buffer, area, plan, theme),
            (State::Failed(failure), _) | (_, Some(NotReady::Failed(failure))) => {
                let rows = |width| failure_rows(failure, width);
                self.page
                    .framed(buffer, area, (self.title(), ""), &rows, theme);
            }
            (_, Some(NotReady::Setup(page))) => page.paint(buffer, area, theme),
            (_, None) => self.draw_board(buffer, area, theme),
        }
    }

    fn draw_review(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let rows = |width| checks(plan, Detail::Full, width, theme.now);
        let heading = ("Before the run", "nothing is written yet");
        self.page.framed(buffer, area, heading, &rows, theme);
    }

    fn draw_board(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let width = (area.width * 2 / 5).min(52);
        let left = Rect { width, ..area };
        let rows = self.summary(width.saturating_sub(4), theme);
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
            Shown::Nothing => "Output".to_owned(),
            Shown::Output(id) => format!("Output · {}", run_name(*id)),
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
                "No run yet, and no log file; s begins",
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

    /// The state of the script, then what speaks for and against a run.
    fn summary(&self, width: u16, theme: &Theme) -> Rows {
        let mut rows = Rows::new();
        self.state(&mut rows, width, theme);
        match self.facts.as_deref().map(|facts: &Facts| &facts.plan) {
            Some(Ok(plan)) => rows.extend(checks(plan, Detail::Short, width, theme.now)),
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
        match self.facts.as_ref()?.target()? {
            Target::Remote(remote) => remote.stale_since,
            Target::Local(_) => None,
        }
    }

    /// What runs without one of our runs.
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
    let pid = pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    format!("running {}{pid}", clock(passed))
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

/// The sign before a line, and a blank.
const FOR_SIGN: usize = 2;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// What fits beside the output.
    Short,
    /// Everything.
    Full,
}

/// The lines of a plan.
fn checks(plan: &Plan, detail: Detail, width: u16, now: Timestamp) -> Rows {
    let mut rows = Rows::new();
    let told = |words: &str| match &plan.target {
        Target::Local(local) if detail == Detail::Short => {
            shortened(words, local, usize::from(width).saturating_sub(FOR_SIGN))
        }
        _ => words.to_owned(),
    };
    for problem in &plan.problems {
        // The board says in a line of its own that it runs, and the run may be ours.
        if detail == Detail::Full || !(problem.kind == Kind::Busy && is_taken(plan)) {
            add_problem(&mut rows, problem, &told(&problem.message), detail, width);
        }
    }
    match &plan.target {
        Target::Local(local) => here(&mut rows, local, detail, width, now),
        Target::Remote(remote) => there(&mut rows, remote, detail, width),
    }
    if let Some(changed) = plan.changed {
        let (sign, tone) = if changed {
            ("!", Tone::Warn)
        } else {
            ("✓", Tone::Good)
        };
        let words = format!("{sign} {}", describe::changed(changed));
        wrapped(&mut rows, &words, tone, 0, width);
    }
    for warning in &plan.warnings {
        let words = format!("! {}", told(warning));
        wrapped(&mut rows, &words, Tone::Warn, 0, width);
    }
    if let Some(last) = plan.last.as_ref().filter(|_| detail == Detail::Full) {
        let words = format!("last run {}", describe::last_run(last, now));
        wrapped(&mut rows, &words, Tone::Dim, 0, width);
    }
    rows
}

fn is_taken(plan: &Plan) -> bool {
    match &plan.target {
        Target::Local(local) => {
            let lock = local.lock.as_ref();
            lock.is_some_and(|lock| lock.state != Lock::Absent)
        }
        Target::Remote(remote) => remote.running,
    }
}

fn add_problem(rows: &mut Rows, problem: &Failure, words: &str, detail: Detail, width: u16) {
    wrapped(rows, &format!("✗ {words}"), Tone::Bad, 0, width);
    if let (Some(hint), Detail::Full) = (&problem.hint, detail) {
        wrapped(rows, hint, Tone::Plain, 2, width);
    }
}

fn here(rows: &mut Rows, local: &LocalPlan, detail: Detail, width: u16, now: Timestamp) {
    let path = match detail {
        Detail::Short => short(&local.path, usize::from(width).saturating_sub(FOR_SIGN)),
        Detail::Full => local.path.display().to_string(),
    };
    check(rows, local.readable, &path, width);
    if local.exists {
        let mut facts = describe::file(local);
        if detail == Detail::Short {
            // The sign of the path says whether it can be read.
            facts = vec![facts.remove(1), facts.remove(1), facts.remove(2)];
        }
        wrapped(rows, &facts.join(", "), Tone::Plain, 2, width);
    }
    if detail == Detail::Full {
        let command = format!("run as {}", local.command.join(" "));
        wrapped(rows, &command, Tone::Plain, 2, width);
        if let Some(sha256) = &local.sha256 {
            wrapped(rows, &format!("SHA-256 {sha256}"), Tone::Dim, 2, width);
        }
    }
    match &local.lock {
        Some(lock) => {
            // Held by an active process: where that prevents a run, a problem says so.
            let (sign, tone) = match &lock.state {
                Lock::Absent => ("✓", Tone::Good),
                Lock::Held { .. } => ("·", Tone::Plain),
                _ => ("!", Tone::Warn),
            };
            let mut words = format!("{sign} lock: {}", describe::lock_state(lock, now));
            if detail == Detail::Short {
                words = shortened(&words, local, usize::from(width).saturating_sub(FOR_SIGN));
            }
            wrapped(rows, &words, tone, 0, width);
            if detail == Detail::Full {
                let path = lock.path.display().to_string();
                wrapped(rows, &path, Tone::Dim, 2, width);
            }
        }
        None => wrapped(rows, NO_LOCK_FILE, Tone::Dim, 0, width),
    }
    match &local.log {
        Some(log) if log.readable => check(rows, true, "log file readable", width),
        // A warning names it.
        Some(_) => {}
        None => wrapped(rows, NO_LOG, Tone::Dim, 0, width),
    }
}

fn there(rows: &mut Rows, remote: &RemotePlan, detail: Detail, width: u16) {
    wrapped(rows, &remote.url, Tone::Plain, 0, width);
    let state = if remote.running {
        "something runs there"
    } else {
        "nothing runs there"
    };
    // The board's first line says it, and as it is now.
    if detail == Detail::Full {
        wrapped(rows, state, Tone::Plain, 0, width);
    }
    if let Some(why) = &remote.no_stop {
        let words = format!("! {}", describe::no_stop(why));
        wrapped(rows, &words, Tone::Warn, 0, width);
    }
}

fn check(rows: &mut Rows, good: bool, words: &str, width: u16) {
    let (sign, tone) = if good {
        ("✓", Tone::Good)
    } else {
        ("✗", Tone::Bad)
    };
    wrapped(rows, &format!("{sign} {words}"), tone, 0, width);
}

/// `path` in at most `cells` cells; what is left out of its middle is a `…`.
fn short(path: &Path, cells: usize) -> String {
    let whole = scrub(&path.to_string_lossy());
    if width(&whole) <= cells {
        return whole;
    }
    // The end names the file: two thirds for it.
    let mut end = String::new();
    for grapheme in whole.graphemes(true).rev() {
        if width(&end) + width(grapheme) > cells * 2 / 3 {
            break;
        }
        end.insert_str(0, grapheme);
    }
    fit(&whole, cells.saturating_sub(width(&end))) + &end
}

/// `words` with the paths of a script in at most `cells` cells each.
fn shortened(words: &str, script: &LocalPlan, cells: usize) -> String {
    let lock = script.lock.as_ref().map(|lock| lock.path.as_path());
    let log = script.log.as_ref().map(|log| log.path.as_path());
    let paths = [Some(script.path.as_path()), lock, log].into_iter();
    paths.flatten().fold(words.to_owned(), |words, path| {
        words.replace(&*path.to_string_lossy(), &short(path, cells))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_begin_and_its_end() {
        let long = "/srv/aplikasi/sinkronisasi/basis-data/sync_fkk_db.sh";
        let table = [
            ("/opt/sync.sh", 12, "/opt/sync.sh"),
            (long, 30, "/srv/apli…-data/sync_fkk_db.sh"),
            (long, 12, "/sr…kk_db.sh"),
            (long, 0, ""),
        ];
        for (path, cells, expected) in table {
            assert_eq!(short(Path::new(path), cells), expected);
        }
        assert_eq!(short(Path::new("/opt/\u{1b}[2J"), 40), "/opt/^[[2J");
    }
}
