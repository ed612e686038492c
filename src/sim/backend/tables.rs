//! What a backend stores: the tables of an E-Alumni database, as far as anybody looks at them.

use std::ops::Range;

use super::Region;
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Value};
use crate::error::Result;

pub const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS ref_wilayah (kode_kecamatan VARCHAR(8) PRIMARY KEY, \
     kecamatan VARCHAR(60), kode_kabupaten VARCHAR(8), kabupaten VARCHAR(60), \
     kode_provinsi VARCHAR(8), provinsi VARCHAR(60))",
    "CREATE TABLE IF NOT EXISTS satuan_pendidikan (npsn VARCHAR(8) PRIMARY KEY, \
     nama VARCHAR(100) NOT NULL, kode_kecamatan VARCHAR(8) REFERENCES ref_wilayah, \
     last_sync TIMESTAMPTZ)",
    "CREATE TABLE IF NOT EXISTS data_ptk (nik VARCHAR(25) PRIMARY KEY, \
     nama_ptk VARCHAR(150) NOT NULL, npsn VARCHAR(8) REFERENCES satuan_pendidikan, \
     last_sync TIMESTAMPTZ, tugas_tambahan_jabatan_ptk VARCHAR(50), \
     riwayat_sertifikasi_bidang_studi VARCHAR(50))",
];
/// What a database that an earlier version made lacks.
const LACKING: [&str; 2] = [
    "ALTER TABLE data_ptk ADD COLUMN tugas_tambahan_jabatan_ptk VARCHAR(50)",
    "ALTER TABLE data_ptk ADD COLUMN riwayat_sertifikasi_bidang_studi VARCHAR(50)",
];
const CERTIFIED: &str = "Guru Kelas SD/MI";

pub struct Tables<'a> {
    url: &'a DatabaseUrl,
}

impl<'a> Tables<'a> {
    pub fn at(url: &'a DatabaseUrl) -> Self {
        Self { url }
    }

    /// Makes them, with the regions.
    pub async fn make(&self, regions: &[Region]) -> Result<()> {
        let mut connection = Connection::open(self.url, Access::Write).await?;
        for sql in SCHEMA {
            connection.execute(sql, &[]).await?;
        }
        for sql in LACKING {
            // Refused where the column is there, which is what is wanted.
            let _ = connection.execute(sql, &[]).await;
        }
        let sql = "INSERT INTO ref_wilayah VALUES (?, ?, ?, ?, '34', 'DI Yogyakarta') \
                   ON CONFLICT (kode_kecamatan) DO NOTHING";
        for region in regions {
            // Blank-padded, as values are in places.
            let padded = format!("{}  ", region.name);
            let cells = [
                &region.code,
                &padded,
                &region.kabupaten_code,
                &region.kabupaten,
            ];
            let values = cells.map(|cell| Value::from(cell.as_str()));
            connection.execute(sql, &values).await?;
        }
        connection.close().await
    }

    /// Stores the schools `numbers` of a kecamatan with their PTK.
    pub async fn store(
        &self,
        region: &Region,
        numbers: Range<usize>,
        ptk: usize,
        now: &str,
    ) -> Result<()> {
        let staff: Vec<(usize, usize)> = numbers.clone().map(|number| (number, ptk)).collect();
        let listed: Vec<usize> = numbers.collect();
        self.store_what(region, (&listed, &staff), || now.to_owned())
            .await
    }

    /// Stores what came of a kecamatan: the list of its schools in one statement, so many PTK of
    /// each school in one; each statement has one `last_sync`.
    pub async fn store_what(
        &self,
        region: &Region,
        (listed, staff): (&[usize], &[(usize, usize)]),
        now: impl Fn() -> String,
    ) -> Result<()> {
        let mut connection = Connection::open(self.url, Access::Write).await?;
        connection.begin().await?;
        let moment = now();
        let rows = listed.iter().map(|number| {
            let name = format!("SD NEGERI CONTOH {number} {}", region.name.to_uppercase());
            let npsn = npsn(region, *number);
            [npsn, name, region.code.clone(), moment.clone()]
        });
        let sql = "INSERT INTO satuan_pendidikan (npsn, nama, kode_kecamatan, last_sync) VALUES";
        let update = "ON CONFLICT (npsn) DO UPDATE SET last_sync = excluded.last_sync, \
                      kode_kecamatan = excluded.kode_kecamatan";
        insert(&mut connection, (sql, update), rows).await?;
        let sql = "INSERT INTO data_ptk (nik, nama_ptk, npsn, riwayat_sertifikasi_bidang_studi, \
                   last_sync) VALUES";
        let update = "ON CONFLICT (nik) DO UPDATE SET last_sync = excluded.last_sync, \
                      npsn = excluded.npsn, riwayat_sertifikasi_bidang_studi = \
                      excluded.riwayat_sertifikasi_bidang_studi";
        for (number, ptk) in staff.iter().copied() {
            let moment = now();
            let rows = (0..ptk).map(|serial| {
                let name = format!("GURU CONTOH {serial}");
                let (nik, npsn) = (nik(region, number, serial), npsn(region, number));
                [nik, name, npsn, CERTIFIED.to_owned(), moment.clone()]
            });
            insert(&mut connection, (sql, update), rows).await?;
        }
        connection.commit().await?;
        connection.close().await
    }

    /// Fetches all PTK anew as the deployed backend does: two columns of every row become NULL.
    pub async fn empty(&self, now: &str) -> Result<()> {
        let mut connection = Connection::open(self.url, Access::Write).await?;
        let moment = match connection.dialect() {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS TIMESTAMPTZ)",
        };
        let sql = format!(
            "UPDATE data_ptk SET last_sync = {moment}, tugas_tambahan_jabatan_ptk = NULL, \
             riwayat_sertifikasi_bidang_studi = NULL"
        );
        connection.execute(&sql, &[now.into()]).await?;
        connection.close().await
    }
}

/// Inserts rows whose last cell is a moment, in one statement.
async fn insert<const CELLS: usize>(
    connection: &mut Connection,
    (sql, update): (&str, &str),
    rows: impl Iterator<Item = [String; CELLS]>,
) -> Result<()> {
    let rows: Vec<[String; CELLS]> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let moment = match connection.dialect() {
        Dialect::Sqlite => "?",
        Dialect::MySql | Dialect::Postgres => "CAST(? AS TIMESTAMPTZ)",
    };
    let row = format!("({}{moment})", "?, ".repeat(CELLS - 1));
    let sql = format!("{sql} {} {update}", vec![row; rows.len()].join(", "));
    let cells = rows.iter().flatten();
    let values: Vec<Value> = cells.map(|cell| cell.as_str().into()).collect();
    connection.execute(&sql, &values).await.map(|_| ())
}

pub fn npsn(region: &Region, number: usize) -> String {
    let digits = digits(region);
    // 2, four digits of the kecamatan, three of the school.
    format!("2{}{number:03}", &digits[digits.len().saturating_sub(4)..])
}

pub fn nik(region: &Region, number: usize, serial: usize) -> String {
    let day = number % 28 + 1;
    format!(
        "{:0>6}{day:02}0890{:04}",
        digits(region),
        number % 100 * 100 + serial % 100
    )
}

fn digits(region: &Region) -> String {
    let digits = region.code.chars();
    digits.filter(char::is_ascii_digit).collect()
}
