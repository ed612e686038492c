//! The connection of a sync: kept, locked against a second sync, and opened again when it is lost.
//!
//! PostgreSQL's advisory lock belongs to the connection and ends with it. A file is locked by the
//! kernel, on a second file beside it, so that nothing stays locked behind a killed worker.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::clock;
use crate::config::DatabaseUrl;
use crate::db::{self, Access, Connection, Dialect, Row, Value};
use crate::engine::Job;
use crate::error::{Context as _, Error, Kind, Result};
use crate::files::{self, Links};
use crate::text::scrub;

/// Who speaks in the lines of a journal that are ours.
const US: &str = "selaras";
/// The number of the advisory lock; locks of other databases of a server are others.
const LOCK: i64 = 0x7365_6c61_0064_6170;
/// How often a lost database is tried.
const RETRY: Duration = Duration::from_secs(1);

pub struct Link {
    pub connection: Connection,
    url: DatabaseUrl,
    statement_timeout: Duration,
    patience: Duration,
    /// Who hears that the database was lost.
    job: Option<Job>,
    lock: Lock,
    /// Process and beginning of the server's side of the connection.
    backend: Option<(i64, String)>,
}

enum Lock {
    None,
    /// The kernel's, as long as the file is open.
    File(#[expect(dead_code, reason = "what holds it is that it is open")] File),
    Advisory,
}

impl Link {
    pub async fn open(
        url: &DatabaseUrl,
        statement_timeout: Duration,
        patience: Duration,
    ) -> Result<Self> {
        let mut link = Self {
            connection: Connection::open(url, Access::Write).await?,
            url: url.clone(),
            statement_timeout,
            patience,
            job: None,
            lock: Lock::None,
            backend: None,
        };
        link.prepare().await?;
        Ok(link)
    }

    pub fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    /// What each new connection needs.
    async fn prepare(&mut self) -> Result<()> {
        self.connection
            .set_statement_timeout(self.statement_timeout);
        if self.dialect() == Dialect::Postgres {
            let sql = "SELECT pg_backend_pid(), CAST(backend_start AS text) \
                       FROM pg_stat_activity WHERE pid = pg_backend_pid()";
            let rows = self.connection.query(sql, &[]).await?;
            self.backend = rows.first().map(|row| (row.int(0), row.text(1)));
        }
        Ok(())
    }

    /// Whether a statement failed because there is no connection any more.
    pub fn is_lost(&self, error: &Error) -> bool {
        db::is_lost(error) || self.connection.is_given_up()
    }

    /// Makes sure that the database answers, before something that is not asked twice.
    pub async fn alive(&mut self) -> Result<()> {
        self.query("SELECT 1", &[]).await.map(|_| ())
    }

    /// Rows of a statement that may be asked twice.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let mut since = None;
        loop {
            match self.connection.query(sql, values).await {
                Err(error) if self.is_lost(&error) => {
                    let since = *since.get_or_insert_with(Instant::now);
                    self.reopen(&error, since).await?;
                }
                answer => return answer,
            }
        }
    }

    /// Runs a statement that may be run twice.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let mut since = None;
        loop {
            match self.connection.execute(sql, values).await {
                Err(error) if self.is_lost(&error) => {
                    let since = *since.get_or_insert_with(Instant::now);
                    self.reopen(&error, since).await?;
                }
                answer => return answer,
            }
        }
    }

    /// Opens a lost connection again, and locks again. `since` is when it was first lost, so that
    /// one which is lost again and again is given up too.
    pub async fn reopen(&mut self, lost: &Error, since: Instant) -> Result<()> {
        self.tell(format!("{}; it is opened again", lost.chain()));
        let mut ticks = clock::every(RETRY);
        let mut newest = None;
        let former = self.backend.clone();
        loop {
            ticks.tick().await;
            // Who stops a sync does not wait for its database, once it was tried.
            let stopped = self.job.as_ref().is_some_and(Job::is_cancelled) && newest.is_some();
            if stopped || since.elapsed() > self.patience || self.dialect() == Dialect::Sqlite {
                return Err(self.given_up(lost, newest));
            }
            match self.try_again(former.as_ref()).await {
                Ok(()) => break,
                Err(error) if error.kind() == Kind::Busy => return Err(error),
                Err(error) => newest = Some(error),
            }
        }
        self.tell("the database answers again".to_owned());
        Ok(())
    }

    async fn try_again(&mut self, former: Option<&(i64, String)>) -> Result<()> {
        self.connection = Connection::open(&self.url, Access::Write).await?;
        self.prepare().await?;
        if matches!(self.lock, Lock::Advisory) {
            if let Some((process, began)) = former {
                // The server may not know yet that our former connection is dead.
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                           WHERE pid = ? AND CAST(backend_start AS text) = ?";
                let values = [(*process).into(), began.as_str().into()];
                self.connection.query(sql, &values).await?;
            }
            self.take_advisory(former).await?;
        }
        Ok(())
    }

    fn given_up(&self, lost: &Error, newest: Option<Error>) -> Error {
        let error = Error::database(format!(
            "the database was lost, and did not come back within {:#}: {}",
            jiff::SignedDuration::try_from(self.patience).unwrap_or_default(),
            lost.chain()
        ))
        .hint("what was committed stays; `--resume RUN` continues when the database is back");
        match newest {
            Some(newest) => error.because(newest),
            None => error,
        }
    }

    fn tell(&self, line: String) {
        if let Some(job) = &self.job {
            job.line(US, line);
        }
    }

    /// From here on, `job` hears of what happens to the connection.
    pub fn heard_by(&mut self, job: &Job) {
        self.job = Some(job.clone());
    }

    pub async fn lock(&mut self) -> Result<()> {
        match (&self.lock, self.url.path()) {
            (Lock::None, Some(path)) => {
                self.lock = Lock::File(lock_file(path)?);
                Ok(())
            }
            (Lock::None, None) => {
                self.take_advisory(None).await?;
                self.lock = Lock::Advisory;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes the lock; while only our `former` connection holds it, the caller may try again.
    async fn take_advisory(&mut self, former: Option<&(i64, String)>) -> Result<()> {
        let sql = format!("SELECT pg_try_advisory_lock({LOCK})");
        let rows = self.connection.query(&sql, &[]).await?;
        if rows.first().is_some_and(|row| row.int(0) == 1) {
            return Ok(());
        }
        let found = holder(&mut self.connection).await?;
        match (found, former) {
            (Some((process, who)), former) if former.is_none_or(|(was, _)| *was != process) => {
                Err(busy(&who))
            }
            // It ended in between, or is ours and ending.
            _ => Err(Error::database("the lock of syncs is not free yet")
                .hint("try again; pg_locks shows who has it")),
        }
    }

    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }
}

/// Who holds the advisory lock: the process of the server, and whose it is.
pub async fn holder(connection: &mut Connection) -> Result<Option<(i64, String)>> {
    let (high, low) = (LOCK >> 32, LOCK & 0xffff_ffff);
    let sql = format!(
        "SELECT l.pid, CAST(a.usename AS text), COALESCE(CAST(a.client_addr AS text), \
         'this server'), CAST(date_trunc('second', a.backend_start) AS text), a.application_name \
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND CAST(l.classid AS bigint) = {high} AND CAST(l.objid AS bigint) = {low} \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let rows = connection.query(&sql, &[]).await?;
    Ok(rows.first().map(|row| {
        let part = |index| scrub(&row.text(index));
        let who = format!(
            "process {} of {} from {}, since {}, as «{}»",
            row.int(0),
            part(1),
            part(2),
            part(3),
            part(4)
        );
        (row.int(0), who)
    }))
}

fn busy(who: &str) -> Error {
    Error::busy(format!("another sync writes to this database ({who})"))
        .hint("nothing was written by this one; try again when the other one has ended")
}

fn lock_path(database: &Path) -> PathBuf {
    database.with_extension("sync.lock")
}

/// An exclusive lock on a file beside the database, held until it is dropped. It says who has it.
fn lock_file(database: &Path) -> Result<File> {
    let path = lock_path(database);
    let mut file = files::own(&path).doing("create", &path)?;
    match file.try_lock() {
        Ok(()) => {
            let said = format!("process {}", std::process::id());
            let written = file
                .set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| file.write_all(said.as_bytes()));
            written.doing("write", &path)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut said = String::new();
            // Who it is may not be known; that it is held is.
            let _ = file.take(200).read_to_string(&mut said);
            Err(busy(&scrub(&said)))
        }
        Err(TryLockError::Error(cause)) => Err(cause).doing("lock", &path),
    }
}

/// Who holds the lock of a file, if anybody does.
pub fn holder_of_file(database: &Path) -> Option<String> {
    let mut file = files::open(&lock_path(database), Links::Refuse).ok()?;
    // Shared, and at once given back: two previews do not see each other.
    if file.try_lock_shared().is_ok() {
        return None;
    }
    let mut said = String::new();
    file.read_to_string(&mut said).ok()?;
    Some(scrub(&said))
}
