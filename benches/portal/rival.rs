//! What a sync into PostgreSQL is measured by: `psql` copying the same rows into the same tables.
//! And the two halves of a sync by themselves: asking, writing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use selaras::config::DatabaseUrl;
use selaras::dapodik::columns::Row;
use selaras::dapodik::portal::{Portal, PortalTimeouts};
use selaras::dapodik::tables::{Region, Tables};
use selaras::db::{Access, Connection};
use selaras::engine::Job;

use super::office::Office;
use crate::it::postgres::Server;

const SCHEMA: &str = include_str!("../../tests/it/dapodik/ealumni.sql");
/// As many as the configuration allows.
const TOGETHER: usize = 10;
/// As many PTK as the sync writes at once.
const BATCH: usize = 1_000;
const TABLES: [&str; 3] = ["ref_wilayah", "satuan_pendidikan", "data_ptk"];

/// A database of E-Alumni, empty.
pub async fn empty(server: &Server) -> DatabaseUrl {
    let url = server.database().await;
    let mut connection = Connection::open(&url, Access::Write).await.unwrap();
    connection.command(SCHEMA).await.unwrap();
    connection.close().await.unwrap();
    url
}

/// A `psql` of this database, which stops at the first error.
fn psql(url: &DatabaseUrl) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url.to_string()]);
    psql.stdin(Stdio::null()).stdout(Stdio::null());
    psql
}

/// Writes the rows of a database into files.
pub fn dump(url: &DatabaseUrl, folder: &Path) {
    let mut psql = psql(url);
    for table in TABLES {
        let file = folder.join(table);
        psql.args(["-c", &format!("\\copy {table} to '{}'", file.display())]);
    }
    assert!(psql.status().unwrap().success());
}

/// Copies them into an empty one; how long schools and PTK took, and how long these and the view.
pub fn copy(url: &DatabaseUrl, folder: &Path) -> (Duration, Duration) {
    let command = |table: &str| {
        let file = folder.join(table);
        format!("\\copy {table} from '{}'", file.display())
    };
    let mut regions = psql(url);
    regions.args(["-c", &command(TABLES[0])]);
    assert!(regions.status().unwrap().success());
    let mut rows = psql(url);
    rows.args(["-c", &command(TABLES[1]), "-c", &command(TABLES[2])]);
    let mut view = psql(url);
    view.args([
        "-c",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_dashboard_analitik",
    ]);
    let began = Instant::now();
    assert!(rows.status().unwrap().success());
    let copied = began.elapsed();
    assert!(view.status().unwrap().success());
    (copied, began.elapsed())
}

/// All that the portal has.
pub struct Rows {
    pub regions: Vec<Region>,
    pub schools: Vec<Row>,
    pub staff: Vec<(String, Vec<Row>)>,
}

/// Asks for everything, and stores nothing.
pub async fn fetch(office: &Office) -> (Duration, Rows) {
    let (config, settings) = (office.config(), office.portal());
    let timeouts = PortalTimeouts::of(&config, &settings);
    let portal = Portal::new(&config, &settings, timeouts).unwrap();
    let job = Job::silent();
    let began = Instant::now();
    let districts = portal.districts(&job).await.unwrap();
    let lists = stream::iter(&districts).map(async |district| {
        let mut list = portal.schools(&district.code);
        let mut rows = Vec::new();
        while let Some(page) = list.next(&job).await.unwrap() {
            rows.extend(page);
        }
        rows
    });
    let schools: Vec<Vec<Row>> = lists.buffer_unordered(TOGETHER).collect().await;
    let schools: Vec<Row> = schools.into_iter().flatten().collect();
    let npsn = schools.iter().map(|row| row[0].clone().unwrap());
    let staff = stream::iter(npsn).map(async |npsn| {
        let list = portal.staff(&npsn, &job).await?;
        Ok::<_, selaras::dapodik::portal::Failed>((npsn, list.rows))
    });
    let staff = staff.buffer_unordered(TOGETHER).try_collect().await;
    let rows = Rows {
        regions: districts.into_iter().map(region).collect(),
        schools,
        staff: staff.unwrap(),
    };
    (began.elapsed(), rows)
}

fn region(district: selaras::dapodik::portal::District) -> Region {
    Region {
        kode_kecamatan: district.code.to_string(),
        kecamatan: district.name,
        kode_kabupaten: district.kode_kabupaten,
        kabupaten: district.kabupaten,
        kode_provinsi: district.kode_provinsi,
        provinsi: district.provinsi,
    }
}

/// Writes everything, and asks for nothing.
pub async fn write(url: &DatabaseUrl, rows: Rows) -> Duration {
    let minute = Duration::from_mins(1);
    let mut tables = Tables::open(url, minute, minute).await.unwrap();
    let job = Job::silent();
    let began = Instant::now();
    let start = tables.now().await.unwrap();
    tables.add_regions(&rows.regions, &job).await.unwrap();
    tables
        .write_schools(rows.schools, &start, &job)
        .await
        .unwrap();
    let (mut batch, mut waiting) = (Vec::new(), 0);
    for (npsn, staff) in rows.staff {
        waiting += staff.len();
        batch.push((npsn, staff));
        if waiting >= BATCH {
            let batch = std::mem::take(&mut batch);
            tables.write_staff(batch, &start, &job).await.unwrap();
            waiting = 0;
        }
    }
    tables.write_staff(batch, &start, &job).await.unwrap();
    let took = began.elapsed();
    tables.close().await.unwrap();
    took
}
