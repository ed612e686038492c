//! What a sync of ours says while it works, and what a reader of its journal learns from it.
//!
//! ```text
//!   Item  34.04.07           running | done | partial | failed     a kecamatan, by its label
//!   Step  34.04.07           schools through, of how many          once its list is there
//!   Item  34.04.07/20400101  stored | failed                       a school; its name and result
//!   Step  sekolah, ptk       stored so far                         ptk have no total
//!   Item  portal             pace                                  requests at once, a second
//! ```
//! The percentage of the whole and the count of kecamatan are said as [`super::super::progress`]
//! reads them, so that a followed backend and our own work share their bars.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dapodik::region::Kecamatan;
use crate::engine::{Event, PACE, STORED};

/// The scope of the count of schools.
pub const SCHOOLS: &str = "sekolah";
/// The scope of the count of PTK.
pub const STAFF: &str = "ptk";
/// The key of what is said of the portal's pace.
pub const PORTAL: &str = "portal";
/// The stages of a run that people should know.
pub const SECOND_ROUND: &str = "second round for what failed";
pub const REFRESH: &str = "refresh mv_dashboard_analitik";

/// How far a kecamatan or a school is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// All of it is stored.
    Done,
    /// Some schools of it failed.
    Partial,
    Failed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Partial, Self::Failed]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A kecamatan begins, or ends.
pub(in crate::dapodik) fn kecamatan(kecamatan: &Kecamatan, state: State) -> Event {
    Event::Item {
        key: kecamatan.code.to_string(),
        state: state.word().to_owned(),
        note: kecamatan.label(),
    }
}

/// How many schools of a kecamatan are through.
pub(in crate::dapodik) fn schools_through(code: &str, done: u64, total: Option<u64>) -> Event {
    Event::Step {
        scope: code.to_owned(),
        done,
        total,
    }
}

/// A school is through: `note` is its name and what became of it.
pub(in crate::dapodik) fn school(code: &str, npsn: &str, stored: bool, note: String) -> Event {
    let state = if stored { STORED } else { "failed" };
    Event::Item {
        key: format!("{code}/{npsn}"),
        state: state.to_owned(),
        note,
    }
}

/// How the portal is asked: `10 at once, 180 a second`.
pub(in crate::dapodik) fn pace(words: String) -> Event {
    Event::Item {
        key: PORTAL.to_owned(),
        state: PACE.to_owned(),
        note: words,
    }
}

/// What is known of one school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    pub npsn: String,
    pub stored: bool,
    /// Its name and what became of it.
    pub note: String,
}

/// What is known of one kecamatan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct District {
    pub code: String,
    pub label: String,
    pub state: State,
    /// How many schools it has; `None` until its list is there.
    pub total: Option<u64>,
    /// Schools that are through, by NPSN; a second try replaces the first.
    pub schools: BTreeMap<String, School>,
    /// Schools that the run before had stored, which this one continues.
    pub before: u64,
}

impl District {
    /// How many schools are through, stored or not, by the run before too.
    pub fn through(&self) -> u64 {
        self.schools.len() as u64 + self.before
    }

    /// How many schools are stored.
    pub fn stored(&self) -> u64 {
        self.schools.values().filter(|school| school.stored).count() as u64
    }

    pub fn failed(&self) -> u64 {
        self.schools.len() as u64 - self.stored()
    }

    /// How much of it is through, in percent; 0 until its list is there.
    pub fn percent(&self) -> u64 {
        let through = self.through();
        match (self.state, self.total) {
            (State::Running, Some(total)) if total > 0 => (through * 100 / total).min(99),
            (State::Running, _) => 0,
            _ => 100,
        }
    }
}

/// What a reader of the journal knows of the work.
#[derive(Clone, Debug, Default)]
pub struct Work {
    districts: Vec<District>,
    by_code: BTreeMap<String, usize>,
    schools: u64,
    schools_total: Option<u64>,
    staff: u64,
    began: Option<Timestamp>,
    stage: Option<String>,
    pace: Option<String>,
}

impl Work {
    /// Takes a line of the journal.
    pub fn event(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Stage { stage } => self.stage = Some(stage.clone()),
            Event::Step { scope, done, total } if scope == SCHOOLS => {
                self.schools = *done;
                self.schools_total = total.or(self.schools_total);
            }
            Event::Step { scope, done, .. } if scope == STAFF => self.staff = *done,
            Event::Step { scope, done, total } => {
                if let Some(index) = self.by_code.get(scope) {
                    let district = &mut self.districts[*index];
                    district.total = total.or(district.total);
                    let before = done.saturating_sub(district.schools.len() as u64);
                    district.before = district.before.max(before);
                }
            }
            Event::Item { key, state, note } if key == PORTAL && state == PACE => {
                self.pace = Some(note.clone());
            }
            Event::Item { key, state, note } => match key.split_once('/') {
                Some((code, npsn)) => self.school(code, npsn, state == STORED, note),
                None => self.district(key, state, note, at),
            },
            _ => {}
        }
    }

    fn district(&mut self, code: &str, state: &str, label: &str, at: Timestamp) {
        let Some(state) = State::of(state) else {
            return;
        };
        self.began.get_or_insert(at);
        if let Some(index) = self.by_code.get(code) {
            self.districts[*index].state = state;
            return;
        }
        self.by_code.insert(code.to_owned(), self.districts.len());
        self.districts.push(District {
            code: code.to_owned(),
            label: label.to_owned(),
            state,
            total: None,
            schools: BTreeMap::new(),
            before: 0,
        });
    }

    fn school(&mut self, code: &str, npsn: &str, stored: bool, note: &str) {
        let Some(index) = self.by_code.get(code) else {
            return;
        };
        let school = School {
            npsn: npsn.to_owned(),
            stored,
            note: note.to_owned(),
        };
        let schools = &mut self.districts[*index].schools;
        schools.insert(npsn.to_owned(), school);
    }

    /// In the order of their turn.
    pub fn districts(&self) -> &[District] {
        &self.districts
    }

    pub fn find(&self, code: &str) -> Option<&District> {
        self.by_code.get(code).map(|index| &self.districts[*index])
    }

    /// The first one that is not through.
    pub fn in_hand(&self) -> Option<&District> {
        let mut districts = self.districts.iter();
        districts.find(|district| district.state == State::Running)
    }

    /// How many kecamatan are through.
    pub fn through(&self) -> u64 {
        let through = self.districts.iter();
        through
            .filter(|district| district.state != State::Running)
            .count() as u64
    }

    /// Schools that are through, and of how many where all lists are there.
    pub fn schools(&self) -> (u64, Option<u64>) {
        (self.schools, self.schools_total)
    }

    /// Schools that failed so far, and kecamatan of which not even the list came.
    pub fn failures(&self) -> u64 {
        let failures = self.districts.iter().map(|district| {
            let unlisted = district.state == State::Failed && district.schools.is_empty();
            district.failed() + u64::from(unlisted)
        });
        failures.sum()
    }

    /// PTK stored so far.
    pub fn staff(&self) -> u64 {
        self.staff
    }

    /// When the first kecamatan began.
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// How the portal is asked: `10 at once, 180 a second`.
    pub fn pace(&self) -> Option<&str> {
        self.pace.as_deref()
    }
}
