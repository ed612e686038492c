//! The kecamatan: whose turn it is, whose turn was, who failed last time, what the database has.
//!
//! "through" is all a followed backend lets one say: whether it was stored, the check says.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::dapodik::progress::Place;
use crate::dapodik::{Kecamatan, Scope};
use crate::text::count;
use crate::tui::tab::dapodik::live::Live;
use crate::tui::tab::dapodik::{Dapodik, Side, words};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

/// How a kecamatan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
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

/// A row of the table.
#[derive(Clone, Debug)]
pub(in crate::tui::tab::dapodik) struct Row {
    pub code: String,
    name: String,
    kabupaten: String,
    stored: Option<(u64, u64)>,
    standing: Standing,
}

impl Dapodik {
    /// All of the list, and what a run named that is not in it.
    pub(in crate::tui::tab::dapodik) fn rows(&self) -> Vec<Row> {
        let live = self.shown_run().and_then(|id| self.lives.get(id));
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
                standing: standing_of(place, live),
            });
        }
        rows
    }

    fn row(&self, one: &Kecamatan, live: Option<&Live>) -> Row {
        let overview = self.overview.as_ref();
        let stock = overview.and_then(|seen| seen.stock.as_ref());
        let stored = stock.map(|stock| {
            let of = stock.get(one.code.as_str()).copied().unwrap_or_default();
            (of.sekolah, of.ptk)
        });
        Row {
            code: one.code.as_str().to_owned(),
            name: one.name.clone(),
            kabupaten: one.kabupaten.clone(),
            stored,
            standing: self.standing(one, live),
        }
    }

    fn standing(&self, one: &Kecamatan, live: Option<&Live>) -> Standing {
        let going = live.filter(|live| live.ended.is_none());
        let place = live.and_then(|live| {
            let places = &live.progress;
            places.place_of(one.code.as_str())
        });
        if let (Some(place), Some(live)) = (place, going) {
            return standing_of(place, live);
        }
        let meant = match going.and_then(|live| live.scope.as_ref()) {
            Some(Scope::Global) => true,
            Some(Scope::Kecamatan { codes }) => codes.contains(&one.code),
            _ => false,
        };
        if meant {
            return Standing::Waiting;
        }
        let past = self.overview.as_ref().map(|seen| &seen.past);
        let mut failed = past.into_iter().flat_map(|past| &past.failed);
        match failed.find(|named| named.key == one.code.as_str()) {
            Some(named) => Standing::Failed(named.reason.clone()),
            None if place.is_some_and(|place| place.passed) => Standing::Through,
            None => Standing::Calm,
        }
    }

    pub(super) fn draw_table(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let rows = self.rows();
        let failed = rows
            .iter()
            .filter(|row| matches!(row.standing, Standing::Failed(_)));
        let remark = words::kecamatan(rows.len(), failed.count());
        let focus = if self.side == Side::Kecamatan {
            Focus::Here
        } else {
            Focus::Elsewhere
        };
        let pane = Pane::new(words::KECAMATAN, focus).remark(&remark);
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
        let overview = self.overview.as_ref().map(|seen| &seen.regions);
        let empty = match overview {
            Some(Err(failure)) => failure.message.as_str(),
            Some(Ok(_)) => "No list of kecamatan",
            None => words::LOOKING,
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

fn standing_of(place: &Place, live: &Live) -> Standing {
    if place.passed {
        Standing::Through
    } else if live.progress.is_watched().is_some() {
        Standing::LostSight
    } else {
        Standing::InHand(live.progress.here())
    }
}

impl Row {
    fn fields(&self, theme: &Theme) -> Vec<Field> {
        let (sign, state, tone) = match &self.standing {
            Standing::Calm => ("", String::new(), Tone::Plain),
            Standing::Waiting => ("○", words::WAITING.to_owned(), Tone::Dim),
            Standing::InHand(percent) => {
                let said = percent.map(|percent| format!("{percent} %"));
                let said = said.unwrap_or_else(|| words::HERE.to_owned());
                (theme.spinner(), said, Tone::Accent)
            }
            Standing::LostSight => ("?", "unknown".to_owned(), Tone::Warn),
            Standing::Through => ("✓", "through".to_owned(), Tone::Good),
            Standing::Failed(why) => ("✗", why.clone(), Tone::Bad),
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
