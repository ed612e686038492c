//! What the database holds, apart from batches: regions, schools, metadata, and what a run did not
//! name any more.

use std::collections::HashSet;

use super::Tables;
use super::cleaning::trimmed;
use super::merge;
use super::model::{District, Gone, GoneRow, Moment, NAMED, Region, School, Totals, masked};
use crate::dapodik::region::KecamatanCode;
use crate::db::{Connection, Dialect, Row, Value};
use crate::engine::Job;
use crate::error::Result;
use crate::text::excerpt;

/// The row of `system_metadata` that a global sync writes.
const KEY: &str = "LAST_GLOBAL_SYNC";
/// How many rows of those that disappeared are read at once.
const PAGE: usize = 1000;

/// The schools whose PTK were asked for, all but those of which no answer came.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    Nobody,
    /// The schools that this run wrote, but those with an NPSN in `but`.
    OfListed {
        but: &'a [String],
    },
    /// All schools that the database has, but those with an NPSN in `but`.
    OfAll {
        but: &'a [String],
    },
}

impl Tables {
    pub(super) async fn read_districts(&mut self) -> Result<()> {
        let sql = "SELECT kode_kecamatan FROM ref_wilayah";
        let rows = self.link.query(sql, &[]).await?;
        let codes = rows.iter().map(|row| row.text(0));
        self.districts = codes
            .map(|code| (trimmed(&code).to_owned(), code))
            .collect();
        Ok(())
    }

    /// Inserts the districts that are missing, and returns their codes, unpadded.
    pub async fn add_regions(&mut self, districts: &[Region], job: &Job) -> Result<Vec<String>> {
        self.link.heard_by(job);
        self.read_districts().await?;
        let mut added = Vec::new();
        for region in districts {
            let code = trimmed(&region.kode_kecamatan);
            if KecamatanCode::parse(code).is_err() || self.districts.contains_key(code) {
                continue;
            }
            let cells = [
                (code, 8),
                (region.kecamatan.as_str(), 60),
                (region.kode_kabupaten.as_str(), 8),
                (region.kabupaten.as_str(), 60),
                (region.kode_provinsi.as_str(), 8),
                (region.provinsi.as_str(), 60),
            ];
            let values = cells.map(|(cell, width)| {
                let clean = cell.replace('\0', "");
                let short: String = trimmed(&clean).chars().take(width).collect();
                Value::Text(short)
            });
            let sql = "INSERT INTO ref_wilayah (kode_kecamatan, kecamatan, kode_kabupaten, \
                       kabupaten, kode_provinsi, provinsi) VALUES (?, ?, ?, ?, ?, ?) \
                       ON CONFLICT (kode_kecamatan) DO NOTHING";
            self.link.execute(sql, &values).await?;
            self.districts.insert(code.to_owned(), code.to_owned());
            added.push(code.to_owned());
        }
        Ok(added)
    }

    /// The value of `LAST_GLOBAL_SYNC`.
    pub async fn metadata(&mut self) -> Result<Option<String>> {
        self.link.alive().await?;
        metadata(&mut self.link.connection).await
    }

    /// `updatedAt` of a row that is there does not move: E-Alumni's does not either.
    pub async fn set_metadata(&mut self, value: &str) -> Result<()> {
        let now = merge::now(self.link.dialect());
        let sql = format!(
            "INSERT INTO system_metadata (key, value, \"updatedAt\") VALUES ('{KEY}', ?, {now}) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        );
        let value = value.replace('\0', "");
        self.link.execute(&sql, &[value.into()]).await.map(|_| ())
    }

    /// `ref_wilayah`, by code.
    pub async fn regions(&mut self) -> Result<Vec<Region>> {
        let sql = "SELECT kode_kecamatan, kecamatan, kode_kabupaten, kabupaten, kode_provinsi, \
                   provinsi FROM ref_wilayah ORDER BY kode_kecamatan";
        let rows = self.link.query(sql, &[]).await?;
        let text = |row: &Row, index| trimmed(&row.text(index)).to_owned();
        let regions = rows.iter().map(|row| Region {
            kode_kecamatan: text(row, 0),
            kecamatan: text(row, 1),
            kode_kabupaten: text(row, 2),
            kabupaten: text(row, 3),
            kode_provinsi: text(row, 4),
            provinsi: text(row, 5),
        });
        Ok(regions.collect())
    }

    /// All schools that the database has, by NPSN.
    pub async fn schools(&mut self) -> Result<Vec<School>> {
        let sql = "SELECT npsn, nama, kode_kecamatan FROM satuan_pendidikan ORDER BY npsn";
        let rows = self.link.query(sql, &[]).await?;
        let schools = rows.iter().map(|row| School {
            npsn: row.text(0).trim().to_owned(),
            nama: row.text(1).trim().to_owned(),
            kode_kecamatan: row.text(2).trim().to_owned(),
        });
        Ok(schools.collect())
    }

    /// What the database holds, by kecamatan.
    pub async fn districts(&mut self) -> Result<Vec<District>> {
        self.link.alive().await?;
        districts(&mut self.link.connection).await
    }

    pub async fn totals(&mut self) -> Result<Totals> {
        self.link.alive().await?;
        totals(&mut self.link.connection).await
    }

    /// What this run did not name: schools of `districts`, whose lists were complete, and PTK of
    /// the schools that were `asked`. Nothing is deleted.
    pub async fn gone(
        &mut self,
        start: &Moment,
        districts: &[KecamatanCode],
        asked: Asked<'_>,
    ) -> Result<Gone> {
        let mut gone = Gone::default();
        self.gone_schools(start, districts, &mut gone).await?;
        self.gone_staff(start, asked, &mut gone).await?;
        Ok(gone)
    }

    fn moment(&self) -> &'static str {
        match self.link.dialect() {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS timestamptz)",
        }
    }

    async fn gone_schools(
        &mut self,
        start: &Moment,
        districts: &[KecamatanCode],
        gone: &mut Gone,
    ) -> Result<()> {
        let moment = self.moment();
        for part in districts.chunks(200) {
            let stored = part.iter().map(|code| {
                let stored = self.districts.get(code.as_str());
                stored.map_or(code.as_str(), String::as_str)
            });
            let mut values: Vec<Value> = stored.map(Value::from).collect();
            values.push(start.0.as_str().into());
            let places = vec!["?"; part.len()].join(", ");
            let stale = format!(
                "FROM satuan_pendidikan WHERE kode_kecamatan IN ({places}) \
                 AND (last_sync IS NULL OR last_sync < {moment})"
            );
            let rows = self
                .link
                .query(&format!("SELECT COUNT(*) {stale}"), &values)
                .await?;
            gone.sekolah += count(rows.first(), 0);
            let room = NAMED.saturating_sub(gone.named.len());
            let sql =
                format!("SELECT npsn, nama, kode_kecamatan {stale} ORDER BY npsn LIMIT {room}");
            for row in self.link.query(&sql, &values).await? {
                gone.named.push(GoneRow {
                    key: excerpt(row.text(0).trim(), 20),
                    label: excerpt(row.text(1).trim(), 80),
                    at: excerpt(row.text(2).trim(), 20),
                });
            }
        }
        Ok(())
    }

    async fn gone_staff(
        &mut self,
        start: &Moment,
        asked: Asked<'_>,
        gone: &mut Gone,
    ) -> Result<()> {
        let moment = self.moment();
        let value: Value = start.0.as_str().into();
        let (listed, mut values, but) = match asked {
            Asked::Nobody => return Ok(()),
            Asked::OfListed { but } => (
                format!(
                    "AND EXISTS (SELECT 1 FROM satuan_pendidikan s WHERE s.npsn = p.npsn \
                     AND s.last_sync >= {moment})"
                ),
                vec![value.clone(), value],
                but,
            ),
            Asked::OfAll { but } => (String::new(), vec![value], but),
        };
        let but: HashSet<&str> = but.iter().map(String::as_str).collect();
        let stale = format!(
            "FROM data_ptk p WHERE p.npsn IS NOT NULL \
             AND (p.last_sync IS NULL OR p.last_sync < {moment}) {listed}"
        );
        let sql = format!("SELECT p.npsn, COUNT(*) {stale} GROUP BY p.npsn");
        for row in self.link.query(&sql, &values).await? {
            if !but.contains(row.text(0).trim()) {
                gone.ptk += count(Some(&row), 1);
            }
        }
        let sql = format!(
            "SELECT p.nik, p.nama_ptk, p.npsn {stale} AND p.nik > ? ORDER BY p.nik LIMIT {PAGE}"
        );
        values.push("".into());
        while gone.named.len() < NAMED && gone.ptk > 0 {
            let rows = self.link.query(&sql, &values).await?;
            let (Some(last), Some(after)) = (rows.last(), values.last_mut()) else {
                break;
            };
            *after = last.text(0).into();
            let ours = rows.iter().filter(|row| !but.contains(row.text(2).trim()));
            let room = NAMED - gone.named.len();
            gone.named.extend(ours.take(room).map(|row| GoneRow {
                key: masked(row.text(0).trim()),
                label: excerpt(row.text(1).trim(), 80),
                at: excerpt(row.text(2).trim(), 20),
            }));
        }
        Ok(())
    }
}

pub async fn metadata(connection: &mut Connection) -> Result<Option<String>> {
    let sql = format!("SELECT value FROM system_metadata WHERE key = '{KEY}'");
    let rows = connection.query(&sql, &[]).await?;
    Ok(rows.first().and_then(|row| row.maybe(0)))
}

pub async fn totals(connection: &mut Connection) -> Result<Totals> {
    let sql = "SELECT (SELECT COUNT(*) FROM ref_wilayah), \
               (SELECT COUNT(*) FROM satuan_pendidikan), (SELECT COUNT(*) FROM data_ptk)";
    let rows = connection.query(sql, &[]).await?;
    Ok(Totals {
        wilayah: count(rows.first(), 0),
        sekolah: count(rows.first(), 1),
        ptk: count(rows.first(), 2),
    })
}

pub async fn districts(connection: &mut Connection) -> Result<Vec<District>> {
    let newest = match connection.dialect() {
        Dialect::Sqlite => "CAST(strftime('%s', MAX(s.last_sync)) AS INTEGER)",
        Dialect::MySql | Dialect::Postgres => {
            "CAST(FLOOR(EXTRACT(EPOCH FROM MAX(s.last_sync))) AS BIGINT)"
        }
    };
    let sql = format!(
        "SELECT w.kode_kecamatan, w.kecamatan, w.kabupaten, COUNT(s.npsn), \
         CAST(COALESCE(SUM(p.ptk), 0) AS BIGINT), {newest} \
         FROM ref_wilayah w LEFT JOIN satuan_pendidikan s ON s.kode_kecamatan = w.kode_kecamatan \
         LEFT JOIN (SELECT npsn, COUNT(*) AS ptk FROM data_ptk GROUP BY npsn) AS p \
         ON p.npsn = s.npsn GROUP BY 1, 2, 3 ORDER BY 1"
    );
    let rows = connection.query(&sql, &[]).await?;
    let districts = rows.iter().map(|row| District {
        kode_kecamatan: row.text(0).trim().to_owned(),
        kecamatan: row.text(1).trim().to_owned(),
        kabupaten: row.text(2).trim().to_owned(),
        sekolah: count(Some(row), 3),
        ptk: count(Some(row), 4),
        newest: row.maybe(5).map(|_| row.int(5)),
    });
    Ok(districts.collect())
}

fn count(row: Option<&Row>, index: usize) -> u64 {
    row.map_or(0, |row| u64::try_from(row.int(index)).unwrap_or(0))
}
