//! Choosing kecamatan: search, mark one, all, the others, those that failed last time.
//!
//! A name is no key, "Jetis" exists twice: code and kabupaten stand in every row, and all three
//! are searched. Nothing chosen cannot be gone on with.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Act, back, own};
use crate::dapodik::model::Finding;
use crate::dapodik::{Kecamatan, KecamatanCode, Scope, listed};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::tab::{Hint, Status};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::prompt::Filter;
use crate::tui::widget::table::{Column, Field, Table};

#[derive(Debug)]
pub struct Picker {
    all: Vec<Kecamatan>,
    failed: Vec<Finding>,
    chosen: BTreeSet<KecamatanCode>,
    list: List,
    filter: Filter,
}

impl Picker {
    /// Nothing chosen of `all`; `failed` are those that failed last time.
    pub fn new(all: Vec<Kecamatan>, failed: Vec<Finding>) -> Self {
        Self {
            all,
            failed,
            chosen: BTreeSet::new(),
            list: List::default(),
            filter: Filter::default(),
        }
    }

    /// The rows that pass the search.
    fn passing(&self) -> Vec<&Kecamatan> {
        let passes = |one: &&Kecamatan| {
            let texts = [one.code.as_str(), &one.name, &one.kabupaten];
            self.filter.passes(texts)
        };
        self.all.iter().filter(passes).collect()
    }

    fn failed(&self, one: &Kecamatan) -> Option<&Finding> {
        let code = one.code.as_str();
        self.failed.iter().find(|named| named.key == code)
    }

    /// What would be synced; `None` while nothing is chosen.
    pub fn scope(&self) -> Option<Scope> {
        let codes: Vec<KecamatanCode> = self.chosen.iter().cloned().collect();
        (!codes.is_empty()).then_some(Scope::Kecamatan { codes })
    }

    pub fn keys(&self) -> Vec<Binding<Act>> {
        let none = self.chosen.is_empty().then_some("no kecamatan is chosen");
        let unfailed = self
            .failed
            .is_empty()
            .then_some("none is known to have failed last time");
        let go = "Shows what would be asked of the backend; nothing is started before.";
        let all = "Chooses all that pass the search, or none of them if all are chosen.";
        let invert = "Chooses those that are not, of those that pass the search.";
        let failed = "Chooses exactly those that failed last time.";
        let search = "Searches code, name, kabupaten.";
        vec![
            Binding::of(Action::Open, "continue", go).unless(none),
            Binding::of(Action::Mark, "choose", "Chooses the row, or not."),
            Binding::of(Action::Filter, "search", search),
            Binding::of(Action::All, "all", all),
            own('i', Act::Invert, "invert", invert),
            own('!', Act::Failed, "failed", failed).unless(unfailed),
            back("back", "Drops the choice."),
        ]
    }

    /// Does something that needs nothing but the list.
    pub fn act(&mut self, action: Action<Act>) {
        let codes: Vec<KecamatanCode> = self.passing().iter().map(|one| one.code.clone()).collect();
        match action {
            Action::Move(step) => self.list.go(step, codes.len()),
            Action::Filter => self.filter.open(),
            Action::Mark => {
                if let Some(code) = codes.get(self.list.selected()) {
                    self.toggle(code);
                }
            }
            Action::All if codes.iter().all(|code| self.chosen.contains(code)) => {
                self.chosen.retain(|code| !codes.contains(code));
            }
            Action::All => self.chosen.extend(codes),
            Action::Own(Act::Invert) => codes.iter().for_each(|code| self.toggle(code)),
            Action::Own(Act::Failed) => {
                let failed = self.all.iter().filter(|one| self.failed(one).is_some());
                self.chosen = failed.map(|one| one.code.clone()).collect();
            }
            _ => {}
        }
    }

    fn toggle(&mut self, code: &KecamatanCode) {
        if !self.chosen.remove(code) {
            self.chosen.insert(code.clone());
        }
    }

    /// One step back within it; false when there is none.
    pub fn back(&mut self) -> bool {
        self.filter.clear()
    }

    /// What the keys do while a search is typed.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        self.filter.typing()
    }

    pub fn capture(&mut self, key: Key) -> bool {
        let taken = self.filter.take(key).is_some();
        if taken {
            self.list.select(0, 1);
        }
        taken
    }

    pub fn paste(&mut self, words: &str) {
        self.filter.paste(words);
    }

    pub fn point(&mut self, at: Position, pane: Rect) {
        // The border and the heading, and the search where there is one.
        let head = 2 + u16::from(self.filter.is_on());
        let length = self.passing().len();
        let line = at.y.checked_sub(pane.y + head);
        if let Some(row) = line.and_then(|line| self.list.row_at(line, length)) {
            self.list.select(row, length);
        }
    }

    /// What is chosen, by code and kabupaten.
    pub fn status(&self) -> Status {
        let chosen = self
            .all
            .iter()
            .filter(|one| self.chosen.contains(&one.code));
        let labels: Vec<String> = chosen.map(Kecamatan::label).collect();
        if labels.is_empty() {
            return Status::new(
                "No kecamatan is chosen; Space chooses one, a all",
                Tone::Plain,
            );
        }
        Status::new(&format!("Chosen: {}", listed(&labels)), Tone::Plain)
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let remark = format!("{} of {} chosen", self.chosen.len(), self.all.len());
        let inside = Pane::new("Sync which kecamatan?", Focus::Here)
            .remark(&remark)
            .draw(buffer, area, theme);
        let inside = self.filter.draw(buffer, inside, theme);
        let passing = self.passing();
        let columns = [
            Column::new("", 1, 1, 10),
            Column::new("Code", 8, 8, 9),
            Column::new("Kecamatan", 12, 30, 9),
            Column::new("Kabupaten", 12, 30, 9),
            Column::new("Last time", 10, 80, 3),
        ];
        let row = |index: usize| {
            let one = passing.get(index).copied();
            one.map(|one| self.row(one)).unwrap_or_default()
        };
        let table = Table {
            columns: &columns,
            length: passing.len(),
            row: &row,
            list: &self.list,
            focus: Focus::Here,
            sorted: None,
            empty: "No kecamatan fits; Esc shows all",
        };
        table.draw(buffer, inside, theme);
    }

    fn row(&self, one: &Kecamatan) -> Vec<Field> {
        let mark = if self.chosen.contains(&one.code) {
            Field::toned("●", Tone::Accent)
        } else {
            Field::toned("○", Tone::Dim)
        };
        let last = match self.failed(one) {
            Some(named) => Field::toned(&format!("✗ {}", named.reason), Tone::Bad),
            None => Field::default(),
        };
        vec![
            mark,
            one.code.as_str().into(),
            one.name.as_str().into(),
            one.kabupaten.as_str().into(),
            last,
        ]
    }
}
