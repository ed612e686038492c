//! The SQL of a followed sync: the list of kecamatan, and what a run left in the tables.
//!
//! Only reads: the tables are E-Alumni's. What the rows mean is said in `check`.

use std::time::Duration;

use super::region::{Kecamatan, KecamatanCode, sorted};
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Value};
use crate::error::Result;

/// A connection to an E-Alumni database.
pub(super) struct Store {
    connection: Connection,
}

/// The newest `last_sync` of all rows, as the database writes it: what is newer was written later,
/// whatever the clocks of this machine and of the backend say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(String);

/// A school, and how many of its rows are newer than a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct School {
    pub npsn: String,
    pub kecamatan: String,
    pub stored: bool,
    pub ptk: u64,
    pub ptk_stored: u64,
}

impl Store {
    /// Opens for reading; `None` where an embedded file is not there yet.
    pub async fn open(url: &DatabaseUrl, statement_timeout: Duration) -> Result<Option<Self>> {
        if url.path().is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        let mut connection = Connection::open(url, Access::Read).await?;
        connection.set_statement_timeout(statement_timeout);
        Ok(Some(Self { connection }))
    }

    /// `ref_wilayah`, by code. Values are blank-padded in places.
    pub async fn kecamatan(&mut self) -> Result<Vec<Kecamatan>> {
        let sql = "SELECT kode_kecamatan, kecamatan, kabupaten FROM ref_wilayah";
        let rows = self.connection.query(sql, &[]).await?;
        let list = rows.iter().filter_map(|row| {
            Some(Kecamatan {
                // A code that cannot be asked for cannot be chosen either.
                code: KecamatanCode::parse(&row.text(0)).ok()?,
                name: row.text(1).trim().to_owned(),
                kabupaten: row.text(2).trim().to_owned(),
            })
        });
        Ok(sorted(list.collect()))
    }

    /// The mark of this moment. A date of the far future is a mistake, and no mark.
    pub async fn mark(&mut self) -> Result<Mark> {
        let (newest, tomorrow, nothing) = match self.connection.dialect() {
            Dialect::Sqlite => ("MAX(last_sync)", "datetime('now', '+1 day')", ""),
            Dialect::MySql | Dialect::Postgres => (
                "CAST(MAX(last_sync) AS TEXT)",
                "CURRENT_TIMESTAMP + INTERVAL '1 day'",
                "-infinity",
            ),
        };
        let sql = format!(
            "SELECT {newest} FROM (SELECT last_sync FROM satuan_pendidikan \
             UNION ALL SELECT last_sync FROM data_ptk) AS everything \
             WHERE last_sync <= {tomorrow}"
        );
        let rows = self.connection.query(&sql, &[]).await?;
        let newest = rows.first().and_then(|row| row.maybe(0));
        Ok(Mark(newest.unwrap_or_else(|| nothing.to_owned())))
    }

    /// Every school, and what of it is newer than `mark`.
    pub async fn schools(&mut self, mark: &Mark) -> Result<Vec<School>> {
        let mark_sql = match self.connection.dialect() {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS TIMESTAMPTZ)",
        };
        let sql = format!(
            "SELECT school.npsn, school.kode_kecamatan, \
             CASE WHEN school.last_sync > {mark_sql} THEN 1 ELSE 0 END, \
             COALESCE(staff.everyone, 0), COALESCE(staff.stored, 0) \
             FROM satuan_pendidikan AS school LEFT JOIN (\
             SELECT npsn, COUNT(*) AS everyone, \
             SUM(CASE WHEN last_sync > {mark_sql} THEN 1 ELSE 0 END) AS stored \
             FROM data_ptk GROUP BY npsn) AS staff ON staff.npsn = school.npsn \
             ORDER BY school.npsn"
        );
        let values: [Value; 2] = [mark.0.as_str().into(), mark.0.as_str().into()];
        let rows = self.connection.query(&sql, &values).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let schools = rows.iter().map(|row| School {
            npsn: row.text(0).trim().to_owned(),
            kecamatan: row.text(1).trim().to_owned(),
            stored: row.int(2) != 0,
            ptk: count(row.int(3)),
            ptk_stored: count(row.int(4)),
        });
        Ok(schools.collect())
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }
}
