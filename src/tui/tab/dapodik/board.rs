//! The board: a card with the last global sync, the bars of a run, kecamatan and events.
//!
//! Wide enough, the cards stand at the left and the run at the right; else everything is stacked.

mod run;
mod table;

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{BackendState, BoardPane, Sync};
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
        let left = match area.width {
            SPACIOUS.. => (area.width * 13 / 25).min(84),
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
        let server = self.facts.as_ref().map(|seen| seen.server.as_str());
        let pane =
            Pane::new("Last global sync", Focus::Elsewhere).remark(server.unwrap_or_default());
        let inside = paint::after(pane.draw(buffer, card, theme), 1);
        for (row, (said, tone)) in (0..inside.height).zip(&facts) {
            paint::text(buffer, inside, row, said, theme.tone(*tone));
        }
        self.draw_table(buffer, table, controller, theme);
        let events = self.draw_run(buffer, run, controller, theme);
        self.drawn.set(PaneAreas { table, events });
    }

    /// Gives the keys to the pane that was clicked, and selects the row.
    pub(super) fn point_board(&mut self, at: Position, controller: &ControllerOf<Self>) {
        let PaneAreas { table, events } = self.drawn.get();
        if events.contains(at) {
            self.pane = BoardPane::Events;
        } else if table.contains(at) {
            self.pane = BoardPane::Kecamatan;
            let length = self.rows(controller).len();
            // The border and the heading.
            let line = at.y.checked_sub(table.y + 2);
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
            BackendState::Asking => vec![("asking the backend…".to_owned(), Tone::Dim)],
            BackendState::Said(metadata) => self.said(metadata, controller, now),
            BackendState::Silent(failure) => vec![
                ("✗ no answer".to_owned(), Tone::Bad),
                (failure.message.clone(), Tone::Bad),
            ],
        };
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
