//! One connection to a database, its statements and rows in plain values.
//!
//! Every piece of work opens its own connection and closes it: locks and transactions belong to
//! one connection, and a refused one is told at once instead of after a pool's patience. SQL
//! stands in the `store` files; here is only how it travels. Which database a URL names is said in
//! [`crate::config`].

mod trouble;
mod value;

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _};

pub use trouble::explain;
pub use value::{Row, Value};
use value::{mysql_arguments, mysql_row, sqlite_arguments, sqlite_row};

use crate::config::DatabaseUrl;
use crate::error::{Context, Error, Result};

/// How long a connection may take to stand; what is wrong should be told before one wonders.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a statement waits for another writer of the same SQLite file.
const BUSY: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only reading; the database itself refuses writes where it can.
    Read,
    /// Reading and writing; an embedded file is created.
    Write,
}

/// Which SQL the other side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
}

/// A connection.
pub enum Connection {
    /// To a SQLite file.
    Sqlite(SqliteConnection),
    /// To a MySQL or MariaDB server.
    MySql(MySqlConnection),
}

impl Connection {
    /// Connects, within three seconds.
    pub async fn open(url: &DatabaseUrl, access: Access) -> Result<Self> {
        let opening = async {
            match url.path() {
                Some(path) => open_file(path, access).await,
                None => open_server(&url.secret_url(), access).await,
            }
        };
        tokio::time::timeout(CONNECT, opening)
            .await
            .unwrap_or_else(|_| {
                Err(
                    Error::database("Cannot connect to the database: no answer within 3 s").hint(
                        "is its host and port right, and does a firewall let this machine through?",
                    ),
                )
            })
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::MySql(_) => Dialect::MySql,
        }
    }

    /// The rows of one statement with `?` for each of `values`.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let rows = match self {
            Self::Sqlite(connection) => {
                sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?)
                    .fetch(connection)
                    .map_ok(|row| sqlite_row(&row))
                    .try_collect()
                    .await
            }
            Self::MySql(connection) => {
                sqlx::query_with(AssertSqlSafe(sql), mysql_arguments(values)?)
                    .fetch(connection)
                    .map_ok(|row| mysql_row(&row))
                    .try_collect()
                    .await
            }
        };
        rows.map_err(explain)
    }

    /// Runs one statement and says how many rows it found to write.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let affected = match self {
            Self::Sqlite(connection) => {
                sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?)
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
            }
            Self::MySql(connection) => {
                sqlx::query_with(AssertSqlSafe(sql), mysql_arguments(values)?)
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
            }
        };
        affected.map_err(explain)
    }

    /// Runs one statement that cannot be prepared, such as `COMMIT`.
    pub async fn command(&mut self, sql: &str) -> Result<()> {
        let done = match self {
            Self::Sqlite(connection) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(connection)
                .await
                .map(|_| ()),
            Self::MySql(connection) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(connection)
                .await
                .map(|_| ()),
        };
        done.map_err(explain)
    }

    /// Begins a transaction that writes: on SQLite the only kind that waits for other writers.
    pub async fn begin(&mut self) -> Result<()> {
        match self.dialect() {
            Dialect::Sqlite => self.command("BEGIN IMMEDIATE").await,
            Dialect::MySql => self.command("START TRANSACTION").await,
        }
    }

    /// Makes what was written since [`Connection::begin`] stay.
    pub async fn commit(&mut self) -> Result<()> {
        self.command("COMMIT").await
    }

    /// Forgets what was written since [`Connection::begin`].
    pub async fn rollback(&mut self) -> Result<()> {
        self.command("ROLLBACK").await
    }

    /// Says goodbye; a connection that is dropped instead is rolled back by the other side.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await.map_err(explain),
            Self::MySql(connection) => connection.close().await.map_err(explain),
        }
    }
}

async fn open_file(path: &Path, access: Access) -> Result<Connection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY);
    let options = match access {
        Access::Read => options.read_only(true),
        Access::Write => {
            create_private(path)?;
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
        }
    };
    let connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(|error| {
            explain(error).hint(format!(
                "is {} a SQLite file that you may read?",
                path.display()
            ))
        })?;
    Ok(Connection::Sqlite(connection))
}

/// Personal data is nobody else's: SQLite takes the mode of its helper files from this one.
fn create_private(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .doing("create", folder)?;
    }
    if !path.exists() {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        options.open(path).doing("create", path)?;
    }
    Ok(())
}

async fn open_server(url: &SecretString, access: Access) -> Result<Connection> {
    let options: MySqlConnectOptions = url.expose_secret().parse().map_err(|_: sqlx::Error| {
        // The parser's own words may quote the URL, and with it the password.
        Error::config("the database URL cannot be read").hint("mysql://user@host:3306/database")
    })?;
    // The server's own time zone stays: Laravel writes with it too.
    let options = options.timezone(None).disable_statement_logging();
    let connection = MySqlConnection::connect_with(&options)
        .await
        .map_err(explain)?;
    let mut connection = Connection::MySql(connection);
    if access == Access::Read {
        connection
            .command("SET SESSION TRANSACTION READ ONLY")
            .await?;
    }
    Ok(connection)
}
