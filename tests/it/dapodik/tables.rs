//! What a sync of ours writes, in a file and in a PostgreSQL with E-Alumni's own tables.

mod guarded;
mod lost;
mod oracle;
mod viewed;
mod written;

use std::time::Duration;

use selaras::config::DatabaseUrl;
use selaras::dapodik::columns::{Row, SCHOOLS, STAFF, Table};
use selaras::dapodik::tables::{Region, Tables, Written};
use selaras::db::{Access, Connection};
use selaras::engine::Job;
use tempfile::TempDir;

use super::postgres::server;

const SCHEMA: &str = include_str!("ealumni.sql");
const STATEMENT: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(20);

/// A database with the tables, and whatever keeps it.
struct Base {
    url: DatabaseUrl,
    _folder: Option<TempDir>,
}

impl Base {
    fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: DatabaseUrl::file(folder.path().join("dapodik.db")),
            _folder: Some(folder),
        }
    }

    /// `None` where PostgreSQL is not installed.
    async fn server() -> Option<Self> {
        let base = Self {
            url: server().await?.database().await,
            _folder: None,
        };
        base.run(SCHEMA).await;
        Some(base)
    }

    /// One of each.
    async fn each() -> Vec<Self> {
        let mut bases = vec![Self::file()];
        bases.extend(Self::server().await);
        bases
    }

    fn is_file(&self) -> bool {
        self.url.path().is_some()
    }

    async fn open(&self) -> Tables {
        Tables::open(&self.url, STATEMENT, PATIENCE).await.unwrap()
    }

    /// Opened, with the districts and schools of the tests.
    async fn furnished(&self) -> Tables {
        let mut tables = self.open().await;
        let job = Job::silent();
        tables.add_regions(&regions(), &job).await.unwrap();
        let start = tables.now().await.unwrap();
        let schools = ["1", "2", "3"].map(|npsn| school(npsn, &[]));
        tables
            .write_schools(schools.into(), &start, &job)
            .await
            .unwrap();
        tables
    }

    async fn run(&self, sql: &str) {
        let mut connection = Connection::open(&self.url, Access::Write).await.unwrap();
        connection.command(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Rows as texts, NULL as `∅`.
    async fn rows(&self, sql: &str) -> Vec<String> {
        let mut connection = Connection::open(&self.url, Access::Read).await.unwrap();
        let rows = connection.query(sql, &[]).await.unwrap();
        connection.close().await.unwrap();
        let width = |row: &selaras::db::Row| (0..64).rev().find(|at| row.maybe(*at).is_some());
        let widest = rows.iter().filter_map(width).max().unwrap_or(0);
        let line = |row: &selaras::db::Row| {
            let cells = (0..=widest).map(|at| row.maybe(at).unwrap_or_else(|| "∅".to_owned()));
            cells.collect::<Vec<_>>().join("|")
        };
        rows.iter().map(line).collect()
    }
}

fn regions() -> Vec<Region> {
    let region = |code: &str, name: &str| Region {
        kode_kecamatan: format!("{code} "),
        kecamatan: name.to_owned(),
        kode_kabupaten: "34.04".to_owned(),
        kabupaten: "Sleman".to_owned(),
        kode_provinsi: "34".to_owned(),
        provinsi: "DI Yogyakarta".to_owned(),
    };
    vec![region("34.04.07", "Depok"), region("34.04.01", "Gamping")]
}

fn record(table: &Table, cells: &[(&str, &str)]) -> Row {
    let mut row = vec![None; table.columns.len()];
    for (name, cell) in cells {
        let place = table.index(name);
        row[place.unwrap_or_else(|| panic!("no column {name}"))] = Some((*cell).to_owned());
    }
    row
}

fn school(npsn: &str, cells: &[(&str, &str)]) -> Row {
    let mut all = vec![
        ("npsn", npsn),
        ("nama", "SD Contoh"),
        ("kode_kecamatan", "34.04.07"),
    ];
    all.extend(cells);
    record(&SCHOOLS, &all)
}

/// A PTK with the NIK `34040717089000` and two more digits.
fn ptk(serial: &str, cells: &[(&str, &str)]) -> Row {
    let nik = nik(serial);
    let mut all = vec![("nik", nik.as_str()), ("nama_ptk", "Ani")];
    all.extend(cells);
    record(&STAFF, &all)
}

fn nik(serial: &str) -> String {
    format!("34040717089000{serial}")
}

fn counts(written: &Written) -> (i64, i64, i64) {
    (written.added, written.changed, written.same)
}
