//! A run, or a plan in the making, as its events tell it: gauges, the stage, waits, a log.
//!
//! ```text
//!   apply Dev                                            00:12   ! 2 retries
//!   Dev      ████████████░░░░░░░  62 %  28/45
//!   ├ 14:03:22 · apply Dev …
//! ```
//! Takes the events of any engine; what a run is for, and who may stop it, is not known here.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::{Event, is_countdown};
use crate::run::Entry;
use crate::text;
use crate::tui::keys::Move;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::gauge::{self, Progress};
use crate::tui::widget::lines::{Backlog, Reading};
use crate::tui::widget::paint;

const LINES: usize = 2_000;
/// How many gauges are kept; the oldest full ones go first.
const GAUGES: usize = 100;
/// The scope that counts the whole, where an engine has such.
const ALL: &str = "all";

#[derive(Clone, Debug)]
pub struct RunView {
    since: Timestamp,
    until: Option<Timestamp>,
    stage: String,
    gauges: Vec<(String, Progress)>,
    /// What comes by itself, and in how many seconds, while it is waited for.
    countdown: Option<(String, u64)>,
    retries: u64,
    stopping: bool,
    log: Backlog,
    /// What went wrong, of all there was: a long log forgets it.
    problems: Backlog,
    only_problems: bool,
    reading: Reading,
}

impl RunView {
    pub fn new(since: Timestamp) -> Self {
        Self {
            since,
            until: None,
            stage: String::new(),
            gauges: Vec::new(),
            countdown: None,
            retries: 0,
            stopping: false,
            log: Backlog::new(LINES),
            problems: Backlog::new(LINES),
            only_problems: false,
            reading: Reading::default(),
        }
    }

    pub fn since(&self) -> Timestamp {
        self.since
    }

    pub fn stage(&self) -> &str {
        &self.stage
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// How many waits before another try there were.
    pub fn retries(&self) -> u64 {
        self.retries
    }

    pub fn is_over(&self) -> bool {
        self.until.is_some()
    }

    /// How many seconds are left of a countdown, where one runs.
    pub fn left(&self) -> Option<u64> {
        self.countdown.as_ref().map(|(_, left)| *left)
    }

    /// How far the whole is, where that is known.
    pub fn percent(&self) -> Option<u8> {
        let whole = self.gauges.iter().find(|(scope, _)| scope == ALL);
        match (whole, self.gauges.as_slice()) {
            (Some((_, whole)), _) | (None, [(_, whole)]) => whole.percent(),
            (None, _) => None,
        }
    }

    pub fn take(&mut self, entry: &Entry) {
        if let Event::Started { .. } = entry.event {
            self.since = entry.at;
        }
        self.say(entry.at, &entry.event);
    }

    pub fn say(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Step { scope, done, total } if is_countdown(scope) => {
                let left = total.unwrap_or(*done).saturating_sub(*done);
                self.countdown = Some((text::scrub(scope), left));
            }
            Event::Step { scope, done, total } => self.step(scope, *done, *total),
            Event::Stage { stage } => {
                self.stage = text::scrub(stage);
                self.line(at, stage, Tone::Title);
            }
            Event::Line { source, text } => {
                self.line(at, &format!("{source}: {text}"), Tone::Plain);
            }
            Event::Item { .. } if event.is_detail() => {}
            Event::Item { key, state, note } => {
                let (sign, tone) = match state.as_str() {
                    "failed" | "error" => ("✗ ", Tone::Bad),
                    "partial" => ("! ", Tone::Warn),
                    "clean" | "done" | "ok" => ("✓ ", Tone::Good),
                    _ => ("", Tone::Plain),
                };
                // A label often begins with its key.
                let note = note
                    .strip_prefix(key.as_str())
                    .map_or(note.as_str(), str::trim_start);
                let words = match key.rsplit_once('/') {
                    // A thing within another, such as a school: its number and name, then why.
                    Some((_, part)) if tone == Tone::Bad => format!("{sign}{part} {note}"),
                    _ => format!("{sign}{key} {state}: {note}"),
                };
                self.line(at, &words, tone);
            }
            Event::Retry { .. } => {
                self.retries += 1;
                let words = event.retry_line().unwrap_or_default();
                self.line(at, &words, Tone::Warn);
            }
            Event::Stopping => {
                self.stopping = true;
                self.line(at, "! stopping", Tone::Warn);
            }
            Event::Started { .. } | Event::Child { .. } | Event::Output { .. } => {}
        }
    }

    pub fn line(&mut self, at: Timestamp, words: &str, tone: Tone) {
        let line = format!("{} {words}", clock(at));
        let gone = self.log.push(&line, tone);
        let is_problem = matches!(tone, Tone::Bad | Tone::Warn);
        let dropped = if is_problem {
            self.problems.push(&line, tone)
        } else {
            0
        };
        self.reading
            .forget(if self.only_problems { dropped } else { gone });
    }

    /// Shows only what went wrong, or all again; from its end.
    pub fn toggle_problems(&mut self) {
        self.only_problems = !self.only_problems;
        self.reading.follow();
    }

    pub fn shows_only_problems(&self) -> bool {
        self.only_problems
    }

    fn shown_log(&self) -> &Backlog {
        if self.only_problems {
            &self.problems
        } else {
            &self.log
        }
    }

    pub fn end(&mut self, at: Timestamp) {
        self.until.get_or_insert(at);
        self.countdown = None;
    }

    pub fn go(&mut self, step: Move) {
        let length = self.shown_log().len();
        self.reading.go(step, length);
    }

    pub fn follows(&self) -> bool {
        self.reading.follows()
    }

    /// Stops following the end of the log, or follows it again.
    pub fn pause_or_follow(&mut self) {
        if self.reading.follows() {
            let length = self.shown_log().len();
            self.reading.pause(length);
        } else {
            self.reading.follow();
        }
    }

    pub fn toggle_wrap(&mut self) {
        self.reading.wraps = !self.reading.wraps;
    }

    pub fn elapsed(&self, now: Timestamp) -> SignedDuration {
        let until = self.until.unwrap_or(now);
        until.duration_since(self.since).max(SignedDuration::ZERO)
    }

    fn step(&mut self, scope: &str, done: u64, total: Option<u64>) {
        let known = self.gauges.iter_mut().find(|(name, _)| name == scope);
        if let Some((_, progress)) = known {
            progress.advance(done, total);
            return;
        }
        if self.gauges.len() >= GAUGES {
            let part = |(name, _): &(String, Progress)| name != ALL;
            let full = |one: &(String, Progress)| part(one) && one.1.percent() == Some(100);
            let oldest = self.gauges.iter().position(full);
            if let Some(oldest) = oldest.or_else(|| self.gauges.iter().position(part)) {
                self.gauges.remove(oldest);
            }
        }
        let mut progress = Progress::default();
        progress.advance(done, total);
        self.gauges.push((scope.to_owned(), progress));
    }
}

fn clock(at: Timestamp) -> String {
    let zoned = at.to_zoned(jiff::tz::TimeZone::system());
    zoned.strftime("%H:%M:%S").to_string()
}

impl RunView {
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        self.head(buffer, paint::row(area, 0), theme);
        // The gauges may take half of it; of too many those that move are shown.
        let most = usize::from(area.height.saturating_sub(2) / 2).max(1);
        let shown = self.shown(most);
        for (row, (scope, progress)) in (1..area.height).zip(&shown) {
            gauge::draw(buffer, paint::row(area, row), (scope, ""), progress, theme);
        }
        let used = 1 + u16::try_from(shown.len()).unwrap_or(u16::MAX);
        let log = Rect {
            y: area.y.saturating_add(used).min(area.bottom()),
            height: area.height.saturating_sub(used),
            ..area
        };
        self.draw_log(buffer, log, theme);
    }

    pub fn draw_log(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let log = self.shown_log();
        if log.is_empty() && self.only_problems {
            paint::text(
                buffer,
                area,
                0,
                "nothing went wrong so far",
                theme.tone(Tone::Dim),
            );
        }
        let line = |number: usize| log.line(number, theme);
        self.reading.draw(buffer, area, (log.len(), &line), theme);
    }

    /// Draws it in one row: `⠹ remark  ███░░  62 %  00:12`.
    pub fn draw_row(&self, buffer: &mut Buffer, area: Rect, label: &str, theme: &Theme) {
        let elapsed = text::duration(self.elapsed(theme.now));
        let whole = self.gauges.iter().find(|(scope, _)| scope == ALL);
        let whole = whole.or(self.gauges.last());
        let progress = whole.map(|(_, progress)| *progress).unwrap_or_default();
        gauge::draw(buffer, area, (label, &elapsed), &progress, theme);
    }

    fn head(&self, buffer: &mut Buffer, line: Rect, theme: &Theme) {
        let elapsed = text::duration(self.elapsed(theme.now));
        let mut tail = match self.retries {
            0 => String::new(),
            several => format!("! {}  ", text::plural(several, "wait")),
        };
        match &self.countdown {
            Some((until, left)) => {
                let left = text::seconds(*left);
                let _ = write!(tail, "stopping, {left} {until}  ");
            }
            None if self.stopping && !self.is_over() => tail.push_str("stopping  "),
            None => {}
        }
        tail.push_str(&elapsed);
        let tone = if self.retries > 0 || self.stopping || self.countdown.is_some() {
            Tone::Warn
        } else {
            Tone::Dim
        };
        paint::text_right(buffer, line, 0, &tail, theme.tone(tone));
        let sign = if self.is_over() { "" } else { theme.spinner() };
        let words = format!("{sign} {}", self.stage);
        let room = Rect {
            width: line.width.saturating_sub(paint::cells(&tail) + 2),
            ..line
        };
        paint::text(buffer, room, 0, words.trim_start(), theme.tone(Tone::Title));
    }

    /// The gauges that matter most, in their order: the whole, what is not full, the latest.
    fn shown(&self, most: usize) -> Vec<(String, Progress)> {
        let mut rank: Vec<usize> = (0..self.gauges.len()).collect();
        let key = |&index: &usize| {
            let (scope, progress) = &self.gauges[index];
            let full = progress.percent() == Some(100);
            (scope != ALL, full, std::cmp::Reverse(index))
        };
        rank.sort_by_key(key);
        rank.truncate(most);
        rank.sort_unstable();
        rank.iter()
            .map(|&index| self.gauges[index].clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(scope: &str, done: u64, total: u64) -> Event {
        Event::Step {
            scope: scope.to_owned(),
            done,
            total: Some(total),
        }
    }

    #[test]
    fn the_whole_is_the_scope_called_all_or_the_only_one() {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        assert_eq!(view.percent(), None);
        view.say(Timestamp::UNIX_EPOCH, &step("Dev", 5, 10));
        assert_eq!(view.percent(), Some(50));
        view.say(Timestamp::UNIX_EPOCH, &step("Test", 1, 10));
        assert_eq!(view.percent(), None);
        view.say(Timestamp::UNIX_EPOCH, &step(ALL, 1, 4));
        assert_eq!(view.percent(), Some(25));
    }

    #[test]
    fn a_countdown_is_no_progress() {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        view.say(Timestamp::UNIX_EPOCH, &step("until KILL", 2, 10));
        assert_eq!((view.percent(), view.left()), (None, Some(8)));
        view.say(Timestamp::UNIX_EPOCH, &step("Dev", 5, 10));
        assert_eq!((view.percent(), view.left()), (Some(50), Some(8)));
        view.end(Timestamp::UNIX_EPOCH);
        assert_eq!((view.percent(), view.left()), (Some(50), None));
    }

    #[test]
    fn of_many_gauges_the_whole_and_the_moving_ones_are_shown() {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        view.say(Timestamp::UNIX_EPOCH, &step(ALL, 1, 4));
        for number in 0..3 * GAUGES {
            view.say(Timestamp::UNIX_EPOCH, &step(&format!("k{number}"), 9, 9));
        }
        view.say(Timestamp::UNIX_EPOCH, &step("Depok", 1, 9));
        assert!(view.gauges.len() <= GAUGES);
        let names: Vec<String> = view.shown(2).into_iter().map(|(scope, _)| scope).collect();
        assert_eq!(names, [ALL, "Depok"]);
    }

    #[test]
    fn what_went_wrong_stays_when_a_flood_has_pushed_it_out() {
        let item = |key: &str, state: &str, note: &str| Event::Item {
            key: key.to_owned(),
            state: state.to_owned(),
            note: note.to_owned(),
        };
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        let mut say = |event: &Event| view.say(Timestamp::UNIX_EPOCH, event);
        say(&item("34.04.07/20400117", "failed", "SD 17: 500"));
        say(&item("34.04.07", "partial", "34.04.07 Depok (Sleman)"));
        for number in 0..3_000 {
            say(&item(&format!("k{number}"), "done", "well"));
            say(&item("34.04.07/20400118", "stored", "SD 18: 12 PTK"));
        }
        let words = |view: &RunView| -> Vec<String> {
            let log = view.shown_log();
            (0..log.len())
                .map(|line| log.words(line)[9..].to_owned())
                .collect()
        };
        assert!(words(&view).iter().all(|line| line.starts_with("✓ k")));
        view.toggle_problems();
        assert_eq!(
            words(&view),
            [
                "✗ 20400117 SD 17: 500",
                "! 34.04.07 partial: Depok (Sleman)"
            ]
        );
        view.toggle_problems();
        assert_eq!(words(&view).len(), LINES);
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        for number in 0..10_000 {
            view.line(Timestamp::UNIX_EPOCH, &number.to_string(), Tone::Plain);
        }
        assert_eq!(view.log.len(), LINES);
    }
}
