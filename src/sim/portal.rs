//! The Dapodik portal: a token, districts, schools page by page, the PTK of a school.
//!
//! ```text
//!   endpoints ── access (tokens, ceiling)
//!      └ catalogue (which school, which PTK) ── records (their values) ── dirt (what is wrong)
//!           └ expected (what a sync must make of it)
//! ```
//! Every record follows from the numbers of its place: nothing of size is kept. Knows nothing of who
//! reads the answers, nor of the database they go to.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::region::{Region, diy, sleman};
use super::{Simulated, lock};

mod access;
mod catalogue;
mod dirt;
mod endpoints;
mod expected;
mod records;

use access::Access;
use catalogue::{Catalogue, Changes};

pub use dirt::{SchoolDirt, StaffDirt};
pub use expected::{Expected, expected};

pub const TOKEN: &str = "/token";
pub const DISTRICTS: &str = "/wilayah_akses_kecamatan";
pub const SCHOOLS: &str = "/sekolah";
pub const STAFF: &str = "/ptk";
pub const ONE_STAFF: &str = "/ptk-detail";

pub const USERNAME: &str = "dinas-contoh";
/// With which password; marked so that it is found wherever it leaks to.
pub const PASSWORD: &str = "kata-sandi-portal-3T";
pub const API_KEY: &str = "kunci-portal-6H";
/// How every token begins; marked like the password.
pub const TOKEN_MARK: &str = "token-portal-5V-";

/// The latency at which 17 × 45 schools take about 25 seconds, ten requests at a time.
pub const WATCHABLE: Duration = Duration::from_millis(300);

/// What is said of nothing, and of what is outside the area of who asks.
pub const NOTHING: &str = "Data tidak ditemukan atau di luar wilayah akses";

#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a habit of its own, and any of them go together"
)]
pub struct Setup {
    pub kecamatan: Vec<Region>,
    /// For each kecamatan; at most 99.
    pub schools: usize,
    /// So many kecamatan, from the first on, have one school more.
    pub one_more: usize,
    /// For each school; at most 99.
    pub ptk: usize,
    /// Whether the rules of [`SchoolDirt`] and [`StaffDirt`] hold.
    pub dirt: bool,
    pub latency: Duration,
    /// The longest page, whatever is asked for.
    pub per_page_cap: Option<usize>,
    /// The most requests in any second; more are answered with 429.
    pub ceiling: Option<u32>,
    /// The seconds of `Retry-After` that come with it.
    pub retry_after: Option<u64>,
    /// After so many calls a token is answered with 401.
    pub token_calls: Option<u64>,
    /// How long a token lives, as `expired_date` tells; `None`: an hour is told, and not meant.
    pub token_life: Option<Duration>,
    pub expiry: Expiry,
    /// Whether lists come as `{"data":[…]}`.
    pub wrapped: bool,
    /// Whether each school says how many there are, as a number or a text; with `wrapped` beside
    /// `data` too.
    pub total_rows: bool,
    pub after: AfterLastPage,
    /// Whether answers begin with a byte order mark.
    pub bom: bool,
}

/// How `expired_date` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// `2026-02-27T01:00:00.000Z`.
    Utc,
    /// `2026-02-27 08:00:00`, the portal's own time: seven hours ahead of UTC.
    Local,
    /// Not there.
    Absent,
}

/// What a page behind the last one of a district's schools is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterLastPage {
    Keterangan,
    Empty,
    /// The last page once more.
    Repeated,
}

impl Default for Setup {
    /// 17 × 45 × 12, dirty, as fast as it can be.
    fn default() -> Self {
        Self {
            kecamatan: sleman(),
            schools: 45,
            one_more: 0,
            ptk: 12,
            dirt: true,
            latency: Duration::ZERO,
            per_page_cap: None,
            ceiling: None,
            retry_after: None,
            token_calls: None,
            token_life: None,
            expiry: Expiry::Utc,
            wrapped: false,
            total_rows: true,
            after: AfterLastPage::Keterangan,
            bom: false,
        }
    }
}

impl Setup {
    /// 78 kecamatan with 5,000 schools and 60,000 PTK together, before the dirt.
    pub fn large() -> Self {
        Self {
            kecamatan: diy(),
            schools: 64,
            one_more: 8,
            ..Self::default()
        }
    }
}

/// A school: its kecamatan and its number there, both counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub district: usize,
    pub number: usize,
}

impl Place {
    pub(super) const fn of(district: usize, number: usize) -> Self {
        Self { district, number }
    }
}

/// How a list is answered from now on: the PTK of a school, the schools of a kecamatan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListState {
    #[default]
    Usual,
    Empty,
    Keterangan,
    /// With this status.
    Fails(u16),
    /// 200 with a web page.
    Html,
}

pub type Portal = Simulated<PortalState>;

#[derive(Debug)]
pub struct PortalState {
    setup: Setup,
    catalogue: Catalogue,
    changes: Mutex<Arc<Changes>>,
    access: Access,
}

impl Simulated<PortalState> {
    /// Starts a server that behaves like `setup`. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let latency = setup.latency;
        let state = Arc::new(PortalState {
            catalogue: Catalogue::of(&setup),
            access: Access::of(&setup),
            changes: Mutex::default(),
            setup,
        });
        Self::serve(endpoints::router(Arc::clone(&state)), state, latency)
    }

    pub fn kecamatan(&self) -> &[Region] {
        &self.state.setup.kecamatan
    }

    /// The NPSN of every school, those that are dropped too, in order of kecamatan and number.
    pub fn schools(&self) -> Vec<String> {
        let places = self.state.catalogue.schools();
        places
            .map(|place| self.state.catalogue.npsn(place))
            .collect()
    }

    /// Of school `number` of kecamatan `district`, both counted from 0.
    pub fn npsn(&self, district: usize, number: usize) -> String {
        self.state.catalogue.npsn(Place { district, number })
    }

    /// Of the PTK `serial` of a school, counted from 0.
    pub fn nik(&self, district: usize, number: usize, serial: usize) -> String {
        let place = Place { district, number };
        self.state.catalogue.nik(place, serial)
    }

    /// The rows of a kecamatan's schools as they are answered, all pages together.
    pub fn school_rows(&self, district: usize) -> Vec<Value> {
        let changes = self.state.changes();
        let rows = self.state.catalogue.school_rows(district, &changes);
        rows.iter().map(records::Record::to_json).collect()
    }

    /// The school of a rule: its NPSN.
    pub fn dirty_school(&self, dirt: SchoolDirt) -> String {
        self.state.catalogue.npsn(dirt.place())
    }

    /// The PTK of a rule: its NIK, as it was before the rule.
    pub fn dirty_staff(&self, dirt: StaffDirt) -> String {
        let (place, serial) = dirt.place();
        self.state.catalogue.nik(place, serial)
    }

    /// The rows of a school's PTK as they are answered.
    pub fn staff_rows(&self, npsn: &str) -> Vec<Value> {
        let changes = self.state.changes();
        let Some(place) = self.state.catalogue.find(npsn) else {
            return Vec::new();
        };
        let rows = self.state.catalogue.staff_rows(place, &changes);
        rows.iter().map(records::Record::to_json).collect()
    }

    /// What a sync must make of what is answered now, as long as every request is.
    pub fn expected(&self) -> Expected {
        let changes = self.state.changes();
        expected::of(&self.state.catalogue, &changes)
    }

    /// Answers the PTK of a school differently.
    pub fn set_staff(&self, npsn: &str, state: ListState) {
        self.change(|changes| changes.lists.insert(npsn.to_owned(), state));
    }

    /// Answers the schools of a kecamatan differently.
    pub fn set_schools(&self, code: &str, state: ListState) {
        self.change(|changes| changes.lists.insert(code.to_owned(), state));
    }

    /// Lists a school no longer, and its PTK neither.
    pub fn drop_school(&self, npsn: &str) {
        self.change(|changes| changes.dropped.insert(npsn.to_owned()));
    }

    /// Lists a PTK no longer, at no school.
    pub fn drop_staff(&self, nik: &str) {
        self.change(|changes| changes.dropped.insert(nik.to_owned()));
    }

    /// Lists again what was dropped: a school by its NPSN, a PTK by its NIK.
    pub fn restore(&self, key: &str) {
        self.change(|changes| changes.dropped.remove(key));
    }

    pub fn rename_school(&self, npsn: &str, name: &str) {
        self.change(|changes| changes.names.insert(npsn.to_owned(), name.to_owned()));
    }

    pub fn rename_staff(&self, nik: &str, name: &str) {
        self.change(|changes| changes.names.insert(nik.to_owned(), name.to_owned()));
    }

    /// Lists a PTK at another school than before.
    pub fn move_staff(&self, nik: &str, npsn: &str) {
        self.change(|changes| changes.moved.insert(nik.to_owned(), npsn.to_owned()));
    }

    /// Lists a school in another kecamatan too, as it is in its own.
    pub fn also_list(&self, npsn: &str, code: &str) {
        self.change(|changes| changes.also_listed.insert(npsn.to_owned(), code.to_owned()));
    }

    /// Every token there is is answered with 401 from now on.
    pub fn expire_tokens(&self) {
        self.state.access.expire();
    }

    pub fn tokens_issued(&self) -> u64 {
        self.state.access.issued()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Changes) -> T) {
        change(Arc::make_mut(&mut lock(&self.state.changes)));
    }
}

impl PortalState {
    fn changes(&self) -> Arc<Changes> {
        Arc::clone(&lock(&self.changes))
    }
}
