//! The board: a card with the last global sync, the bars of a run, kecamatan and events.
//!
//! Wide enough, the cards stand at the left and the run at the right; else everything is stacked.

mod parts;
mod run;
mod table;
mod work;

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::district::DistrictView;
use super::{BackendState, BoardPane, Mode, Sync};
use crate::dapodik::sync::progress::District;
use crate::dapodik::{Kecamatan, Metadata, State};
use crate::text::{age, duration, excerpt, local_time, scrub};
use crate::tui::tab::engine_tab::ControllerOf;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;

/// How many rows one fact may take: errors of a backend are long.
const ROWS: usize = 3;
const WIDE: u16 = 72;
/// From here on the table gets the larger half: all figures fit.
const SPACIOUS: u16 = 96;

/// Where the panes were drawn that can be clicked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PaneAreas {
    table: Rect,
    events: Rect,
}

impl Sync {
    pub(super) fn draw_board(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        let wide = area.width >= WIDE;
        let live = self.shown_live(controller);
        let own = self.is_portal() || live.is_some_and(|live| self.is_own(live));
        let left = match area.width {
            SPACIOUS.. => (area.width * 13 / 25).min(84),
            // How many schools are through and how many failed stands beside the name.
            WIDE.. if own => area.width / 2,
            WIDE.. => area.width * 9 / 20,
            narrow => narrow,
        };
        let facts = wrapped(&self.lines(controller, theme.now), left.saturating_sub(3));
        let card_height = u16::try_from(facts.len()).unwrap_or(0) + 2;
        let [card, table, run] = if wide {
            let column = Rect {
                width: left,
                ..area
            };
            let [card, table] = split(column, card_height);
            [card, table, paint::after(area, left)]
        } else {
            let [card, rest] = split(area, card_height.min(area.height / 4));
            let [run, table] = split(rest, rest.height.div_ceil(2));
            [card, table, run]
        };
        let server = self.facts.as_ref().map(|seen| {
            if own && seen.is_portal {
                format!("portal {}", host(&seen.server))
            } else {
                seen.server.clone()
            }
        });
        let pane = Pane::new("Last global sync", Focus::Elsewhere)
            .remark(server.as_deref().unwrap_or_default());
        let inside = paint::after(pane.draw(buffer, card, theme), 1);
        for (row, (said, tone)) in (0..inside.height).zip(&facts) {
            paint::text(buffer, inside, row, said, theme.tone(*tone));
        }
        self.draw_table(buffer, table, controller, theme);
        let events = self.draw_run(buffer, run, controller, theme);
        self.drawn.set(PaneAreas { table, events });
    }

    /// Draws the schools of one kecamatan, below the bars of its run.
    pub(super) fn draw_district(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        (view, controller): (&DistrictView, &ControllerOf<Self>),
        theme: &Theme,
    ) {
        let known = self.shown_run(controller);
        let known = known.and_then(|id| Some((id, self.runs.get(id)?)));
        let bars = known.map_or(0, |(_, live)| self.bars_height(live, area));
        let [bars, schools] = split(area, bars);
        if let Some(known) = known {
            self.draw_bars(buffer, bars, known, controller, theme);
        }
        view.draw(buffer, schools, self.district(view, controller), theme);
        self.drawn.set(PaneAreas {
            table: schools,
            events: Rect::ZERO,
        });
    }

    /// What the run on the board knows of a kecamatan.
    pub(super) fn district(
        &self,
        view: &DistrictView,
        controller: &ControllerOf<Self>,
    ) -> Option<&District> {
        self.shown_live(controller)?.work.find(&view.code)
    }

    /// Selects the school that was clicked.
    pub(super) fn point_district(&mut self, at: Position, controller: &ControllerOf<Self>) {
        let PaneAreas { table, .. } = self.drawn.get();
        if table.contains(at) {
            self.with_district(controller, |view, district| view.point(at, table, district));
        }
    }

    /// Keeps the selection where it was when schools came through.
    pub(super) fn keep_district(&mut self, controller: &ControllerOf<Self>) {
        self.with_district(controller, DistrictView::keep);
    }

    /// Does something with the schools that are looked at; the default where there are none.
    pub(super) fn with_district<T: Default>(
        &mut self,
        controller: &ControllerOf<Self>,
        act: impl FnOnce(&mut DistrictView, Option<&District>) -> T,
    ) -> T {
        let shown = self.shown_run(controller);
        let Mode::District(view) = &mut self.mode else {
            return T::default();
        };
        let live = shown.and_then(|id| self.runs.get(id));
        let district = live.and_then(|live| live.work.find(&view.code));
        act(view, district)
    }

    /// Gives the keys to the pane that was clicked, and selects the row.
    pub(super) fn point_board(&mut self, at: Position, controller: &ControllerOf<Self>) {
        let PaneAreas { table, events } = self.drawn.get();
        if events.contains(at) {
            self.pane = BoardPane::Events;
        } else if table.contains(at) {
            self.pane = BoardPane::Kecamatan;
            let length = self.rows(controller).len();
            // The border and the heading, and the search where there is one.
            let head = 2 + u16::from(self.filter.is_on());
            let line = at.y.checked_sub(table.y + head);
            if let Some(row) = line.and_then(|line| self.kecamatan.row_at(line, length)) {
                self.kecamatan.select(row, length);
            }
        }
    }

    /// The list of kecamatan; empty while there is none.
    pub(super) fn listed(&self) -> &[Kecamatan] {
        let regions = self.facts.as_ref().map(|seen| seen.regions.as_ref());
        match regions {
            Some(Ok(regions)) => &regions.kecamatan,
            _ => &[],
        }
    }

    fn lines(&self, controller: &ControllerOf<Self>, now: Timestamp) -> Vec<(String, Tone)> {
        let mut facts = match &self.backend {
            BackendState::Unasked => vec![("not asked yet; m asks".to_owned(), Tone::Dim)],
            BackendState::Asking => vec![("asking…".to_owned(), Tone::Dim)],
            BackendState::Said(metadata) => self.said(metadata, controller, now),
            BackendState::Silent(failure) => vec![
                ("✗ no answer".to_owned(), Tone::Bad),
                (failure.message.clone(), Tone::Bad),
            ],
        };
        let own = self.facts.as_ref().filter(|facts| facts.is_portal);
        if let Some(database) = own.and_then(|facts| facts.database.as_ref()) {
            facts.push((format!("selaras writes to {database}"), Tone::Dim));
        }
        let history = self.facts.as_ref().map(|seen| &seen.history);
        for (what, at) in history.into_iter().flat_map(|history| &history.background) {
            let line = format!("{what}: started {}", age(*at, now));
            facts.push((line, Tone::Dim));
        }
        facts
    }

    fn said(
        &self,
        metadata: &Metadata,
        controller: &ControllerOf<Self>,
        now: Timestamp,
    ) -> Vec<(String, Tone)> {
        match &metadata.state {
            State::Never => vec![(metadata.sentence(now), Tone::Dim)],
            State::Running => {
                let (since, mut asked) = self.running.unwrap_or((now, now));
                if controller.runs().active().next().is_some() {
                    // A run of this machine shows that it is still true.
                    asked = now;
                }
                let seen = asked.duration_since(since);
                let asked = now.duration_since(asked);
                vec![(seen_running(seen, asked), Tone::Warn)]
            }
            State::Done(at) => {
                // One of last year is no good news.
                let (sign, tone) = if metadata.is_fresh(now) {
                    ("✓", Tone::Good)
                } else {
                    ("!", Tone::Warn)
                };
                let line = format!("{sign} {} · {}", local_time(*at), age(*at, now));
                vec![(line, tone)]
            }
            State::Error(why) => vec![
                ("✗ ERROR".to_owned(), Tone::Bad),
                (excerpt(why, 200), Tone::Bad),
            ],
            State::Strange(_) => vec![(format!("? {}", metadata.sentence(now)), Tone::Warn)],
        }
    }
}

/// `portal.example:8443` of its address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The first `height` rows of an area, and the rest.
fn split(area: Rect, height: u16) -> [Rect; 2] {
    let height = height.min(area.height);
    let first = Rect { height, ..area };
    let rest = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    [first, rest]
}

fn wrapped(facts: &[(String, Tone)], width: u16) -> Vec<(String, Tone)> {
    let rows = facts.iter().flat_map(|(fact, tone)| {
        let rows = paint::wrap(&scrub(fact), width).into_iter().take(ROWS);
        rows.map(|row| (row, *tone))
    });
    rows.collect()
}

/// `! RUNNING, seen so for 03:20`, and when that was asked, unless it was just now.
fn seen_running(length: SignedDuration, asked: SignedDuration) -> String {
    let mut seen = "! RUNNING".to_owned();
    if length >= SignedDuration::from_secs(1) {
        let _ = write!(seen, ", seen so for {}", duration(length));
    }
    if asked >= SignedDuration::from_mins(1) {
        let _ = write!(seen, "; asked {} ago, m asks again", duration(asked));
    }
    seen
}
