//! One connection to a database, its statements and rows in plain values.
//!
//! Every piece of work opens its own connection and closes it: locks and transactions belong to
//! one connection, and a refused one is reported at once, not after a pool's timeout. SQL
//! stands in the `store` files; here is only how it travels. Which database a URL names is said in
//! [`crate::config`].

mod embedded;
mod error;
mod postgres;
mod security;
mod value;

use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _};

pub use embedded::{Step, complete};
use error::explain_opening;
use error::silent;
pub use error::{explain, is_about_values, is_conflict, is_denied, is_lost, state};
pub use security::Security;
pub use value::{Row, Value};
use value::{mysql_arguments, mysql_row, sqlite_arguments, sqlite_row};

use crate::config::{DatabaseKind, DatabaseUrl};
use crate::error::{Context as _, Error, Result};
use crate::files::{self, Links};

/// How long a connection may take to stand; a person should know what is wrong before they wonder.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a statement may take where nobody says otherwise.
const STATEMENT: Duration = Duration::from_mins(1);
/// How long closing may take.
const GOODBYE: Duration = Duration::from_secs(3);
/// How long a statement waits for another writer of the same SQLite file.
const BUSY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only reading; the database itself refuses writes where it can.
    Read,
    /// As `Read`, of what is not ours: not even the files that SQLite keeps beside a database are
    /// made.
    Foreign,
    /// Reading and writing; an embedded file is created.
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
    Postgres,
}

/// A connection. Every statement has a bound of its own, kept here: a database that went dark says
/// nothing, and neither does its line. Who was not answered in time is not asked again.
pub struct Connection {
    link: Link,
    statement_timeout: Duration,
    /// What was said when a statement was given up; its answer may still be under way.
    given_up: Option<String>,
}

enum Link {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

impl Connection {
    /// Connects, within three seconds.
    pub async fn open(url: &DatabaseUrl, access: Access) -> Result<Self> {
        let opening = async {
            match url.path() {
                Some(path) => open_file(path, access).await,
                None if url.kind() == DatabaseKind::Postgres => {
                    postgres::open(url, access).await.map(Link::Postgres)
                }
                None => open_server(url, access).await,
            }
        };
        let link = tokio::time::timeout(CONNECT, opening)
            .await
            .unwrap_or_else(|_| {
                Err(
                    Error::database("Cannot connect to the database: no answer within 3 s").hint(
                        "is its host and port right, and does a firewall let this machine through?",
                    ),
                )
            })?;
        Ok(Self {
            link,
            statement_timeout: STATEMENT,
            given_up: None,
        })
    }

    /// Sets how long each statement may take from here on; 60 s until then.
    pub fn set_statement_timeout(&mut self, statement_timeout: Duration) {
        self.statement_timeout = statement_timeout;
    }

    pub fn dialect(&self) -> Dialect {
        match self.link {
            Link::Sqlite(_) => Dialect::Sqlite,
            Link::MySql(_) => Dialect::MySql,
            Link::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The connection underneath, where it is one to a SQLite file.
    pub fn sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match &mut self.link {
            Link::Sqlite(connection) => Some(connection),
            Link::MySql(_) | Link::Postgres(_) => None,
        }
    }

    /// The rows of one statement with `?` for each of `values`. Without values it is not prepared:
    /// one round trip instead of two.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let fetching = fetch(&mut self.link, sql, values);
        bounded(&mut self.given_up, self.statement_timeout, fetching).await
    }

    /// As [`Connection::query`], where the database itself may wait so long before it answers.
    pub async fn query_waiting(&mut self, sql: &str, wait: Duration) -> Result<Vec<Row>> {
        let fetching = fetch(&mut self.link, sql, &[]);
        bounded(&mut self.given_up, self.statement_timeout + wait, fetching).await
    }

    /// As [`Connection::query`] on PostgreSQL, with a `?` for each of `columns`, which travel as
    /// `text[]`, and then one for each of `values`.
    pub async fn query_columns(
        &mut self,
        sql: &str,
        columns: &[Vec<Option<&str>>],
        values: &[Value],
    ) -> Result<Vec<Row>> {
        let Link::Postgres(connection) = &mut self.link else {
            return Err(Error::bug("only PostgreSQL takes whole columns"));
        };
        let fetching = postgres::fetch_columns(connection, sql, columns, values);
        bounded(&mut self.given_up, self.statement_timeout, fetching).await
    }

    /// Whether a statement was given up, so that this connection answers nothing any more.
    pub fn is_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    /// Runs one statement and says how many rows it found to write.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let executing = execute(&mut self.link, sql, values);
        bounded(&mut self.given_up, self.statement_timeout, executing).await
    }

    /// Runs one statement that changes the schema, or rebuilds what is derived: such may take hours,
    /// and have no bound.
    pub async fn alter(&mut self, sql: &str) -> Result<()> {
        match &self.given_up {
            Some(why) => Err(silent(why)),
            None => execute(&mut self.link, sql, &[]).await.map(|_| ()),
        }
    }

    /// Runs one statement that is neither prepared nor counted, such as `COMMIT`.
    pub async fn command(&mut self, sql: &str) -> Result<()> {
        self.execute(sql, &[]).await.map(|_| ())
    }

    /// Begins a transaction that writes: on SQLite the only kind that waits for other writers.
    pub async fn begin(&mut self) -> Result<()> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::MySql | Dialect::Postgres => "START TRANSACTION",
        };
        self.command(sql).await
    }

    /// Makes what was written since [`Connection::begin`] stay.
    pub async fn commit(&mut self) -> Result<()> {
        self.command("COMMIT").await
    }

    pub async fn rollback(&mut self) -> Result<()> {
        self.command("ROLLBACK").await
    }

    /// Closes it; a connection that is dropped instead is rolled back by the other side.
    pub async fn close(self) -> Result<()> {
        if self.given_up.is_some() {
            return Ok(());
        }
        let closing = async {
            match self.link {
                Link::Sqlite(connection) => connection.close().await.map_err(explain),
                Link::MySql(connection) => {
                    // The server hangs up first, and a farewell under TLS then finds nobody.
                    let _ = connection.close().await;
                    Ok(())
                }
                Link::Postgres(connection) => connection.close().await.map_err(explain),
            }
        };
        let closed = tokio::time::timeout(GOODBYE, closing).await;
        closed.unwrap_or_else(|_| Err(silent(&error::no_answer(GOODBYE))))
    }
}

/// Waits for a statement as long as is `allowed`. Its answer may still come afterwards, and would be
/// taken for that of the next one: there is none, on this connection.
async fn bounded<T>(
    given_up: &mut Option<String>,
    allowed: Duration,
    statement: impl Future<Output = Result<T>>,
) -> Result<T> {
    if let Some(why) = given_up {
        return Err(silent(why));
    }
    let answered = tokio::time::timeout(allowed, statement).await;
    answered.unwrap_or_else(|_| {
        let why = given_up.insert(error::no_answer(allowed));
        Err(silent(why))
    })
}

async fn fetch(link: &mut Link, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
    let rows = match (link, values) {
        (Link::Sqlite(connection), []) => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
            rows.map_ok(|row| sqlite_row(&row)).try_collect().await
        }
        (Link::MySql(connection), []) => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
            rows.map_ok(|row| mysql_row(&row)).try_collect().await
        }
        (Link::Sqlite(connection), values) => {
            let query = sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?);
            let rows = query.fetch(connection);
            rows.map_ok(|row| sqlite_row(&row)).try_collect().await
        }
        (Link::MySql(connection), values) => {
            let query = sqlx::query_with(AssertSqlSafe(sql), mysql_arguments(values)?);
            let rows = query.fetch(connection);
            rows.map_ok(|row| mysql_row(&row)).try_collect().await
        }
        (Link::Postgres(connection), []) => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
            rows.map_ok(|row| postgres::row(&row)).try_collect().await
        }
        (Link::Postgres(connection), values) => {
            let sql = AssertSqlSafe(postgres::numbered(sql));
            let query = sqlx::query_with(sql, postgres::arguments(values)?);
            let rows = query.fetch(connection);
            rows.map_ok(|row| postgres::row(&row)).try_collect().await
        }
    };
    rows.map_err(explain)
}

/// Runs one statement and counts the rows it found.
async fn execute(link: &mut Link, sql: &str, values: &[Value]) -> Result<u64> {
    let affected = match (link, values) {
        (Link::Sqlite(connection), []) => {
            let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection);
            done.await.map(|done| done.rows_affected())
        }
        (Link::MySql(connection), []) => {
            let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection);
            done.await.map(|done| done.rows_affected())
        }
        (Link::Sqlite(connection), values) => {
            let query = sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?);
            query
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
        }
        (Link::MySql(connection), values) => {
            let query = sqlx::query_with(AssertSqlSafe(sql), mysql_arguments(values)?);
            query
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
        }
        (Link::Postgres(connection), []) => {
            let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection);
            done.await.map(|done| done.rows_affected())
        }
        (Link::Postgres(connection), values) => {
            let sql = AssertSqlSafe(postgres::numbered(sql));
            let query = sqlx::query_with(sql, postgres::arguments(values)?);
            let done = query.execute(connection).await;
            done.map(|done| done.rows_affected())
        }
    };
    affected.map_err(explain)
}

async fn open_file(path: &Path, access: Access) -> Result<Link> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY);
    let options = match access {
        Access::Read => options.read_only(true),
        Access::Foreign => options.read_only(true).immutable(is_at_rest(path)),
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
            explain_opening(error).hint(format!(
                "is {} a SQLite file that you may read?",
                path.display()
            ))
        })?;
    Ok(Link::Sqlite(connection))
}

async fn open_server(url: &DatabaseUrl, access: Access) -> Result<Link> {
    let options = server_options(url)?;
    let mut connection = MySqlConnection::connect_with(&options)
        .await
        .map_err(explain_opening)?;
    let setting = match access {
        Access::Read | Access::Foreign => "SET SESSION TRANSACTION READ ONLY".to_owned(),
        // A server that is not strict cuts what is too long, and says so in a warning only.
        Access::Write => format!(
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), \
             innodb_lock_wait_timeout = {0}, lock_wait_timeout = {0}",
            BUSY.as_secs()
        ),
    };
    sqlx::raw_sql(AssertSqlSafe(setting))
        .execute(&mut connection)
        .await
        .map_err(explain_opening)?;
    Ok(Link::MySql(connection))
}

/// How a server is connected to. TLS is used where it is offered, unless `ssl-mode` says more.
fn server_options(url: &DatabaseUrl) -> Result<MySqlConnectOptions> {
    let text = url.secret_url();
    let options: MySqlConnectOptions = text.expose_secret().parse().map_err(|_: sqlx::Error| {
        // The parser's own words may quote the URL, and with it the password.
        Error::config("the database URL cannot be read").hint(
            "mysql://user@host:3306/database; ssl-mode is one of disabled, preferred, required, \
             verify_ca, verify_identity",
        )
    })?;
    // The server's own time zone stays: Laravel writes with it too.
    Ok(options.timezone(None).disable_statement_logging())
}

/// Whether a file has a write-ahead log by nature, and none now: nobody has it open, and all of it
/// is in the file (<https://www.sqlite.org/fileformat2.html#the_database_header>). Reading it as
/// usual would make that log, in our name, and its own program could not write any more.
fn is_at_rest(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = files::open(path, Links::Follow).and_then(|mut file| file.read_exact(&mut header));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    read.is_ok() && header[18..] == [2, 2] && !Path::new(&log).exists()
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
        files::own(path).doing("create", path)?;
    }
    Ok(())
}
