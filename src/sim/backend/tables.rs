//! What a backend stores: the tables of an E-Alumni database, as far as anybody looks at them.

use std::ops::Range;

use super::Region;
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Value};
use crate::error::Result;

/// The tables, in the words of both databases that have them.
pub const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS ref_wilayah (kode_kecamatan VARCHAR(8) PRIMARY KEY, \
     kecamatan VARCHAR(60), kode_kabupaten VARCHAR(8), kabupaten VARCHAR(60), \
     kode_provinsi VARCHAR(8), provinsi VARCHAR(60))",
    "CREATE TABLE IF NOT EXISTS satuan_pendidikan (npsn VARCHAR(8) PRIMARY KEY, \
     nama VARCHAR(100) NOT NULL, kode_kecamatan VARCHAR(8) REFERENCES ref_wilayah, \
     last_sync TIMESTAMPTZ)",
    "CREATE TABLE IF NOT EXISTS data_ptk (nik VARCHAR(25) PRIMARY KEY, \
     nama_ptk VARCHAR(150) NOT NULL, npsn VARCHAR(8) REFERENCES satuan_pendidikan, \
     last_sync TIMESTAMPTZ)",
];

/// The tables of one database.
pub struct Tables<'a> {
    url: &'a DatabaseUrl,
}

impl<'a> Tables<'a> {
    /// Those behind `url`.
    pub fn at(url: &'a DatabaseUrl) -> Self {
        Self { url }
    }

    /// Makes them, with the regions.
    pub async fn make(&self, regions: &[Region]) -> Result<()> {
        let mut connection = Connection::open(self.url, Access::Write).await?;
        for sql in SCHEMA {
            connection.execute(sql, &[]).await?;
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
        let mut connection = Connection::open(self.url, Access::Write).await?;
        let moment = match connection.dialect() {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS TIMESTAMPTZ)",
        };
        let school = format!(
            "INSERT INTO satuan_pendidikan VALUES (?, ?, ?, {moment}) \
             ON CONFLICT (npsn) DO UPDATE SET last_sync = excluded.last_sync"
        );
        let person = format!(
            "INSERT INTO data_ptk VALUES (?, ?, ?, {moment}) \
             ON CONFLICT (nik) DO UPDATE SET last_sync = excluded.last_sync"
        );
        connection.begin().await?;
        for number in numbers {
            let npsn = npsn(region, number);
            let name = format!("SD NEGERI CONTOH {number} {}", region.name.to_uppercase());
            let values = [npsn.as_str(), &name, &region.code, now].map(Value::from);
            connection.execute(&school, &values).await?;
            for serial in 0..ptk {
                let nik = nik(region, number, serial);
                let name = format!("GURU CONTOH {serial}");
                let values = [nik.as_str(), &name, &npsn, now].map(Value::from);
                connection.execute(&person, &values).await?;
            }
        }
        connection.commit().await?;
        connection.close().await
    }
}

/// The number of a school.
pub fn npsn(region: &Region, number: usize) -> String {
    let digits = digits(region);
    // 2, four digits of the kecamatan, three of the school.
    format!("2{}{number:03}", &digits[digits.len().saturating_sub(4)..])
}

/// The number of a person at a school.
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
