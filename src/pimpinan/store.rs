//! The SQL of Docku: one statement that reads five columns, on MySQL, MariaDB and SQLite alike.
//!
//! Docku's database is foreign. Nothing is written or created, and a database user with SELECT on
//! these five columns is enough.

use std::time::{Duration, SystemTime};

use super::model::Row;
use crate::config::DatabaseUrl;
use crate::db::{self, Access, Connection, Security};
use crate::error::{Error, Kind, Result};

/// Passwords, telephone numbers and the rest are not even asked for.
const SELECT: &str = "SELECT id, username, nama, jabatan, role FROM users ORDER BY id";

/// How often a file is read that its own program writes meanwhile.
const TRIES: u32 = 3;

/// All rows of Docku's `users`, by id, and who could have read along.
pub async fn read(url: &DatabaseUrl, statement_timeout: Duration) -> Result<(Vec<Row>, Security)> {
    if let Some(path) = url.path().filter(|path| !path.exists()) {
        let missing = Error::database(format!("there is no database {}", path.display()));
        return Err(missing
            .hint("check `database` of [pimpinan]: it is Docku's own, and never made by selaras"));
    }
    let mut before = stamp(url);
    let mut read = read_once(url, statement_timeout).await?;
    for _ in 1..TRIES {
        // A file at rest is read without a lock: one that woke up meanwhile is read again.
        let after = stamp(url);
        if after == before {
            break;
        }
        before = after;
        read = read_once(url, statement_timeout).await?;
    }
    Ok(read)
}

/// The size of an SQLite file, and when it was written last.
fn stamp(url: &DatabaseUrl) -> Option<(u64, SystemTime)> {
    let metadata = url.path()?.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

async fn read_once(url: &DatabaseUrl, statement_timeout: Duration) -> Result<(Vec<Row>, Security)> {
    let mut connection = Connection::open(url, Access::Foreign).await?;
    connection.set_statement_timeout(statement_timeout);
    let security = connection.security(url).await?;
    let rows = connection.query(SELECT, &[]).await;
    // The rows are read; an error while closing changes nothing.
    let _ = connection.close().await;
    let rows = rows.map_err(|error| match error.advice() {
        None if error.kind() == Kind::Database => error
            .hint("is this Docku's database? its users have id, username, nama, jabatan and role"),
        _ => error,
    })?;
    Ok((rows.iter().map(row).collect(), security))
}

fn row(row: &db::Row) -> Row {
    Row {
        id: row.maybe(0).and_then(|id| id.trim().parse().ok()),
        username: row.maybe(1),
        nama: row.maybe(2),
        jabatan: row.maybe(3),
        role: row.maybe(4),
    }
}
