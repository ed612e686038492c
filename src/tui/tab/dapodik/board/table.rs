//! The kecamatan: whose turn it is, whose turn was, who failed last time, what the database has.
//!
//! "through" is all a followed backend lets one say: whether it was stored, the check says. Of our
//! own work the schools are counted, and several kecamatan are in hand at once.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::dapodik::progress::Place;
use crate::dapodik::sync::progress::{District, State};
use crate::dapodik::{Counts, Kecamatan, Scope};
use crate::text::{age, count, plural};
use crate::tui::tab::dapodik::runs::RunProgress;
use crate::tui::tab::dapodik::{BoardPane, Sync};
use crate::tui::tab::engine_tab::ControllerOf;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::gauge;
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
    Own(OwnState),
}

/// How far our own work is in a kecamatan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnState {
    state: State,
    percent: u64,
    /// Schools that are through, stored or not.
    through: u64,
    total: Option<u64>,
    failed: u64,
}

impl OwnState {
    fn of(district: &District) -> Self {
        Self {
            state: district.state,
            percent: district.percent(),
            through: district.through(),
            total: district.total,
            failed: district.failed(),
        }
    }

    fn sign(self, theme: &Theme) -> (&'static str, Tone) {
        match self.state {
            State::Running => (theme.spinner(), Tone::Accent),
            State::Done => ("✓", Tone::Good),
            State::Partial => ("!", Tone::Warn),
            State::Failed => ("✗", Tone::Bad),
        }
    }

    /// `28/45`; empty until its list is there.
    fn schools(self) -> String {
        let total = self
            .total
            .map(|total| format!("{}/{}", count(self.through), count(total)));
        total.unwrap_or_default()
    }

    /// What is missing of it.
    fn failures(self) -> String {
        match (self.failed, self.state) {
            (0, State::Failed) => "list".to_owned(),
            (0, _) => String::new(),
            (failed, _) => count(failed),
        }
    }

    /// How it ended, or how far it came.
    fn result(self) -> String {
        match (self.state, self.failed) {
            (State::Failed, 0) => "its list of schools failed".to_owned(),
            (_, failed @ 1..) => format!("{} failed", plural(failed, "school")),
            (State::Running, _) => format!("stopped at {}", self.schools()),
            _ => "stored".to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
pub(in crate::tui::tab::dapodik) struct Row {
    pub code: String,
    pub name: String,
    kabupaten: String,
    stored: Option<Counts>,
    state: RowState,
}

impl Sync {
    /// All of the list, and what a run named that is not in it, as far as the search lets them pass.
    pub(in crate::tui::tab::dapodik) fn rows(&self, controller: &ControllerOf<Self>) -> Vec<Row> {
        let live = self.shown_live(controller);
        let listed = self.listed();
        let mut rows: Vec<Row> = listed.iter().map(|one| self.row(one, live)).collect();
        if let Some(live) = live.filter(|live| live.ended.is_none()) {
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
        }
        rows.retain(|row| {
            self.filter
                .passes([row.code.as_str(), &row.name, &row.kabupaten])
        });
        rows
    }

    fn row(&self, one: &Kecamatan, live: Option<&RunProgress>) -> Row {
        let overview = self.facts.as_ref();
        let counts = overview.and_then(|seen| seen.counts.as_ref());
        let stored =
            counts.map(|counts| counts.get(one.code.as_str()).copied().unwrap_or_default());
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
        let own = live.and_then(|live| live.work.find(one.code.as_str()));
        match failed.find(|named| named.key == one.code.as_str()) {
            Some(named) => RowState::Failed(named.reason.clone()),
            None if live.is_some_and(RunProgress::is_own) => {
                own.map_or(RowState::Calm, |own| RowState::Own(OwnState::of(own)))
            }
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
        let focus = Focus::on(self.pane == BoardPane::Kecamatan);
        let pane = Pane::new("Kecamatan", focus).remark(&remark(&rows));
        let inside = pane.draw(buffer, area, theme);
        let inside = self.filter.draw(buffer, inside, theme);
        let live = self.shown_live(controller);
        let works = live.is_some_and(|live| live.ended.is_none() && self.is_own(live));
        let bar = match inside.width {
            ..60 => 6,
            60..80 => 10,
            80.. => 20,
        };
        // Of our own work the sign tells the state, and the rows are what was written.
        let [schools, ptk, written, state] = if self.is_portal() {
            [8, 6, 5, 3]
        } else {
            [4, 3, 1, 7]
        };
        let columns = if works {
            vec![
                Column::new("", 1, 1, 10),
                Column::new("Code", 8, 8, 9),
                Column::new("Name", 8, 14, 9),
                Column::new("Kabupaten", 9, 16, 2),
                Column::new("", bar, bar, 3),
                Column::new("Schools", 7, 7, 8).right(),
                Column::new("✗", 2, 4, 7).right(),
            ]
        } else {
            vec![
                Column::new("", 1, 1, 10),
                Column::new("Code", 8, 8, 9),
                Column::new("Name", 8, 14, 9),
                Column::new("Kabupaten", 9, 16, 2),
                Column::new("Schools", 7, 7, schools).right(),
                Column::new("PTK", 5, 7, ptk).right(),
                Column::new("Written", 8, 10, written),
                Column::new("State", 7, 40, state),
            ]
        };
        let overview = self.facts.as_ref().map(|seen| &seen.regions);
        let empty = match overview {
            _ if self.filter.is_on() => "No kecamatan fits; Esc shows all",
            Some(Err(failure)) => failure.message.as_str(),
            Some(Ok(_)) => "No list of kecamatan",
            None => "Looking…",
        };
        let row = |index: usize| {
            let row = rows.get(index);
            let fields = row.map(|row| {
                if works {
                    row.fields_at_work(bar.into(), theme)
                } else {
                    row.fields(theme)
                }
            });
            fields.unwrap_or_default()
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

/// `17 · 3 in hand · 1 !`.
fn remark(rows: &[Row]) -> String {
    let of = |fits: fn(&RowState) -> bool| rows.iter().filter(|row| fits(&row.state)).count();
    let in_hand = of(|state| matches!(state, RowState::Own(own) if own.state == State::Running));
    let short = of(
        |state| matches!(state, RowState::Own(own) if [State::Partial, State::Failed].contains(&own.state)),
    );
    let failed = of(|state| matches!(state, RowState::Failed(_)));
    let part = |many: usize, what: &str| match many {
        0 => String::new(),
        many => format!(" · {many} {what}"),
    };
    let parts = [
        part(in_hand, "in hand"),
        part(short, "!"),
        part(failed, "failed"),
    ];
    format!("{}{}", rows.len(), parts.concat())
}

fn row_state(place: &Place, live: &RunProgress) -> RowState {
    if let Some(own) = live.work.find(&place.key).filter(|_| live.is_own()) {
        RowState::Own(OwnState::of(own))
    } else if place.passed {
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
            RowState::Own(own) => {
                let (sign, tone) = match own.state {
                    State::Running => ("○", Tone::Dim),
                    _ => own.sign(theme),
                };
                (sign, own.result(), tone)
            }
        };
        let written = self.stored.and_then(|stored| stored.newest);
        let written = written.map_or_else(String::new, |at| age(at, theme.now));
        let figure = |figure: Option<u64>| {
            let figure = figure.map(count).unwrap_or_default();
            Field::toned(&figure, Tone::Plain)
        };
        vec![
            Field::toned(sign, tone),
            self.code.as_str().into(),
            self.name.as_str().into(),
            Field::toned(&self.kabupaten, Tone::Dim),
            figure(self.stored.map(|stored| stored.sekolah)),
            figure(self.stored.map(|stored| stored.ptk)),
            Field::toned(&written, Tone::Dim),
            Field::toned(&state, tone),
        ]
    }

    /// While our own work is in hand; a bar has so many cells.
    fn fields_at_work(&self, cells: usize, theme: &Theme) -> Vec<Field> {
        let own = match self.state {
            RowState::Own(own) => Some(own),
            _ => None,
        };
        let (sign, tone) = own.map_or(("", Tone::Dim), |own| own.sign(theme));
        let bar = match own {
            Some(own) => Field::toned(&gauge::blocks(own.percent * 10, cells), Tone::Accent),
            None => Field::toned(&"·".repeat(cells), Tone::Dim),
        };
        vec![
            Field::toned(sign, tone),
            self.code.as_str().into(),
            self.name.as_str().into(),
            Field::toned(&self.kabupaten, Tone::Dim),
            bar,
            own.map(OwnState::schools).unwrap_or_default().into(),
            Field::toned(&own.map(OwnState::failures).unwrap_or_default(), Tone::Bad),
        ]
    }
}
