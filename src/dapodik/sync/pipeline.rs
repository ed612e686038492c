//! One loop that asks and writes at the same time: lists, then PTK of what was listed, in batches.
//!
//! ```text
//!   lists ──▶ portal ──▶ schools ─┐                    ┌─▶ schools are stored: their PTK are asked
//!   schools ─▶ portal ──▶ PTK ────┴─▶ one write at a ──┴─▶ PTK are stored: the school is through
//!                                     time, in batches
//! ```
//! No barrier between kecamatan: a slow one holds nobody up. What waits to be written is bounded:
//! beyond that nothing more is asked. A school's PTK are asked only after its row was committed.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::fetching::{self, Fetched};
use super::progress::{self, SCHOOLS, SECOND_ROUND, STAFF};
use super::schools::{Failure as Missed, Ledger};
use crate::clock::every;
use crate::dapodik::US;
use crate::dapodik::columns::Row;
use crate::dapodik::portal::{Failed, Listing, Pace, Portal, SchoolList};
use crate::dapodik::progress::{ALL, COUNT};
use crate::dapodik::tables::{Moment, Tables, Written};
use crate::engine::Job;
use crate::error::{Error, Failure, Result};

/// How many rows a batch of PTK has, about: the lists of schools are not torn apart.
const BATCH: usize = 1_000;
/// How many rows may wait to be written before nothing more is asked.
const WAITING: usize = 2 * BATCH;
/// How many rows of schools are written at once, about, and may wait before more lists are asked for.
const LISTED: usize = 400;
/// How long a smaller batch waits for more.
const LINGER: Duration = Duration::from_millis(100);
/// How often figures are told.
const TICK: Duration = Duration::from_millis(250);

/// What became of a sync.
pub(super) struct Outcome {
    pub ledger: Ledger,
    pub schools: Written,
    pub staff: Written,
    /// What was tried a second time, and how much of it was stored then.
    pub second_round: Option<(u64, u64)>,
    /// Why the portal was given up.
    pub outage: Option<Failure>,
    /// Items in the portal's lists that could not be read.
    pub unread: u64,
    pub stopped: bool,
    /// The database was lost for good.
    pub lost: Option<Error>,
}

pub(super) struct Pipeline<'a> {
    portal: &'a Portal,
    start: &'a Moment,
    job: &'a Job,
    ledger: Ledger,
    fetches: FuturesUnordered<BoxFuture<'a, Fetched<'a>>>,
    /// How many of them ask for lists.
    listing: usize,
    /// Lists that came, and wait to be written, in their order.
    pages: VecDeque<(usize, Vec<Row>)>,
    page_rows: usize,
    /// Pages of a kecamatan that are not yet written; its list has ended when there are none.
    unwritten: HashMap<usize, usize>,
    /// Lists that came to their end: whether they are whole, and what was said instead of rows.
    ended: HashMap<usize, (bool, Option<String>)>,
    staff: Vec<(usize, Vec<Row>)>,
    staff_rows: usize,
    /// Since when something waits that is no full batch.
    since: Option<Instant>,
    written: (Written, Written),
    outage: Option<Failure>,
    unread: u64,
    lost: Option<Error>,
    stopped: bool,
    pace: String,
}

/// What is being written.
enum Batch {
    Schools(Vec<(usize, Vec<(String, String)>)>),
    /// Schools and how many PTK each has.
    Staff(Vec<(usize, u64)>),
}

type Writing<'a> = BoxFuture<'a, (Tables, Batch, Result<Written>)>;

impl<'a> Pipeline<'a> {
    pub fn new(portal: &'a Portal, start: &'a Moment, job: &'a Job, ledger: Ledger) -> Self {
        Self {
            portal,
            start,
            job,
            ledger,
            fetches: FuturesUnordered::new(),
            listing: 0,
            pages: VecDeque::new(),
            page_rows: 0,
            unwritten: HashMap::new(),
            ended: HashMap::new(),
            staff: Vec::new(),
            staff_rows: 0,
            since: None,
            written: (Written::default(), Written::default()),
            outage: None,
            unread: 0,
            lost: None,
            stopped: false,
            pace: String::new(),
        }
    }

    /// Does all of it, then once more what failed. The tables come back unless they were lost.
    pub async fn run(mut self, tables: Tables) -> (Option<Tables>, Outcome) {
        let mut tables = self.round(tables).await;
        let mut second_round = None;
        let goes_on = !self.stopped && self.lost.is_none() && self.outage.is_none();
        if goes_on && self.ledger.failed() > 0 {
            self.job.stage(SECOND_ROUND);
            let asked = self.ledger.again();
            if let Some(given) = tables {
                tables = self.round(given).await;
            }
            let saved = asked.saturating_sub(self.ledger.failed());
            second_round = Some((asked, saved));
        }
        if let Some(outage) = &self.outage {
            let reason = format!("not asked: {}", outage.message);
            let at = self.job.now();
            for event in self.ledger.give_up(&reason, at) {
                self.job.say(event);
            }
        }
        self.tell();
        let (schools, staff) = self.written;
        let outcome = Outcome {
            ledger: self.ledger,
            schools,
            staff,
            second_round,
            outage: self.outage,
            unread: self.unread,
            stopped: self.stopped,
            lost: self.lost,
        };
        (tables, outcome)
    }

    /// Asks and writes until nothing is left of either.
    async fn round(&mut self, tables: Tables) -> Option<Tables> {
        let mut idle = Some(tables);
        let mut writing: Option<Writing<'a>> = None;
        let mut ticks = every(TICK);
        let job = self.job;
        // The first kecamatan is told with how many there are.
        self.tell();
        loop {
            self.ask();
            if let Some(tables) = idle.take() {
                match self.batch() {
                    Some(batch) => writing = Some(self.write(tables, batch)),
                    None => idle = Some(tables),
                }
            }
            if self.fetches.is_empty() && writing.is_none() && !self.has_unwritten() {
                break;
            }
            tokio::select! {
                biased;
                () = job.cancelled(), if !self.stopped => self.stop(),
                (tables, batch, written) = wait(&mut writing) => {
                    writing = None;
                    self.wrote(batch, written);
                    if self.lost.is_some() {
                        self.fetches.clear();
                        return None;
                    }
                    idle = Some(tables);
                }
                Some(fetched) = self.fetches.next() => self.take(fetched),
                _ = ticks.tick() => self.tell(),
            }
        }
        idle
    }

    /// Nothing more is asked; what came already is written.
    fn stop(&mut self) {
        self.stopped = true;
        self.fetches.clear();
        self.listing = 0;
    }

    /// Sends as many questions as the portal takes. Lists have half of the places until they are
    /// all there: so PTK flow early, and the whole is soon known.
    fn ask(&mut self) {
        if self.stopped || self.outage.is_some() || self.lost.is_some() {
            return;
        }
        let most = self.portal.pace().most;
        let lists = (most / 2).max(1);
        while self.fetches.len() < most && self.staff_rows + self.page_rows < WAITING {
            let turn = self.listing < lists || !self.ledger.has_schools();
            // Lists come faster than they are written: their rows would take the room of the PTK.
            let has_room = self.page_rows < LISTED;
            if turn
                && has_room
                && let Some(district) = self.ledger.next_list()
            {
                if let Some(event) = self.ledger.begin(district) {
                    self.job.say(event);
                }
                let list = self.portal.schools(self.ledger.code(district));
                self.ask_page(district, list);
            } else if let Some(school) = self.ledger.next_school() {
                let npsn = self.ledger.npsn(school).to_owned();
                let asking = fetching::staff(school, npsn, self.portal, self.job);
                self.fetches.push(asking);
            } else {
                break;
            }
        }
    }

    fn ask_page(&mut self, district: usize, list: SchoolList<'a>) {
        self.listing += 1;
        self.fetches.push(fetching::page(district, list, self.job));
    }

    fn take(&mut self, fetched: Fetched<'a>) {
        match fetched {
            Fetched::Page {
                district,
                list,
                page,
            } => {
                self.listing -= 1;
                self.take_page(district, list, page);
            }
            Fetched::Staff { school, staff } => self.take_staff(school, staff),
        }
    }

    fn take_page(
        &mut self,
        district: usize,
        list: SchoolList<'a>,
        page: Result<Option<Vec<Row>>, Failed>,
    ) {
        self.ledger.tell_total(district, list.told_total());
        match page {
            Ok(Some(rows)) => {
                *self.unwritten.entry(district).or_default() += 1;
                self.page_rows += rows.len();
                self.pages.push_back((district, rows));
                self.ask_page(district, list);
            }
            Ok(None) => {
                self.unread += list.unread();
                let end = (list.is_complete(), list.notice().map(str::to_owned));
                self.ended.insert(district, end);
                self.end_list(district);
            }
            Err(failed) => {
                if let Some(missed) = self.missed(failed) {
                    let label = self.ledger.label(district);
                    let why = format!("the list of schools of {label} failed: {}", missed.reason);
                    self.job.line(US, why);
                    let events = self.ledger.list_failed(district, missed);
                    self.say(events);
                }
            }
        }
    }

    /// A list has ended when its last page is written.
    fn end_list(&mut self, district: usize) {
        if self
            .unwritten
            .get(&district)
            .is_some_and(|pages| *pages > 0)
        {
            return;
        }
        if let Some((whole, notice)) = self.ended.remove(&district) {
            let at = self.job.now();
            let events = self.ledger.listed(district, whole, notice, at);
            self.say(events);
        }
    }

    fn take_staff(&mut self, school: usize, staff: Result<Listing, Failed>) {
        match staff {
            Ok(Listing { rows, unread, .. }) => {
                self.unread += unread;
                self.staff_rows += rows.len();
                self.since.get_or_insert_with(Instant::now);
                self.staff.push((school, rows));
            }
            Err(failed) => {
                if let Some(missed) = self.missed(failed) {
                    let events = self.ledger.school_failed(school, missed);
                    self.say(events);
                }
            }
        }
    }

    /// What a failed question means for what it asked; `None` where it means more than that.
    fn missed(&mut self, failed: Failed) -> Option<Missed> {
        match failed {
            Failed::Stopped => None,
            Failed::Outage(error) => {
                self.outage = Some(error.into());
                None
            }
            Failed::Request { error, tries } => Some(Missed {
                reason: error.chain(),
                tries,
                last: self.job.now(),
            }),
        }
    }

    fn has_unwritten(&self) -> bool {
        !self.pages.is_empty() || !self.staff.is_empty()
    }

    /// What is to be written next. Schools first: their PTK wait for them.
    fn batch(&mut self) -> Option<(Batch, Rows)> {
        if !self.pages.is_empty() {
            let (mut pages, mut taken) = (Vec::new(), 0);
            while taken < LISTED
                && let Some(page) = self.pages.pop_front()
            {
                taken += page.1.len();
                pages.push(page);
            }
            self.page_rows -= taken;
            let named = |rows: &Vec<Row>| rows.iter().filter_map(fetching::school).collect();
            let schools = pages.iter().map(|(at, rows)| (*at, named(rows))).collect();
            let rows = pages.into_iter().flat_map(|(_, rows)| rows).collect();
            return Some((Batch::Schools(schools), Rows::Schools(rows)));
        }
        let ripe = self.staff_rows >= BATCH
            || self.fetches.is_empty()
            || self.since.is_some_and(|since| since.elapsed() >= LINGER);
        if self.staff.is_empty() || !ripe {
            return None;
        }
        let (mut taken, mut rows) = (0, 0);
        while taken < self.staff.len() && rows < BATCH {
            rows += self.staff[taken].1.len();
            taken += 1;
        }
        let lists: Vec<_> = self.staff.drain(..taken).collect();
        self.staff_rows -= rows;
        self.since = (!self.staff.is_empty()).then(Instant::now);
        let counts = lists.iter().map(|(at, rows)| (*at, rows.len() as u64));
        let counts = counts.collect();
        let named = lists.into_iter();
        let named = named.map(|(at, rows)| (self.ledger.npsn(at).to_owned(), rows));
        Some((Batch::Staff(counts), Rows::Staff(named.collect())))
    }

    fn write(&self, mut tables: Tables, (batch, rows): (Batch, Rows)) -> Writing<'a> {
        let (start, job) = (self.start, self.job);
        Box::pin(async move {
            let written = match rows {
                Rows::Schools(rows) => tables.write_schools(rows, start, job).await,
                Rows::Staff(schools) => tables.write_staff(schools, start, job).await,
            };
            (tables, batch, written)
        })
    }

    fn wrote(&mut self, batch: Batch, written: Result<Written>) {
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                self.lost = Some(error);
                return;
            }
        };
        match batch {
            Batch::Schools(pages) => {
                self.written.0.merge(written);
                for (district, schools) in pages {
                    let events = self.ledger.stored_schools(district, schools);
                    self.say(events);
                    if let Some(pages) = self.unwritten.get_mut(&district) {
                        *pages -= 1;
                    }
                    self.end_list(district);
                }
            }
            Batch::Staff(schools) => {
                self.written.1.merge(written);
                for (school, ptk) in schools {
                    let events = self.ledger.stored(school, ptk);
                    self.say(events);
                }
            }
        }
    }

    fn say(&self, events: Vec<crate::engine::Event>) {
        for event in events {
            self.job.say(event);
        }
    }

    /// Says how far it is.
    fn tell(&mut self) {
        let job = self.job;
        job.step(ALL, self.ledger.percent(), Some(100));
        let (through, all) = self.ledger.count();
        job.step(COUNT, through, Some(all));
        let (through, all) = self.ledger.schools_count();
        job.step(SCHOOLS, through, all);
        let staff = &self.written.1;
        let staff = u64::try_from(staff.added + staff.changed + staff.same).unwrap_or(0);
        job.step(STAFF, staff, None);
        let pace = pace(&self.portal.pace());
        if pace != self.pace {
            job.say(progress::pace(pace.clone()));
            self.pace = pace;
        }
    }
}

enum Rows {
    Schools(Vec<Row>),
    Staff(Vec<(String, Vec<Row>)>),
}

/// Waits for what is being written, or for ever.
async fn wait(writing: &mut Option<Writing<'_>>) -> (Tables, Batch, Result<Written>) {
    match writing {
        Some(writing) => writing.await,
        None => std::future::pending().await,
    }
}

/// `10 at once, 180 a second`, `4 of 10 at once, at most 20 a second`, `paused: 429 …`.
fn pace(pace: &Pace) -> String {
    let at_once = if pace.at_once == pace.most {
        format!("{} at once", pace.most)
    } else {
        format!("{} of {} at once", pace.at_once, pace.most)
    };
    let ceiling = pace.ceiling.map_or_else(String::new, |ceiling| {
        format!(", at most {ceiling:.0} a second")
    });
    match &pace.paused {
        Some(paused) => format!("paused: {}", paused.why),
        None => format!("{at_once}{ceiling}, {:.0} a second", pace.per_second),
    }
}
