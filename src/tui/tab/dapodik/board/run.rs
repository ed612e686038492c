//! The run on the board: two bars, how fast, how long still, since when silent; its events below.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::parts::{self, append_columns, joined};
use super::{split, work};
use crate::dapodik::progress::Progress;
use crate::dapodik::{Scope, eta};
use crate::run::Id;
use crate::text;
use crate::tui::run_controller::run_name;
use crate::tui::tab::dapodik::runs::RunProgress;
use crate::tui::tab::dapodik::{BoardPane, Sync};
use crate::tui::tab::engine_tab::ControllerOf;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::run_view::RunView;
use crate::tui::widget::{gauge, paint};

impl Sync {
    /// Draws bars and events; where the events are.
    pub(super) fn draw_run(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) -> Rect {
        let shown = self.shown_run(controller);
        let known = shown.and_then(|id| Some((id, self.runs.get(id)?)));
        let Some((id, live)) = known else {
            let inside = Pane::new("Sync", Focus::Elsewhere).draw(buffer, area, theme);
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
                "No sync is running here.",
                theme.tone(Tone::Plain),
            );
            for (row, line) in (1..).zip(&lines) {
                paint::text(buffer, inside, row, line, theme.tone(Tone::Dim));
            }
            return Rect::ZERO;
        };
        let bars = self.bars_height(live, area);
        let [bars, events] = split(area, bars);
        self.draw_bars(buffer, bars, (id, live), controller, theme);
        let focus = if self.pane == BoardPane::Events {
            Focus::Here
        } else {
            Focus::Elsewhere
        };
        let view = controller.runs().view(id);
        let only = view.is_some_and(RunView::shows_only_problems);
        let remark = if only { "problems only" } else { "" };
        let pane = Pane::new("Events", focus).remark(remark);
        let inside = pane.draw(buffer, events, theme);
        if let Some(view) = view {
            view.draw_log(buffer, paint::after(inside, 1), theme);
        }
        events
    }

    /// Bars need few rows; what is known of a sync that is only watched is read whole.
    pub(super) fn bars_height(&self, live: &RunProgress, area: Rect) -> u16 {
        if self.is_own(live) {
            return work::height(area.width).min(area.height.max(12) / 2);
        }
        let lines = watched(live, area.width.saturating_sub(4)).unwrap_or_default();
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        height.saturating_add(2).clamp(6, area.height.max(12) / 2)
    }

    pub(super) fn draw_bars(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        (id, live): (Id, &RunProgress),
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        let run = controller.runs().run(id);
        let target = run.map_or("", |run| run.manifest.target.as_str());
        let title = match &live.scope {
            Some(scope) => title(scope, target),
            None => text::excerpt(target, 60),
        };
        let view = controller.runs().view(id);
        let elapsed = view.map(|view| text::duration(view.elapsed(theme.now)));
        let elapsed = elapsed.unwrap_or_default();
        let remark = format!("{} · {elapsed}", run_name(id));
        let pane = Pane::new(&title, Focus::Elsewhere).remark(&remark);
        let inside = paint::after(pane.draw(buffer, area, theme), 1);
        let inside = Rect {
            width: inside.width.saturating_sub(1),
            ..inside
        };
        let retries = view.map_or(0, RunView::retries);
        if self.is_own(live) {
            work::draw(buffer, inside, (live, retries), theme);
            return;
        }
        let scope = live.scope.as_ref();
        if scope.is_some_and(|scope| !scope.is_followed()) {
            paint::text(
                buffer,
                inside,
                0,
                "it tells no progress",
                theme.tone(Tone::Dim),
            );
            return;
        }
        let now = live.moment(theme.now);
        let progress = &live.progress;
        if let Some(lines) = watched(live, inside.width) {
            for (row, line) in (0..inside.height).zip(&lines) {
                paint::text(buffer, inside, row, line, theme.tone(Tone::Warn));
            }
            return;
        }
        let count = progress.count();
        let count = count.map(|(done, total)| {
            let total = total.map_or_else(String::new, |total| format!("/{}", text::count(total)));
            text::count(done) + &total
        });
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
                let words = format!("{name} in hand {schools}").trim_end().to_owned();
                paint::text(buffer, row, 0, &words, theme.tone(Tone::Plain));
            }
        }
        let speed = pace(progress, now, live.ended.is_some());
        let mut speed = joined(&speed, inside.width);
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
        let overview = self.facts.as_ref();
        let counts = overview.and_then(|seen| seen.counts.as_ref()?.get(known.code.as_str()));
        let schools = counts.map(|counts| format!("of {}", text::plural(counts.sekolah, "school")));
        (&known.name, schools.unwrap_or_default())
    }

    /// Silence, tries, and what cannot be known yet.
    fn state(&self, live: &RunProgress, retries: u64, now: Timestamp) -> (Vec<String>, Tone) {
        let silence = parts::silence(live, now);
        let quiet = silence.is_some();
        let mut parts: Vec<String> = silence.into_iter().collect();
        parts.push(format!("retries {}", text::count(retries)));
        let followed = live.scope.as_ref().is_some_and(Scope::is_followed);
        if live.ended.is_none() && followed {
            let checked = self
                .facts
                .as_ref()
                .is_some_and(|seen| seen.counts.is_some());
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
fn watched(live: &RunProgress, width: u16) -> Option<Vec<String>> {
    let known = live
        .progress
        .is_watched()
        .filter(|_| live.ended.is_none())?;
    let mut lines = paint::wrap(&watching(&live.progress), width);
    lines.extend(paint::wrap(&text::scrub(known), width));
    Some(lines)
}

/// How far a sync was that is only watched, when it was last heard of.
fn watching(progress: &Progress) -> String {
    let place = progress.place();
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    match progress.percent() {
        0 if place.is_empty() => "watching, started elsewhere".to_owned(),
        percent => format!("watching; the connection broke at {percent} %{place}"),
    }
}

/// The title of the bars: short, so that run and elapsed time stand beside it.
fn title(scope: &Scope, target: &str) -> String {
    match scope {
        Scope::Kecamatan { codes } if codes.len() == 1 => format!("sync of {}", codes[0]),
        Scope::Kecamatan { codes } => format!("sync of {} kecamatan", codes.len()),
        _ => text::excerpt(target, 60),
    }
}

/// When it may be done, and how fast it goes.
fn pace(progress: &Progress, now: Timestamp, ended: bool) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(left) = progress.eta(now).filter(|_| !ended && !progress.is_done()) {
        parts.push(eta(&left));
    }
    if let Some(rate) = progress.rate(now) {
        parts.push(format!("{rate:.1} %/min"));
    }
    parts
}
