//! What the tab shows: the board of cards, bars, kecamatan and events, or the page of a state.
//!
//! Wide enough, the cards stand at the left and the run at the right; else everything is stacked.

mod card;
mod run;
mod table;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::load::NotReady;
use super::{BoardPane, Dapodik, Mode, result, review};
use crate::dapodik::Kecamatan;
use crate::run::Id;
use crate::text::short_id;
use crate::tui::flow::State;
use crate::tui::tab::Tab as _;
use crate::tui::theme::{Focus, Theme};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::words as shared;

/// Below this the panes are stacked.
const WIDE: u16 = 72;
/// From here on the table gets the larger half: all figures fit.
const SPACIOUS: u16 = 96;

/// Where the panes were drawn that can be clicked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PaneAreas {
    table: Rect,
    events: Rect,
}

impl Dapodik {
    pub(super) fn draw_state(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match self.controller.state() {
            State::Idle => self.draw_idle(buffer, area, theme),
            State::Running(_) => self.draw_board(buffer, area, theme),
            State::Planning => {
                let pane = Pane::new("Looking…", Focus::Here).remark(shared::NOT_WRITTEN);
                let inside = pane.draw(buffer, area, theme);
                if let Some(view) = self.controller.view() {
                    view.draw(buffer, paint::after(inside, 1), theme);
                }
            }
            State::Starting(_) => {
                Pane::new(shared::STARTING, Focus::Here).draw(buffer, area, theme);
            }
            State::Review(plan) => {
                let history = self.overview.as_ref().map(|seen| &seen.history);
                let last = history.and_then(|history| history.took(&plan.scope));
                let rows = |width| review::rows(plan, last, theme.now, width);
                let remark = format!("plan {}", short_id(plan.id));
                self.page
                    .framed(buffer, area, ("Preview", &remark), &rows, theme);
            }
            State::Done(done) => {
                let remark = shared::run(&done.run.id().short());
                let rows = |width| result::done(done, width);
                self.page
                    .framed(buffer, area, ("Result", &remark), &rows, theme);
            }
            State::Failed(failure) => {
                let rows = |width| result::failure(failure, width);
                self.page
                    .framed(buffer, area, (self.title(), ""), &rows, theme);
            }
            State::Died(run) => {
                let remark = shared::run(&run.id().short());
                let why = run.failure();
                let rows = |width| {
                    let rows = why.as_ref().map(|why| result::failure(why, width));
                    rows.unwrap_or_default()
                };
                self.page
                    .framed(buffer, area, ("Died", &remark), &rows, theme);
            }
        }
    }

    fn draw_idle(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match (&self.planned, &self.unready, &self.mode) {
            (Some(planned), _, _) => {
                crate::tui::tab::Tab::<crate::tui::news::News>::draw(planned, buffer, area, theme);
            }
            (None, Some(NotReady::Failed(failure)), _) => {
                let rows = |width| result::failure(failure, width);
                self.page
                    .framed(buffer, area, (self.title(), ""), &rows, theme);
            }
            (_, _, Mode::Picker(picker)) => picker.draw(buffer, area, theme),
            (_, _, Mode::Form(form)) => form.draw(buffer, area, theme),
            (_, _, Mode::Board) => self.draw_board(buffer, area, theme),
        }
    }

    fn draw_board(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let wide = area.width >= WIDE;
        let left = match area.width {
            SPACIOUS.. => (area.width * 13 / 25).min(84),
            WIDE.. => area.width * 9 / 20,
            narrow => narrow,
        };
        let facts = card::wrapped(&self.facts(theme.now), left.saturating_sub(3));
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
        let server = self.overview.as_ref().map(|seen| seen.server.as_str());
        let pane =
            Pane::new("Last global sync", Focus::Elsewhere).remark(server.unwrap_or_default());
        let inside = paint::after(pane.draw(buffer, card, theme), 1);
        for (row, (said, tone)) in (0..inside.height).zip(&facts) {
            paint::text(buffer, inside, row, said, theme.tone(*tone));
        }
        self.draw_table(buffer, table, theme);
        let events = self.draw_run(buffer, run, theme);
        self.drawn.set(PaneAreas { table, events });
    }

    /// Gives the keys to the pane that was clicked, and selects the row.
    pub(super) fn point_board(&mut self, at: Position) {
        let PaneAreas { table, events } = self.drawn.get();
        if events.contains(at) {
            self.side = BoardPane::Events;
        } else if table.contains(at) {
            self.side = BoardPane::Kecamatan;
            let length = self.rows().len();
            // The border and the heading.
            let line = at.y.checked_sub(table.y + 2);
            if let Some(row) = line.and_then(|line| self.kecamatan.row_at(line, length)) {
                self.kecamatan.select(row, length);
            }
        }
    }

    /// The run on the board: the one that is followed, the current one, or the last.
    pub(super) fn shown_run(&self) -> Option<Id> {
        if let State::Running(id) = self.controller.state() {
            return Some(*id);
        }
        let going = self.controller.runs().going().next().map(|run| run.id());
        going.or_else(|| self.lives.newest())
    }

    /// The list of kecamatan; empty while there is none.
    pub(super) fn listed(&self) -> &[Kecamatan] {
        let regions = self.overview.as_ref().map(|seen| seen.regions.as_ref());
        match regions {
            Some(Ok(regions)) => &regions.kecamatan,
            _ => &[],
        }
    }

    fn moment(&self, id: Id, now: Timestamp) -> Timestamp {
        self.lives.get(id).map_or(now, |live| live.moment(now))
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
