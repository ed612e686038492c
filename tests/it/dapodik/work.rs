//! Syncs of our own, as a whole: a simulated portal, a real database, and what is in it afterwards.
//!
//! What went wrong on the way must not be seen in the rows: a dump after a fault is compared with
//! the dump of a sync that nothing disturbed.

mod binary;
mod database;
mod faults;
mod stopped;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use selaras::config::{Config, DatabaseUrl};
use selaras::dapodik::columns::{SCHOOLS, STAFF, Table};
use selaras::dapodik::portal::PortalTimeouts;
use selaras::dapodik::tables::{Moment, Written};
use selaras::dapodik::{Dapodik, Plan, Report, Request, Resume, Scope, Timeouts};
use selaras::db::{Access, Connection};
use selaras::engine::{BEGUN, Engine as _, Event, Job, STORED};
use selaras::error::Result;
use selaras::sim::portal::{API_KEY, PASSWORD, Portal, Setup, USERNAME};
use selaras::sim::region::sleman;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::postgres::{Server, server};
use super::{Ear, PACE, Run, sources};
use crate::harness::wait::within;

const LAST: &str = "SELECT value FROM system_metadata WHERE key = 'LAST_GLOBAL_SYNC'";
const SCHEMA: &str = include_str!("ealumni.sql");

/// Waits as short as they can be.
const SOON: PortalTimeouts = PortalTimeouts {
    retry: Duration::from_millis(1),
    too_many: Duration::from_millis(50),
    probe: Duration::from_millis(20),
    outage: Duration::from_mins(1),
    token_margin: Duration::from_mins(1),
};

const QUICK: Timeouts = Timeouts {
    portal: Some(SOON),
    ..PACE
};

/// Four kecamatan with all the dirt there is.
fn small() -> Setup {
    Setup {
        kecamatan: sleman().into_iter().take(4).collect(),
        schools: 10,
        ptk: 12,
        ..Setup::default()
    }
}

/// A portal, a database, and a configuration that names both.
struct Desk {
    portal: Portal,
    url: DatabaseUrl,
    folder: TempDir,
    /// Further settings of `[dapodik.portal]`.
    settings: String,
}

impl Desk {
    fn file(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::file(folder.path().join("dapodik.db"));
        Self::with(setup, url, folder)
    }

    /// With E-Alumni's own tables; `None` where PostgreSQL is not installed.
    async fn server(setup: Setup) -> Option<Self> {
        Some(Self::at(server().await?, setup).await)
    }

    async fn at(server: &Server, setup: Setup) -> Self {
        let url = server.database().await;
        let desk = Self::with(setup, url, tempfile::tempdir().unwrap());
        desk.run(SCHEMA).await;
        desk
    }

    /// One with a file, one with a server.
    async fn each(setup: &Setup) -> Vec<Self> {
        let mut desks = vec![Self::file(setup.clone())];
        desks.extend(Self::server(setup.clone()).await);
        desks
    }

    fn with(setup: Setup, url: DatabaseUrl, folder: TempDir) -> Self {
        selaras::http::install_tls();
        Self {
            portal: Portal::start(setup).unwrap(),
            url,
            folder,
            settings: String::new(),
        }
    }

    fn is_file(&self) -> bool {
        self.url.path().is_some()
    }

    fn config(&self) -> Arc<Config> {
        let text = format!(
            "retry_base = \"1ms\"\n[dapodik]\nsource = \"portal\"\ndatabase = \"{}\"\n\
             [dapodik.portal]\nbase_url = \"{}\"\n{}\n",
            self.url,
            self.portal.url(),
            self.settings
        );
        let secrets = format!(
            "DAPODIK_USERNAME={USERNAME}\nDAPODIK_PASSWORD={PASSWORD}\nDAPODIK_API_KEY={API_KEY}\n"
        );
        let folder = self.folder.path();
        std::fs::write(folder.join("config.toml"), text).unwrap();
        std::fs::write(folder.join(".env"), secrets).unwrap();
        Arc::new(Config::load(&sources(folder)).unwrap())
    }

    fn engine(&self) -> Dapodik {
        Dapodik::new(self.config()).unwrap().at_pace(QUICK)
    }

    async fn plan(&self, request: Request) -> Result<Plan> {
        within("a plan", self.engine().plan(request, &Job::silent())).await
    }

    async fn sync(&self, scope: Scope) -> Run {
        self.sync_at(QUICK, Request::of(scope)).await
    }

    async fn global(&self) -> Run {
        self.sync(Scope::Global).await
    }

    async fn sync_at(&self, pace: Timeouts, request: Request) -> Run {
        let (ear, running) = self.begin_at(pace, request).await;
        let report = within("the end of a sync", running).await.unwrap();
        Run {
            report: report.unwrap(),
            events: ear.heard(),
        }
    }

    /// Begins a sync, and listens to it.
    /// Begins a sync that has stored something, and cannot end before the portal releases it.
    async fn halfway(&self, pace: Timeouts, request: Request) -> (Ear, JoinHandle<Result<Report>>) {
        self.portal.hold("/ptk", 12);
        let (ear, running) = self.begin_at(pace, request).await;
        ear.hears("a school", is_stored).await;
        (ear, running)
    }

    async fn begin_at(
        &self,
        pace: Timeouts,
        request: Request,
    ) -> (Ear, JoinHandle<Result<Report>>) {
        let ear = Ear::default();
        let plan = self.plan(request).await.unwrap();
        let (engine, job) = (self.engine().at_pace(pace), ear.job());
        let running = tokio::spawn(async move { engine.apply(plan, &job).await });
        (ear, running)
    }

    async fn run(&self, sql: &str) {
        let mut connection = Connection::open(&self.url, Access::Write).await.unwrap();
        connection.command(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn rows(&self, sql: &str, width: usize) -> Vec<String> {
        rows(&self.url, sql, width).await
    }

    async fn one(&self, sql: &str) -> String {
        self.rows(sql, 1).await.pop().unwrap_or_default()
    }

    async fn count(&self, table: &str) -> usize {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        self.one(&sql).await.parse().unwrap()
    }

    async fn metadata(&self) -> String {
        self.one(LAST).await
    }

    async fn dump(&self) -> Vec<String> {
        dump(&self.url).await
    }
}

/// Rows as texts, NULL as `∅`.
async fn rows(url: &DatabaseUrl, sql: &str, width: usize) -> Vec<String> {
    let mut connection = Connection::open(url, Access::Read).await.unwrap();
    let rows = connection.query(sql, &[]).await.unwrap();
    connection.close().await.unwrap();
    let line = |row: &selaras::db::Row| {
        let cells = (0..width).map(|at| row.maybe(at).unwrap_or_else(|| "∅".to_owned()));
        cells.collect::<Vec<_>>().join("|")
    };
    rows.iter().map(line).collect()
}

/// Everything that a sync writes, but when it did.
async fn dump(url: &DatabaseUrl) -> Vec<String> {
    let mut dump = Vec::new();
    for (table, columns, key) in [
        ("ref_wilayah", REGION.to_vec(), "kode_kecamatan"),
        (SCHOOLS.name, names(&SCHOOLS), "npsn"),
        (STAFF.name, names(&STAFF), "nik"),
        ("mv_dashboard_analitik", VIEW.to_vec(), "nik"),
    ] {
        let texts = columns.iter().map(|name| format!("CAST({name} AS text)"));
        let texts = texts.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {texts} FROM {table} ORDER BY {key}");
        let rows = rows(url, &sql, columns.len()).await;
        dump.extend(rows.into_iter().map(|row| format!("{table} {row}")));
    }
    let value = rows(url, LAST, 1).await.pop().unwrap_or_default();
    let shape = if is_iso(&value) { "a moment" } else { &value };
    dump.push(format!("LAST_GLOBAL_SYNC {shape}"));
    dump
}

const REGION: [&str; 6] = [
    "kode_kecamatan",
    "kecamatan",
    "kode_kabupaten",
    "kabupaten",
    "kode_provinsi",
    "provinsi",
];
const VIEW: [&str; 8] = [
    "id",
    "nik",
    "nama_ptk",
    "tanggal_lahir",
    "nama_sekolah",
    "npsn_sekolah",
    "kecamatan",
    "is_kepala_sekolah",
];

fn names(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

/// `2026-02-27T01:00:00.000Z`.
fn is_iso(value: &str) -> bool {
    let shape: String = value
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '9' } else { letter })
        .collect();
    shape == "9999-99-99T99:99:99.999Z"
}

/// What a sync that nothing disturbs leaves in a database of the same kind.
async fn undisturbed(desk: &Desk, setup: &Setup) -> Vec<String> {
    let other = if desk.is_file() {
        Desk::file(setup.clone())
    } else {
        Desk::server(setup.clone()).await.unwrap()
    };
    other.global().await;
    other.dump().await
}

/// Fails with the lines that differ, not with thousands of them.
fn assert_same(found: &[String], wanted: &[String]) {
    let missing: Vec<_> = wanted.iter().filter(|row| !found.contains(row)).collect();
    let extra: Vec<_> = found.iter().filter(|row| !wanted.contains(row)).collect();
    assert!(
        missing.is_empty() && extra.is_empty() && found.len() == wanted.len(),
        "{} rows instead of {}\nmissing: {:#?}\nextra: {:#?}",
        found.len(),
        wanted.len(),
        &missing[..missing.len().min(5)],
        &extra[..extra.len().min(5)]
    );
}

fn counts(written: &Written) -> (i64, i64, i64) {
    (written.added, written.changed, written.same)
}

fn signed(number: usize) -> i64 {
    number.try_into().unwrap()
}

/// What is left to do after these events, as a later run learns it from the journal.
fn resume_of(events: &[Event]) -> Resume {
    let mut start = None;
    let mut done = Vec::new();
    for event in events {
        if let Event::Item { key, state, .. } = event {
            match (state.as_str(), key.split_once('/')) {
                (BEGUN, _) => start = Some(Moment(key.clone())),
                (STORED, Some((_, npsn))) => done.push(npsn.to_owned()),
                _ => {}
            }
        }
    }
    Resume {
        run: uuid::Uuid::now_v7(),
        start: start.unwrap(),
        database: None,
        done,
    }
}

fn is_stored(event: &Event) -> bool {
    matches!(event, Event::Item { key, state, .. } if state == STORED && key.contains('/'))
}

/// A global sync that goes on where another one ended.
fn continued(events: &[Event]) -> Request {
    Request {
        resume: Some(Box::new(resume_of(events))),
        ..Request::of(Scope::Global)
    }
}

/// What every run keeps to, whatever becomes of it.
fn keeps_the_rules(run: &Run) {
    let mut highest: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for event in &run.events {
        let Event::Step { scope, done, .. } = event else {
            continue;
        };
        let before = highest.entry(scope).or_default();
        assert!(*done >= *before, "{scope}: {before} then {done}");
        *before = *done;
    }
    let percents = run.steps(selaras::dapodik::progress::ALL);
    let at_once = percents.iter().position(|percent| *percent == 100);
    assert!(
        at_once.is_none_or(|place| place + 1 == percents.len()),
        "{percents:?}"
    );
    let said = format!("{:?} {:?}", run.report, run.events);
    for secret in [PASSWORD, API_KEY, selaras::sim::portal::TOKEN_MARK] {
        assert!(!said.contains(secret), "{secret} was said");
    }
    assert_eq!(whole_nik(&said), None);
}

/// A NIK of the simulated portal that stands somewhere as a whole.
fn whole_nik(text: &str) -> Option<&str> {
    let digits = text.split(|letter: char| !letter.is_ascii_digit());
    let mut long = digits.filter(|part| part.len() == 16 && part.starts_with("3404"));
    long.next()
}
