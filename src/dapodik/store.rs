//! The SQL of a followed sync: the list of kecamatan, and what a run left in the tables.
//!
//! Only reads: the tables are E-Alumni's. What the rows mean is said in `check`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::region::{Kecamatan, KecamatanCode, sorted};
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Value};
use crate::error::{Error, Result};

pub(super) struct Store {
    connection: Connection,
}

/// The newest `last_sync` of all rows, as the database writes it: what is newer was written later,
/// whatever the clocks of this machine and of the backend say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Watermark(String);

/// A school, and how many of its rows are newer than a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct School {
    pub npsn: String,
    pub name: String,
    pub kecamatan: String,
    pub stored: bool,
    pub written: Option<Timestamp>,
    pub ptk: u64,
    pub ptk_stored: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sekolah: u64,
    pub ptk: u64,
    /// When a school of it was last written.
    pub newest: Option<Timestamp>,
}

/// The PTK of a school before a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PtkCounts {
    /// All rows; those of people who left stay forever.
    pub all: u64,
    /// Those that the last sync of the school wrote.
    pub last: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub mark: Watermark,
    pub staff: BTreeMap<String, PtkCounts>,
}

/// A backend writes the PTK of a school in one statement, ours in several: rows so far apart, in
/// seconds, are of two syncs.
const ONE_SYNC: i64 = 600;
/// One PTK may have been synced alone since: so few rows are no sync of a school.
pub(super) const FEW: u64 = 3;

impl Store {
    /// Opens for reading. A file that is not there is not made: it is the backend's.
    pub async fn open(url: &DatabaseUrl, statement_timeout: Duration) -> Result<Self> {
        if let Some(path) = url.path().filter(|path| !path.exists()) {
            let why = format!("{} is not there", path.display());
            return Err(Error::database(why)
                .hint("[dapodik] database names the database of the backend, which makes it"));
        }
        let mut connection = Connection::open(url, Access::Read).await?;
        connection.set_statement_timeout(statement_timeout);
        Ok(Self { connection })
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

    /// The value of `LAST_GLOBAL_SYNC`.
    pub async fn metadata(&mut self) -> Result<Option<String>> {
        let sql = "SELECT value FROM system_metadata WHERE key = 'LAST_GLOBAL_SYNC'";
        let rows = self.connection.query(sql, &[]).await?;
        Ok(rows.first().and_then(|row| row.maybe(0)))
    }

    pub async fn before(&mut self) -> Result<Snapshot> {
        Ok(Snapshot {
            mark: self.mark().await?,
            staff: self.staff().await?,
        })
    }

    async fn staff(&mut self) -> Result<BTreeMap<String, PtkCounts>> {
        let moment = self.seconds("last_sync");
        // By position: both databases take it, and neither the expression twice.
        let sql = format!(
            "SELECT npsn, {moment}, COUNT(*) FROM data_ptk WHERE npsn IS NOT NULL GROUP BY 1, 2"
        );
        let rows = self.connection.query(&sql, &[]).await?;
        let mut written: BTreeMap<String, Vec<(i64, u64)>> = BTreeMap::new();
        for row in &rows {
            let npsn = row.text(0).trim().to_owned();
            let moment = row.maybe(1).map_or(i64::MIN, |_| row.int(1));
            let of = written.entry(npsn).or_default();
            of.push((moment, natural(row.int(2))));
        }
        let staff = written
            .into_iter()
            .map(|(npsn, rows)| (npsn, PtkCounts::of(rows)));
        Ok(staff.collect())
    }

    /// A moment as seconds since 1970.
    fn seconds(&self, column: &str) -> String {
        match self.connection.dialect() {
            Dialect::Sqlite => format!("CAST(strftime('%s', {column}) AS INTEGER)"),
            Dialect::MySql | Dialect::Postgres => {
                format!("CAST(FLOOR(EXTRACT(EPOCH FROM {column})) AS BIGINT)")
            }
        }
    }

    /// How many rows were written since `mark`.
    pub async fn arrived(&mut self, mark: &Watermark) -> Result<u64> {
        let mark_sql = self.moment();
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM satuan_pendidikan WHERE last_sync > {mark_sql}) + \
             (SELECT COUNT(*) FROM data_ptk WHERE last_sync > {mark_sql})"
        );
        let values: [Value; 2] = [mark.0.as_str().into(), mark.0.as_str().into()];
        let rows = self.connection.query(&sql, &values).await?;
        Ok(rows.first().map_or(0, |row| natural(row.int(0))))
    }

    /// In how many rows of `data_ptk` each of `columns` has a value, where there is such a column;
    /// in how many any of them has one; and how many rows there are.
    pub async fn filled(&mut self, columns: &[&str]) -> Result<(Vec<(String, u64)>, u64, u64)> {
        let catalogue = match self.connection.dialect() {
            Dialect::Sqlite => "SELECT name FROM pragma_table_info('data_ptk')",
            Dialect::MySql | Dialect::Postgres => {
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
                 WHERE table_name = 'data_ptk' AND table_schema = ANY (current_schemas(false))"
            }
        };
        let rows = self.connection.query(catalogue, &[]).await?;
        let there: Vec<String> = rows.iter().map(|row| row.text(0)).collect();
        let known = |column: &&&str| there.iter().any(|one| one == **column);
        let columns: Vec<&str> = columns.iter().filter(known).copied().collect();
        let has = |column: &&str| format!("COALESCE({column}, '') <> ''");
        let any: Vec<String> = columns.iter().map(has).collect();
        let any = if any.is_empty() {
            "1 = 0".to_owned()
        } else {
            any.join(" OR ")
        };
        let counted = columns.iter().map(has).chain([any]);
        let sums: Vec<String> = counted
            .map(|wanted| format!("COALESCE(SUM(CASE WHEN {wanted} THEN 1 ELSE 0 END), 0)"))
            .collect();
        let sql = format!("SELECT COUNT(*), {} FROM data_ptk", sums.join(", "));
        let rows = self.connection.query(&sql, &[]).await?;
        let number = |at: usize| rows.first().map_or(0, |row| natural(row.int(at)));
        let each = columns.iter().enumerate();
        let each = each.map(|(at, column)| ((*column).to_owned(), number(at + 1)));
        Ok((each.collect(), number(columns.len() + 1), number(0)))
    }

    /// The SQL of a moment that is handed over as text.
    fn moment(&self) -> &'static str {
        match self.connection.dialect() {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS TIMESTAMPTZ)",
        }
    }

    /// The mark of this moment. A date of the far future is a mistake, and no mark.
    pub async fn mark(&mut self) -> Result<Watermark> {
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
        Ok(Watermark(newest.unwrap_or_else(|| nothing.to_owned())))
    }

    /// Every school, and what of it is newer than `mark`.
    pub async fn schools(&mut self, mark: &Watermark) -> Result<Vec<School>> {
        let (mark_sql, written) = (self.moment(), self.seconds("school.last_sync"));
        let sql = format!(
            "SELECT school.npsn, school.kode_kecamatan, school.nama, {written}, \
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
        let schools = rows.iter().map(|row| School {
            npsn: row.text(0).trim().to_owned(),
            kecamatan: row.text(1).trim().to_owned(),
            name: row.text(2).trim().to_owned(),
            written: row
                .maybe(3)
                .and_then(|_| Timestamp::from_second(row.int(3)).ok()),
            stored: row.int(4) != 0,
            ptk: natural(row.int(5)),
            ptk_stored: natural(row.int(6)),
        });
        Ok(schools.collect())
    }

    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }
}

impl PtkCounts {
    /// Of rows by the moment at which they were written.
    fn of(mut rows: Vec<(i64, u64)>) -> Self {
        rows.sort_unstable_by_key(|(moment, _)| std::cmp::Reverse(*moment));
        let all = rows.iter().map(|(_, count)| count).sum();
        let (mut newest, mut syncs) = (None, Vec::new());
        for (moment, count) in rows {
            let same = newest.is_some_and(|newest: i64| newest.saturating_sub(moment) <= ONE_SYNC);
            newest = Some(moment);
            match syncs.last_mut() {
                Some(last) if same => *last += count,
                _ => syncs.push(count),
            }
        }
        let last = syncs.iter().copied().find(|count| *count > FEW);
        Self {
            all,
            last: last.or(syncs.first().copied()).unwrap_or(0),
        }
    }
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sync_of_a_school_is_not_that_of_one_person_nor_that_of_all_who_ever_were() {
        type Case = (&'static [(i64, u64)], (u64, u64));
        let table: [Case; 5] = [
            (&[], (0, 0)),
            (&[(1_000, 12)], (12, 12)),
            // Five left long ago; one person was synced alone since.
            (&[(1_000, 5), (90_000, 12), (99_000, 1)], (18, 12)),
            // Row by row, over a minute.
            (&[(60_000, 4), (60_030, 4), (60_060, 4), (1, 3)], (15, 12)),
            (&[(i64::MIN, 2)], (2, 2)),
        ];
        for (rows, (all, last)) in table {
            assert_eq!(
                PtkCounts::of(rows.to_vec()),
                PtkCounts { all, last },
                "{rows:?}"
            );
        }
    }
}
