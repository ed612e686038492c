//! What is to be done and what was: kecamatan with their lists, schools with their PTK.
//!
//! Pure bookkeeping: it neither asks nor writes. A school is here once, however often it is listed.

mod report;

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::Timestamp;

use super::progress::{self, State};
use crate::dapodik::region::{Kecamatan, KecamatanCode};
use crate::dapodik::tables;
use crate::engine::Event;
use crate::text::{count, excerpt, local_time};

/// How many schools a kecamatan is taken to have of which nothing is known.
const USUAL: u64 = 40;

/// Why something was not stored.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub reason: String,
    /// How often it was tried; 0 when it was not asked at all.
    pub tries: u32,
    pub last: Timestamp,
}

impl Failure {
    /// Together with what failed in the round before.
    fn after(mut self, before: Option<Self>) -> Self {
        match before {
            // Not asked again: what is known is why it failed then.
            Some(before) if self.tries == 0 => before,
            Some(before) => {
                self.tries += before.tries;
                self
            }
            None => self,
        }
    }

    /// `500 Internal Server Error (GET …); tried 4 times, last 02:14`.
    fn sentence(&self) -> String {
        match self.tries {
            0 => self.reason.clone(),
            1 => format!("{}; tried once, {}", self.reason, local_time(self.last)),
            tries => format!(
                "{}; tried {tries} times, last {}",
                self.reason,
                local_time(self.last)
            ),
        }
    }
}

#[derive(Debug)]
struct District {
    kecamatan: Kecamatan,
    /// How many schools the database had of it.
    known: u64,
    /// What the portal says it has.
    told: Option<u64>,
    listed: Listed,
    /// Why its list failed in the first round.
    before: Option<Failure>,
    /// What was said of it last.
    said: Option<State>,
    ended: bool,
    /// Schools whose turn it is here, and how many of them are through.
    schools: u64,
    through: u64,
    failed: u64,
}

#[derive(Debug)]
enum Listed {
    /// Not yet, or not to the end.
    No,
    /// All pages came; `whole` where nothing is missing.
    Yes {
        whole: bool,
    },
    Failed(Failure),
}

#[derive(Debug)]
struct School {
    npsn: String,
    name: String,
    district: usize,
    state: SchoolState,
}

#[derive(Debug)]
enum SchoolState {
    Waiting,
    Stored { ptk: u64 },
    Failed(Failure),
}

/// The whole of a sync.
#[derive(Debug)]
pub(super) struct Ledger {
    districts: Vec<District>,
    schools: Vec<School>,
    by_npsn: HashMap<String, usize>,
    /// Stored by the run that is continued.
    done: HashSet<String>,
    with_staff: bool,
    lists: VecDeque<usize>,
    staff: VecDeque<usize>,
    percent: u64,
    /// The most kecamatan that were through.
    through: u64,
    notices: Vec<String>,
}

impl Ledger {
    /// Kecamatan whose schools are asked for; each with how many the database has.
    pub fn of_districts(
        districts: Vec<(u64, Kecamatan)>,
        done: HashSet<String>,
        with_staff: bool,
    ) -> Self {
        let districts: Vec<District> = (districts.into_iter())
            .map(|(known, kecamatan)| District::new(kecamatan, known))
            .collect();
        Self {
            lists: (0..districts.len()).collect(),
            districts,
            schools: Vec::new(),
            by_npsn: HashMap::new(),
            done,
            with_staff,
            staff: VecDeque::new(),
            percent: 0,
            through: 0,
            notices: Vec::new(),
        }
    }

    /// Schools that the database has, whose PTK are asked for.
    pub fn of_schools(
        regions: &[Kecamatan],
        schools: Vec<tables::School>,
        done: HashSet<String>,
    ) -> Self {
        let mut ledger = Self::of_districts(Vec::new(), done, true);
        let mut by_code: HashMap<String, usize> = HashMap::new();
        for school in schools {
            let code = school.kode_kecamatan.trim().to_owned();
            let district = *by_code.entry(code.clone()).or_insert_with(|| {
                let known = regions
                    .iter()
                    .find(|one| one.code.as_str() == code)
                    .cloned();
                let parsed = KecamatanCode::parse(&code).ok();
                let unknown = || parsed.map(Kecamatan::unknown);
                let kecamatan = known.or_else(unknown).unwrap_or_else(Kecamatan::nowhere);
                let mut district = District::new(kecamatan, 0);
                district.listed = Listed::Yes { whole: false };
                ledger.districts.push(district);
                ledger.districts.len() - 1
            });
            ledger.add_school(district, &school.npsn, &school.nama);
        }
        ledger.enqueue_all();
        ledger
    }

    /// The next list to ask for.
    pub fn next_list(&mut self) -> Option<usize> {
        self.lists.pop_front()
    }

    /// The next school to ask for.
    pub fn next_school(&mut self) -> Option<usize> {
        self.staff.pop_front()
    }

    pub fn has_schools(&self) -> bool {
        !self.staff.is_empty()
    }

    pub fn code(&self, district: usize) -> &KecamatanCode {
        &self.districts[district].kecamatan.code
    }

    pub fn label(&self, district: usize) -> String {
        self.districts[district].kecamatan.label()
    }

    pub fn npsn(&self, school: usize) -> &str {
        &self.schools[school].npsn
    }

    /// A kecamatan's turn begins; said once in each round.
    pub fn begin(&mut self, district: usize) -> Option<Event> {
        self.districts[district].say(State::Running)
    }

    /// What the portal says how many schools a kecamatan has.
    pub fn tell_total(&mut self, district: usize, told: Option<u64>) {
        self.districts[district].told = told.or(self.districts[district].told);
    }

    /// Schools that were stored, by NPSN and name; their PTK are asked for next. Those that are
    /// here already are not taken again.
    pub fn stored_schools(
        &mut self,
        district: usize,
        schools: Vec<(String, String)>,
    ) -> Vec<Event> {
        for (npsn, name) in schools {
            if let Some(school) = self.add_school(district, &npsn, &name)
                && self.with_staff
                && matches!(self.schools[school].state, SchoolState::Waiting)
            {
                self.staff.push_back(school);
            }
        }
        let code = self.code(district).to_string();
        let found = &self.districts[district];
        vec![progress::schools_through(
            &code,
            found.through,
            found.total(),
        )]
    }

    /// A list came to its end. `notice`: what the portal said instead of schools.
    pub fn listed(
        &mut self,
        district: usize,
        whole: bool,
        notice: Option<String>,
        at: Timestamp,
    ) -> Vec<Event> {
        let found = &mut self.districts[district];
        found.listed = match notice {
            // "Nothing" where there was something is more likely "outside of your area".
            Some(notice) if found.known > 0 => {
                let failure = Failure {
                    reason: format!(
                        "the portal says «{}», and the database has {} schools of it",
                        excerpt(&notice, 200),
                        count(found.known)
                    ),
                    tries: 1,
                    last: at,
                };
                Listed::Failed(failure.after(found.before.take()))
            }
            Some(notice) => {
                let label = found.kecamatan.label();
                let notice = excerpt(&notice, 200);
                self.notices
                    .push(format!("{label}: the portal says «{notice}»"));
                Listed::Yes { whole: false }
            }
            None => Listed::Yes { whole },
        };
        let code = self.code(district).to_string();
        let found = &self.districts[district];
        let mut events = vec![progress::schools_through(
            &code,
            found.through,
            found.total(),
        )];
        events.extend(self.end(district));
        events
    }

    pub fn list_failed(&mut self, district: usize, failure: Failure) -> Vec<Event> {
        let found = &mut self.districts[district];
        found.listed = Listed::Failed(failure.after(found.before.take()));
        self.end(district).into_iter().collect()
    }

    /// The PTK of a school are stored.
    pub fn stored(&mut self, school: usize, ptk: u64) -> Vec<Event> {
        let note = format!("{}: {} PTK", self.school_name(school), count(ptk));
        self.through(school, SchoolState::Stored { ptk }, note)
    }

    pub fn school_failed(&mut self, school: usize, failure: Failure) -> Vec<Event> {
        let failure = match &self.schools[school].state {
            SchoolState::Failed(before) => failure.after(Some(before.clone())),
            SchoolState::Waiting | SchoolState::Stored { .. } => failure,
        };
        let note = format!("{}: {}", self.school_name(school), failure.sentence());
        self.through(school, SchoolState::Failed(failure), note)
    }

    fn through(&mut self, school: usize, state: SchoolState, note: String) -> Vec<Event> {
        let is_stored = matches!(state, SchoolState::Stored { .. });
        let before = std::mem::replace(&mut self.schools[school].state, state);
        let index = self.schools[school].district;
        let district = &mut self.districts[index];
        match before {
            SchoolState::Waiting => district.through += 1,
            SchoolState::Failed(_) => district.failed -= 1,
            SchoolState::Stored { .. } => {}
        }
        district.failed += u64::from(!is_stored);
        let code = district.kecamatan.code.to_string();
        let npsn = excerpt(&self.schools[school].npsn, 20);
        let mut events = vec![progress::school(&code, &npsn, is_stored, note)];
        events.extend(self.end(index));
        events
    }

    /// A kecamatan is through: its list came, and all of its schools.
    fn end(&mut self, district: usize) -> Option<Event> {
        let through = !self.with_staff || {
            let found = &self.districts[district];
            found.through == found.schools
        };
        let found = &mut self.districts[district];
        let state = match &found.listed {
            Listed::No => return None,
            Listed::Failed(_) => State::Failed,
            Listed::Yes { .. } if !through => return None,
            Listed::Yes { .. } if found.failed > 0 => State::Partial,
            Listed::Yes { .. } => State::Done,
        };
        found.ended = true;
        found.say(state)
    }

    /// Puts what failed at the end of the queues once more; how much that is.
    pub fn again(&mut self) -> u64 {
        for (index, district) in self.districts.iter_mut().enumerate() {
            if let Listed::Failed(failure) = &district.listed {
                district.before = Some(failure.clone());
                district.listed = Listed::No;
                district.said = None;
                district.ended = false;
                self.lists.push_back(index);
            }
        }
        for (index, school) in self.schools.iter().enumerate() {
            if matches!(school.state, SchoolState::Failed(_)) {
                self.staff.push_back(index);
            }
        }
        (self.lists.len() + self.staff.len()) as u64
    }

    /// Everything that was not reached has failed, for this reason.
    pub fn give_up(&mut self, reason: &str, at: Timestamp) -> Vec<Event> {
        let failure = || Failure {
            reason: reason.to_owned(),
            tries: 0,
            last: at,
        };
        let mut events = Vec::new();
        for district in 0..self.districts.len() {
            if matches!(self.districts[district].listed, Listed::No) {
                events.extend(self.list_failed(district, failure()));
            }
        }
        for school in 0..self.schools.len() {
            if self.with_staff && matches!(self.schools[school].state, SchoolState::Waiting) {
                events.extend(self.school_failed(school, failure()));
            }
        }
        self.lists.clear();
        self.staff.clear();
        events
    }

    /// How many lists and schools have failed.
    pub fn failed(&self) -> u64 {
        let lists = self.districts.iter();
        let lists = lists.filter(|one| matches!(one.listed, Listed::Failed(_)));
        let schools = self.schools.iter();
        let schools = schools.filter(|one| matches!(one.state, SchoolState::Failed(_)));
        (lists.count() + schools.count()) as u64
    }

    /// Kecamatan that are through, and all. One that is asked for again stays counted.
    pub fn count(&mut self) -> (u64, u64) {
        let ended = self.districts.iter().filter(|one| one.ended).count();
        self.through = self.through.max(ended as u64);
        (self.through, self.districts.len() as u64)
    }

    /// Schools that are through, and all where every list came.
    pub fn schools_count(&self) -> (u64, Option<u64>) {
        let through: u64 = if self.with_staff {
            self.districts.iter().map(|one| one.through).sum()
        } else {
            self.schools.len() as u64
        };
        let all = self.districts.iter();
        let listed = all.clone().all(|one| !matches!(one.listed, Listed::No));
        (through, listed.then_some(self.schools.len() as u64))
    }

    /// How much of the whole is done, in percent; never less than before, at most 98.
    pub fn percent(&mut self) -> u64 {
        let (mut done, mut all) = (0, 0);
        for district in &self.districts {
            let listed = !matches!(district.listed, Listed::No);
            let schools = match district.total() {
                Some(total) => total,
                None if district.known > 0 => district.known,
                None => USUAL,
            };
            let staff = if self.with_staff { schools } else { 0 };
            all += 1 + staff;
            done += u64::from(listed) + if self.with_staff { district.through } else { 0 };
        }
        let percent = (done * 98).checked_div(all).unwrap_or(0).min(98);
        self.percent = self.percent.max(percent);
        self.percent
    }

    fn school_name(&self, school: usize) -> String {
        let School { npsn, name, .. } = &self.schools[school];
        let name = excerpt(name.trim(), 60);
        if name.is_empty() {
            excerpt(npsn, 20)
        } else {
            name
        }
    }

    /// Its place, unless it is here already.
    fn add_school(&mut self, district: usize, npsn: &str, name: &str) -> Option<usize> {
        if self.by_npsn.contains_key(npsn) {
            return None;
        }
        let is_done = self.done.contains(npsn);
        // What the run before had stored is not told again.
        let state = if is_done {
            SchoolState::Stored { ptk: 1 }
        } else {
            SchoolState::Waiting
        };
        let index = self.schools.len();
        self.by_npsn.insert(npsn.to_owned(), index);
        self.schools.push(School {
            npsn: npsn.to_owned(),
            name: name.to_owned(),
            district,
            state,
        });
        self.districts[district].schools += 1;
        self.districts[district].through += u64::from(is_done);
        Some(index)
    }

    fn enqueue_all(&mut self) {
        let waiting = self.schools.iter().enumerate();
        let waiting = waiting.filter(|(_, one)| matches!(one.state, SchoolState::Waiting));
        self.staff = waiting.map(|(index, _)| index).collect();
    }
}

impl District {
    fn new(kecamatan: Kecamatan, known: u64) -> Self {
        Self {
            kecamatan,
            known,
            told: None,
            listed: Listed::No,
            before: None,
            said: None,
            ended: false,
            schools: 0,
            through: 0,
            failed: 0,
        }
    }

    /// The event of its state, where that is news.
    fn say(&mut self, state: State) -> Option<Event> {
        let said = self.said.replace(state);
        (said != Some(state)).then(|| progress::kecamatan(&self.kecamatan, state))
    }

    /// How many schools it has, as far as that is known for sure.
    fn total(&self) -> Option<u64> {
        match self.listed {
            Listed::Yes { .. } => Some(self.schools),
            Listed::No | Listed::Failed(_) => self.told.map(|told| told.max(self.schools)),
        }
    }
}
