//! The kecamatan: whose turn it is, whose turn was, who failed last time, what the database has.
//!
//! "through" is all a followed backend lets one say: whether it was stored, the check says.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::dapodik::progress::Place;
use crate::dapodik::{Kecamatan, Scope};
use crate::text::count;
use crate::tui::tab::dapodik::runs::RunProgress;
use crate::tui::tab::dapodik::{BoardPane, Sync};
use crate::tui::tab::engine_tab::ControllerOf;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

#[derive(Clone, Debug, PartialEq, Eq)]
enum RowState {
    /// Nothing is known of it.
    Calm,
    Waiting,
    /// So far, in percent where the backend says so.
    InHand(Option<u64>),
    /// It was in hand when the stream broke.
    LostSight,
    Through,
    /// Why, as the last check found.
    Failed(String),
}

#[derive(Clone, Debug)]
pub(in crate::tui::tab::dapodik) struct Row {
    pub code: String,
    name: String,
    kabupaten: String,
    stored: Option<(u64, u64)>,
    state: RowState,
}

impl Sync {
    /// All of the list, and what a run named that is not in it.
    pub(in crate::tui::tab::dapodik) fn rows(&self, controller: &ControllerOf<Self>) -> Vec<Row> {
        let live = self.shown_run(controller).and_then(|id| self.runs.get(id));
        let listed = self.listed();
        let mut rows: Vec<Row> = listed.iter().map(|one| self.row(one, live)).collect();
        let Some(live) = live.filter(|live| live.ended.is_none()) else {
            return rows;
        };
        let strange = |place: &&Place| listed.iter().all(|one| one.code.as_str() != place.key);
        for place in live.progress.places().iter().filter(strange) {
            rows.push(Row {
                code: place.key.clone(),
                name: place.label.clone(),
                kabupaten: String::new(),
                stored: None,
                state: row_state(place, live),
            });
        }
        rows
    }

    fn row(&self, one: &Kecamatan, live: Option<&RunProgress>) -> Row {
        let overview = self.facts.as_ref();
        let counts = overview.and_then(|seen| seen.counts.as_ref());
        let stored = counts.map(|counts| {
            let of = counts.get(one.code.as_str()).copied().unwrap_or_default();
            (of.sekolah, of.ptk)
        });
        Row {
            code: one.code.as_str().to_owned(),
            name: one.name.clone(),
            kabupaten: one.kabupaten.clone(),
            stored,
            state: self.row_state(one, live),
        }
    }

    fn row_state(&self, one: &Kecamatan, live: Option<&RunProgress>) -> RowState {
        let going = live.filter(|live| live.ended.is_none());
        let place = live.and_then(|live| {
            let places = &live.progress;
            places.place_of(one.code.as_str())
        });
        if let (Some(place), Some(live)) = (place, going) {
            return row_state(place, live);
        }
        let meant = match going.and_then(|live| live.scope.as_ref()) {
            Some(Scope::Global) => true,
            Some(Scope::Kecamatan { codes }) => codes.contains(&one.code),
            _ => false,
        };
        if meant {
            return RowState::Waiting;
        }
        let history = self.facts.as_ref().map(|seen| &seen.history);
        let mut failed = history.into_iter().flat_map(|history| &history.failed);
        match failed.find(|named| named.key == one.code.as_str()) {
            Some(named) => RowState::Failed(named.reason.clone()),
            None if place.is_some_and(|place| place.passed) => RowState::Through,
            None => RowState::Calm,
        }
    }

    pub(super) fn draw_table(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        let rows = self.rows(controller);
        let failed = rows
            .iter()
            .filter(|row| matches!(row.state, RowState::Failed(_)));
        let remark = match failed.count() {
            0 => rows.len().to_string(),
            failed => format!("{} · {failed} failed", rows.len()),
        };
        let focus = if self.pane == BoardPane::Kecamatan {
            Focus::Here
        } else {
            Focus::Elsewhere
        };
        let pane = Pane::new("Kecamatan", focus).remark(&remark);
        let inside = pane.draw(buffer, area, theme);
        let columns = [
            Column::new("", 1, 1, 10),
            Column::new("Code", 8, 8, 9),
            Column::new("Name", 8, 14, 9),
            Column::new("Kabupaten", 9, 16, 2),
            Column::new("Schools", 7, 7, 4).right(),
            Column::new("PTK", 5, 7, 3).right(),
            Column::new("State", 7, 40, 7),
        ];
        let overview = self.facts.as_ref().map(|seen| &seen.regions);
        let empty = match overview {
            Some(Err(failure)) => failure.message.as_str(),
            Some(Ok(_)) => "No list of kecamatan",
            None => "Looking…",
        };
        let row = |index: usize| {
            let row = rows.get(index);
            row.map(|row| row.fields(theme)).unwrap_or_default()
        };
        let table = Table {
            columns: &columns,
            length: rows.len(),
            row: &row,
            list: &self.kecamatan,
            focus,
            sorted: None,
            empty,
        };
        table.draw(buffer, inside, theme);
    }
}

fn row_state(place: &Place, live: &RunProgress) -> RowState {
    if place.passed {
        RowState::Through
    } else if live.progress.is_watched().is_some() {
        RowState::LostSight
    } else {
        RowState::InHand(live.progress.here())
    }
}

impl Row {
    fn fields(&self, theme: &Theme) -> Vec<Field> {
        let (sign, state, tone) = match &self.state {
            RowState::Calm => ("", String::new(), Tone::Plain),
            RowState::Waiting => ("○", "waiting".to_owned(), Tone::Dim),
            RowState::InHand(percent) => {
                let said = percent.map(|percent| format!("{percent} %"));
                let said = said.unwrap_or_else(|| "in hand".to_owned());
                (theme.spinner(), said, Tone::Accent)
            }
            RowState::LostSight => ("?", "unknown".to_owned(), Tone::Warn),
            RowState::Through => ("✓", "through".to_owned(), Tone::Good),
            RowState::Failed(why) => ("✗", why.clone(), Tone::Bad),
        };
        let figure = |figure: Option<u64>| {
            let figure = figure.map(count).unwrap_or_default();
            Field::toned(&figure, Tone::Plain)
        };
        vec![
            Field::toned(sign, tone),
            self.code.as_str().into(),
            self.name.as_str().into(),
            Field::toned(&self.kabupaten, Tone::Dim),
            figure(self.stored.map(|(sekolah, _)| sekolah)),
            figure(self.stored.map(|(_, ptk)| ptk)),
            Field::toned(&state, tone),
        ]
    }
}
