//! The run on the board: two bars, how fast, how long still, since when silent; its events below.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::split;
use crate::dapodik::Scope;
use crate::dapodik::progress::Progress;
use crate::run::Id;
use crate::text;
use crate::tui::tab::dapodik::live::Live;
use crate::tui::tab::dapodik::{Dapodik, Side, words};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::{gauge, paint};
use crate::tui::words as shared;

/// How many parts of the time so far the columns stand for.
const PARTS: usize = 10;
const FEWEST_PARTS: usize = 5;
/// After so long without a word it is said.
const QUIET: SignedDuration = SignedDuration::from_secs(5);

impl Dapodik {
    /// Draws bars and events; where the events are.
    pub(super) fn draw_run(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        let shown = self.shown_run();
        let known = shown.and_then(|id| Some((id, self.lives.get(id)?)));
        let Some((id, live)) = known else {
            let inside = Pane::new(words::SYNC, Focus::Elsewhere).draw(buffer, area, theme);
            let inside = paint::after(inside, 1);
            let lines = paint::wrap(
                "S syncs all kecamatan, s some of them, p one PTK. Each is shown \
                                first, and asked about.",
                inside.width.saturating_sub(1),
            );
            paint::text(
                buffer,
                inside,
                0,
                "No sync goes on here.",
                theme.tone(Tone::Plain),
            );
            for (row, line) in (1..).zip(&lines) {
                paint::text(buffer, inside, row, line, theme.tone(Tone::Dim));
            }
            return Rect::ZERO;
        };
        let bars = Self::bars_height(live, area);
        let [bars, events] = split(area, bars);
        self.draw_bars(buffer, bars, (id, live), theme);
        let focus = if self.side == Side::Events {
            Focus::Here
        } else {
            Focus::Elsewhere
        };
        let inside = Pane::new(words::EVENTS, focus).draw(buffer, events, theme);
        if let Some(view) = self.controller.runs().view(id) {
            view.draw_log(buffer, paint::after(inside, 1), theme);
        }
        events
    }

    /// Bars need few rows; what is known of a sync that is only watched is read whole.
    fn bars_height(live: &Live, area: Rect) -> u16 {
        let lines = watched(live, area.width.saturating_sub(4)).unwrap_or_default();
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        height.saturating_add(2).clamp(6, area.height.max(12) / 2)
    }

    fn draw_bars(&self, buffer: &mut Buffer, area: Rect, (id, live): (Id, &Live), theme: &Theme) {
        let run = self.controller.runs().run(id);
        let target = run.map_or("", |run| run.manifest.target.as_str());
        let title = match &live.scope {
            Some(scope) => words::synced(scope, target),
            None => text::excerpt(target, 60),
        };
        let view = self.controller.runs().view(id);
        let elapsed = view.map(|view| text::duration(view.elapsed(theme.now)));
        let elapsed = elapsed.unwrap_or_default();
        let remark = format!("{} · {elapsed}", shared::run(&id.short()));
        let pane = Pane::new(&title, Focus::Elsewhere).remark(&remark);
        let inside = paint::after(pane.draw(buffer, area, theme), 1);
        let inside = Rect {
            width: inside.width.saturating_sub(1),
            ..inside
        };
        if live
            .scope
            .as_ref()
            .is_some_and(|scope| !scope.is_followed())
        {
            paint::text(
                buffer,
                inside,
                0,
                "it tells no progress",
                theme.tone(Tone::Dim),
            );
            return;
        }
        let now = self.moment(id, theme.now);
        let progress = &live.progress;
        if let Some(lines) = watched(live, inside.width) {
            for (row, line) in (0..inside.height).zip(&lines) {
                paint::text(buffer, inside, row, line, theme.tone(Tone::Warn));
            }
            return;
        }
        let count = progress.count();
        let count = count.map(|(done, total)| words::of_kecamatan(done, total));
        let remarks = [count.unwrap_or_default()];
        let all = paint::row(inside, 0);
        gauge::draw_percent(buffer, all, "all", (progress.percent(), &remarks), theme);
        if let Some(place) = progress.place() {
            let row = paint::row(inside, 1);
            let (name, schools) = self.about(place);
            if let Some(here) = progress.here() {
                gauge::draw_percent(buffer, row, name, (here, &[schools]), theme);
            } else {
                // A backend that does not tell how far it is here: no figure, not a false one.
                let words = words::in_hand(name, &schools);
                paint::text(buffer, row, 0, &words, theme.tone(Tone::Plain));
            }
        }
        let speed = pace(progress, now, live.ended.is_some());
        let mut speed = joined(&speed, inside.width);
        let retries = view.map_or(0, crate::tui::widget::run_view::RunView::retries);
        let (state, tone) = self.state(live, retries, now);
        let mut state = joined(&state, inside.width);
        // The columns stand where there is room for them.
        let gains = |room| progress.gains(now, room);
        if !append_columns(&mut speed, inside.width, gains) {
            append_columns(&mut state, inside.width, gains);
        }
        paint::text(buffer, inside, 2, &speed, theme.tone(Tone::Plain));
        paint::text(buffer, inside, 3, &state, theme.tone(tone));
    }

    /// The bare name of a kecamatan of the list (its code is marked in the table), and how many
    /// schools the database has of it.
    fn about<'a>(&'a self, label: &'a str) -> (&'a str, String) {
        let Some(known) = self.listed().iter().find(|one| one.label() == label) else {
            return (label, String::new());
        };
        let overview = self.overview.as_ref();
        let stock = overview.and_then(|seen| seen.stock.as_ref()?.get(known.code.as_str()));
        let schools = stock.map(|stock| format!("of {}", text::plural(stock.sekolah, "school")));
        (&known.name, schools.unwrap_or_default())
    }

    /// Silence, tries, and what cannot be known yet.
    fn state(&self, live: &Live, retries: u64, now: Timestamp) -> (Vec<String>, Tone) {
        let silent = live.progress.silent(now);
        let quiet = live.ended.is_none() && silent >= QUIET;
        let mut parts = Vec::new();
        if quiet {
            parts.push(format!("silent for {}", text::duration(silent)));
        }
        parts.push(format!("retries {}", text::count(retries)));
        let followed = live.scope.as_ref().is_some_and(Scope::is_followed);
        if live.ended.is_none() && followed {
            let checked = self
                .overview
                .as_ref()
                .is_some_and(|seen| seen.stock.is_some());
            let later = if checked {
                "checked at the end"
            } else {
                "not verified"
            };
            parts.push(later.to_owned());
        }
        let tone = if quiet || retries > 0 {
            Tone::Warn
        } else {
            Tone::Dim
        };
        (parts, tone)
    }
}

/// What is known of a sync that is only watched, in rows of `width` cells.
fn watched(live: &Live, width: u16) -> Option<Vec<String>> {
    let known = live
        .progress
        .is_watched()
        .filter(|_| live.ended.is_none())?;
    let mut lines = paint::wrap(&words::watching(&live.progress), width);
    lines.extend(paint::wrap(&text::scrub(known), width));
    Some(lines)
}

/// Adds columns of what was gained to a line, as many as fit; false where that is too few.
fn append_columns(line: &mut String, width: u16, gains: impl Fn(usize) -> Vec<u64>) -> bool {
    let gap = if line.is_empty() { "" } else { "  " };
    let room = width.saturating_sub(paint::cells(line) + paint::cells(gap));
    let room = usize::from(room).min(PARTS);
    if room < FEWEST_PARTS {
        return false;
    }
    line.push_str(gap);
    line.push_str(&gauge::sparkline(&gains(room), room));
    true
}

/// As many of `parts` as fit whole.
fn joined(parts: &[String], width: u16) -> String {
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { "  " };
        if paint::cells(&line) + paint::cells(gap) + paint::cells(part) > width {
            break;
        }
        line.push_str(gap);
        line.push_str(part);
    }
    line
}

/// When it may be done, and how fast it goes.
fn pace(progress: &Progress, now: Timestamp, ended: bool) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(eta) = progress.eta(now).filter(|_| !ended && !progress.is_done()) {
        parts.push(words::eta(&eta));
    }
    if let Some(rate) = progress.rate(now) {
        parts.push(format!("{rate:.1} %/min"));
    }
    parts
}
