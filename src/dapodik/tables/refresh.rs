//! The view after a run: refreshed where it is a materialized view of ours, rebuilt in a file.

use std::time::Instant;

use super::Tables;
use super::catalogue::columns;
use super::model::{Refreshed, VIEW, View};
use crate::db::{self, Connection, Dialect};
use crate::error::{Error, Failure, Result};
use crate::text::scrub;

/// The columns of the embedded table, and what they are made of.
const COLUMNS: [(&str, &str); 23] = [
    ("id", "ROW_NUMBER() OVER (ORDER BY p.nik)"),
    ("nama_ptk", "p.nama_ptk"),
    ("nik", "p.nik"),
    ("nuptk", "p.nuptk"),
    ("nip", "p.nip"),
    ("jenis_kelamin", "p.jenis_kelamin"),
    ("tanggal_lahir", "p.tanggal_lahir"),
    ("no_hp", "p.no_hp"),
    ("jenis_ptk", "p.jenis_ptk"),
    ("jabatan_ptk", "p.jabatan_ptk"),
    (
        "riwayat_pendidikan_formal_jenjang_pendidikan",
        "p.riwayat_pendidikan_formal_jenjang_pendidikan",
    ),
    (
        "riwayat_pendidikan_formal_bidang_studi",
        "p.riwayat_pendidikan_formal_bidang_studi",
    ),
    (
        "riwayat_sertifikasi_bidang_studi",
        "p.riwayat_sertifikasi_bidang_studi",
    ),
    ("status_kepegawaian", "p.status_kepegawaian"),
    ("pangkat_golongan", "p.pangkat_golongan"),
    (
        "usia_tahun",
        "CAST(strftime('%Y', 'now') AS INTEGER) - CAST(strftime('%Y', p.tanggal_lahir) AS INTEGER) \
         - (strftime('%m-%d', 'now') < strftime('%m-%d', p.tanggal_lahir))",
    ),
    ("nama_sekolah", "s.nama"),
    ("npsn_sekolah", "s.npsn"),
    ("bentuk_pendidikan", "s.bentuk_pendidikan"),
    ("kecamatan", "w.kecamatan"),
    ("kabupaten", "w.kabupaten"),
    ("is_sudah_pelatihan", "0"),
    (
        "is_kepala_sekolah",
        "COALESCE(p.jenis_ptk LIKE '%kepala sekolah%', 0)",
    ),
];

impl Tables {
    /// Refreshes the view; has no bound of time.
    pub async fn refresh(&mut self) -> Result<Refreshed> {
        let mut since = None;
        loop {
            let refreshed = match self.link.dialect() {
                Dialect::Sqlite => rebuild(&mut self.link.connection).await,
                Dialect::MySql | Dialect::Postgres => refresh(&mut self.link.connection).await,
            };
            match refreshed {
                Err(error) if self.link.is_lost(&error) => {
                    let since = *since.get_or_insert_with(Instant::now);
                    self.link.reopen(&error, since).await?;
                }
                Err(error) => {
                    let failure = Failure::from(&error);
                    return Ok(Refreshed::Failed { failure });
                }
                done => return done,
            }
        }
    }
}

/// What there is of that name.
pub async fn view(connection: &mut Connection) -> Result<View> {
    if connection.dialect() == Dialect::Sqlite {
        let sql = format!("SELECT type FROM sqlite_master WHERE name = '{VIEW}'");
        let rows = connection.query(&sql, &[]).await?;
        return Ok(match rows.first().map(|row| row.text(0)).as_deref() {
            Some("table") => View::Table,
            Some("view") => View::Plain,
            _ => View::Absent,
        });
    }
    let sql = "SELECT CAST(c.relkind AS text), c.relispopulated, \
               CAST(pg_get_userbyid(c.relowner) AS text), pg_has_role(c.relowner, 'USAGE'), \
               EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique \
               AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL), \
               CAST(current_setting('server_version_num') AS int) \
               FROM pg_class c WHERE c.oid = to_regclass(?)";
    let rows = connection.query(sql, &[VIEW.into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(View::Absent);
    };
    Ok(match row.text(0).as_str() {
        "m" => {
            let mut ours = row.int(3) != 0;
            // From version 17 on, a right is enough.
            if !ours && row.int(5) >= 170_000 {
                let sql = "SELECT has_table_privilege(to_regclass(?), 'MAINTAIN')";
                let rows = connection.query(sql, &[VIEW.into()]).await?;
                ours = rows.first().is_some_and(|row| row.int(0) != 0);
            }
            View::Materialized {
                populated: row.int(1) != 0,
                unique_index: row.int(4) != 0,
                owner: scrub(&row.text(2)),
                ours,
            }
        }
        "v" => View::Plain,
        _ => View::Table,
    })
}

/// The statement that lets this database user refresh the view.
pub async fn grant(connection: &mut Connection) -> Result<String> {
    let rows = connection
        .query("SELECT quote_ident(current_user)", &[])
        .await?;
    let user = rows
        .first()
        .map_or_else(String::new, |row| scrub(&row.text(0)));
    Ok(format!("ALTER MATERIALIZED VIEW {VIEW} OWNER TO {user}"))
}

async fn refresh(connection: &mut Connection) -> Result<Refreshed> {
    let (populated, unique_index) = match view(connection).await? {
        View::Absent => return Ok(Refreshed::Absent),
        View::Table | View::Plain => return Ok(Refreshed::NotMaterialized),
        View::Materialized {
            ours: false, owner, ..
        } => {
            let grant = grant(connection).await?;
            return Ok(Refreshed::NotOurs { owner, grant });
        }
        View::Materialized {
            populated,
            unique_index,
            ..
        } => (populated, unique_index),
    };
    // It may take long, and waits for somebody else's refresh.
    connection.command("SET statement_timeout = 0").await?;
    connection.command("SET lock_timeout = '10min'").await?;
    let why = match (populated, unique_index) {
        (false, _) => "it was not populated".to_owned(),
        (_, false) => "it has no unique index".to_owned(),
        (true, true) => {
            let sql = format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {VIEW}");
            match connection.alter(&sql).await {
                Ok(()) => return Ok(Refreshed::Concurrently),
                // Rows that the unique index should have kept apart, or a view that is unfit.
                Err(error) if is_refused(&error) => error.chain(),
                Err(error) => return Err(error),
            }
        }
    };
    connection
        .alter(&format!("REFRESH MATERIALIZED VIEW {VIEW}"))
        .await?;
    Ok(Refreshed::Plainly { why })
}

fn is_refused(error: &Error) -> bool {
    let state = db::state(error).unwrap_or_default();
    state == "55000" || state == "0A000" || state.starts_with("21")
}

/// Empties the embedded table and fills it, in one transaction.
async fn rebuild(connection: &mut Connection) -> Result<Refreshed> {
    match view(connection).await? {
        View::Absent => return Ok(Refreshed::Absent),
        View::Table => {}
        View::Plain | View::Materialized { .. } => return Ok(Refreshed::NotMaterialized),
    }
    let there = columns(connection, VIEW).await?;
    let mut sources = Vec::new();
    for (alias, table) in [
        ("p", "data_ptk"),
        ("s", "satuan_pendidikan"),
        ("w", "ref_wilayah"),
    ] {
        let found = columns(connection, table).await?;
        sources.extend(found.into_keys().map(|name| format!("{alias}.{name}")));
    }
    // A file that another program made may lack some.
    let made = |made: &str| !made.contains("p.") && !made.contains("s.") && !made.contains("w.");
    let known = |sql: &str| {
        let named = sql.split(|letter: char| !(letter.is_alphanumeric() || "._".contains(letter)));
        let mut named =
            named.filter(|word| ["p.", "s.", "w."].iter().any(|one| word.starts_with(one)));
        named.all(|word| sources.iter().any(|source| source == word))
    };
    let usable = COLUMNS
        .iter()
        .filter(|(name, sql)| there.contains_key(*name) && (made(sql) || known(sql)));
    let (names, cells): (Vec<&str>, Vec<&str>) = usable.copied().unzip();
    let sql = format!(
        "INSERT INTO {VIEW} ({}) SELECT {} FROM data_ptk p \
         JOIN satuan_pendidikan s ON s.npsn = p.npsn \
         JOIN ref_wilayah w ON w.kode_kecamatan = s.kode_kecamatan ORDER BY p.nik",
        names.join(", "),
        cells.join(", ")
    );
    connection.begin().await?;
    let filled = fill(connection, &sql).await;
    if filled.is_err() {
        // What is told is why it could not be filled.
        let _ = connection.rollback().await;
    }
    filled.map(|rows| Refreshed::Rebuilt { rows })
}

async fn fill(connection: &mut Connection, sql: &str) -> Result<u64> {
    connection.alter(&format!("DELETE FROM {VIEW}")).await?;
    connection.alter(sql).await?;
    let rows = connection
        .query(&format!("SELECT COUNT(*) FROM {VIEW}"), &[])
        .await?;
    connection.commit().await?;
    Ok(rows
        .first()
        .map_or(0, |row| u64::try_from(row.int(0)).unwrap_or(0)))
}
