//! One kecamatan of our own work: its schools, and what became of each, while it runs and after.
//!
//! ```text
//!      NPSN      School                      Result
//!   ▸ ✓ 20400101  SD NEGERI 1 GAMPING        12 PTK
//!     ✗ 20400117  SD NEGERI 17 GAMPING       500 Internal Server Error, 4 tries
//! ```
//! Only schools that are through have a name here: the others are counted.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Act, back, own};
use crate::dapodik::sync::progress::{District, School, State};
use crate::text::{self, count};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::tab::{Hint, Status};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::prompt::Filter;
use crate::tui::widget::table::{Column, Field, Table};

#[derive(Debug)]
pub struct DistrictView {
    pub code: String,
    /// What it is called in the list, until the run says its label.
    name: String,
    list: List,
    /// The school that is selected: others that come through are listed before it.
    selected: Option<String>,
    filter: Filter,
    only_failed: bool,
}

impl DistrictView {
    pub fn new(code: &str, name: &str) -> Self {
        Self {
            code: code.to_owned(),
            name: name.to_owned(),
            list: List::default(),
            selected: None,
            filter: Filter::default(),
            only_failed: false,
        }
    }

    fn passing<'d>(&self, district: Option<&'d District>) -> Vec<&'d School> {
        let schools = district
            .into_iter()
            .flat_map(|district| district.schools.values());
        let passes = |school: &&School| {
            !(self.only_failed && school.stored)
                && self.filter.passes([school.npsn.as_str(), &school.note])
        };
        schools.filter(passes).collect()
    }

    /// Keeps the selected school selected when others were added.
    pub fn keep(&mut self, district: Option<&District>) {
        let passing = self.passing(district);
        let is_selected = |school: &&School| Some(&school.npsn) == self.selected.as_ref();
        if let Some(row) = passing.iter().position(is_selected) {
            self.list.select(row, passing.len());
        }
    }

    fn select(&mut self, district: Option<&District>) {
        let passing = self.passing(district);
        let row = self.list.selected();
        self.selected = passing.get(row).map(|school| school.npsn.clone());
    }

    pub fn keys(&self) -> Vec<Binding<Act>> {
        let label = if self.only_failed {
            "all schools"
        } else {
            "failed"
        };
        let failed = "Shows only the schools that failed, or all again.";
        vec![
            Binding::of(Action::Filter, "search", "Searches NPSN, name and result."),
            own('!', Act::Failed, label, failed),
            Binding::of(
                Action::Copy,
                "copy NPSN",
                "Copies the NPSN of the selected school.",
            ),
            back("back", "Goes back to the kecamatan."),
        ]
    }

    /// Does something that needs nothing but the schools; false for what is not known here.
    pub fn act(&mut self, action: Action<Act>, district: Option<&District>) -> bool {
        match action {
            Action::Move(step) => {
                let length = self.passing(district).len();
                self.list.go(step, length);
            }
            Action::Filter => self.filter.open(),
            Action::Own(Act::Failed) => {
                self.only_failed = !self.only_failed;
                self.list.select(0, 1);
            }
            _ => return false,
        }
        self.select(district);
        true
    }

    /// The NPSN of the selected school.
    pub fn npsn(&self, district: Option<&District>) -> Option<String> {
        let passing = self.passing(district);
        let school = passing.get(self.list.selected());
        school.map(|school| school.npsn.clone())
    }

    /// One step back within it; false when there is none.
    pub fn back(&mut self) -> bool {
        self.filter.clear()
    }

    pub fn typing(&self) -> Option<Vec<Hint>> {
        self.filter.typing()
    }

    pub fn capture(&mut self, key: Key) -> bool {
        let taken = self.filter.take(key).is_some();
        if taken {
            self.list.select(0, 1);
            self.selected = None;
        }
        taken
    }

    pub fn paste(&mut self, words: &str) {
        self.filter.paste(words);
    }

    pub fn point(&mut self, at: Position, pane: Rect, district: Option<&District>) {
        // The border and the heading, and the search where there is one.
        let head = 2 + u16::from(self.filter.is_on());
        let length = self.passing(district).len();
        let line = at.y.checked_sub(pane.y + head);
        if let Some(row) = line.and_then(|line| self.list.row_at(line, length)) {
            self.list.select(row, length);
            self.select(district);
        }
    }

    /// The name of the school that is selected, and what became of it, whole.
    pub fn status(&self, district: Option<&District>) -> Option<Status> {
        let passing = self.passing(district);
        let school = passing.get(self.list.selected())?;
        let tone = if school.stored {
            Tone::Plain
        } else {
            Tone::Bad
        };
        let sign = if school.stored { "✓" } else { "✗" };
        let words = format!("{sign} {} {}", school.npsn, school.note);
        Some(Status::new(&words, tone))
    }

    pub fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        district: Option<&District>,
        theme: &Theme,
    ) {
        let title = match district {
            Some(district) => district.label.clone(),
            None => format!("{} {}", self.code, self.name),
        };
        let remark = district.map(remark).unwrap_or_default();
        let pane = Pane::new(&title, Focus::Here).remark(&remark);
        let inside = pane.draw(buffer, area, theme);
        let inside = self.filter.draw(buffer, inside, theme);
        let passing = self.passing(district);
        let columns = [
            Column::new("", 1, 1, 10),
            Column::new("NPSN", 8, 8, 9),
            Column::new("School", 12, 30, 9).names(60),
            Column::new("Result", 8, 40, 8).up_to(120),
        ];
        let row = |index: usize| {
            passing
                .get(index)
                .map(|school| fields(school))
                .unwrap_or_default()
        };
        let table = Table {
            columns: &columns,
            length: passing.len(),
            row: &row,
            list: &self.list,
            focus: Focus::Here,
            sorted: None,
            empty: self.empty(district),
        };
        table.draw(buffer, inside, theme);
    }

    /// Why there is no row.
    fn empty(&self, district: Option<&District>) -> &'static str {
        let Some(district) = district else {
            return "Its turn has not come yet";
        };
        match district.state {
            _ if self.filter.is_on() => "No school fits; Esc shows all",
            _ if self.only_failed && !district.schools.is_empty() => {
                "No school failed; ! shows all"
            }
            State::Failed => "Its list of schools could not be read; the events say why",
            State::Running if district.total.is_none() => "Its list of schools is awaited",
            State::Running => "No school is through yet",
            State::Done | State::Partial => "It has no schools",
        }
    }
}

/// `28 of 45 through · 1 failed · 17 waiting`.
fn remark(district: &District) -> String {
    let through = district.through();
    let Some(total) = district.total else {
        return text::plural(through, "school");
    };
    let mut remark = format!("{} of {} through", count(through), count(total));
    let parts = [
        (district.before, "by the run before"),
        (district.failed(), "failed"),
        (total.saturating_sub(through), "waiting"),
    ];
    for (many, what) in parts {
        if many > 0 {
            remark = format!("{remark} · {} {what}", count(many));
        }
    }
    remark
}

fn fields(school: &School) -> Vec<Field> {
    let (sign, tone) = if school.stored {
        ("✓", Tone::Good)
    } else {
        ("✗", Tone::Bad)
    };
    let (name, result) = school.note.split_once(": ").unwrap_or((&school.note, ""));
    let result = match tone {
        Tone::Bad => Field::toned(result, tone),
        _ => result.into(),
    };
    vec![
        Field::toned(sign, tone),
        school.npsn.as_str().into(),
        name.into(),
        result,
    ]
}
