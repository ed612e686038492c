//! One writer per location, wherever it runs: the database's own advisory lock.
//!
//! SQLite has none and needs none: its write transactions follow one another. The lock belongs to
//! the connection and ends with it, so nothing stays locked behind a killed worker.

use std::time::Duration;

use super::Store;
use crate::error::{Error, Result};
use crate::text::scrub;

/// Whether to wait for a lock that another connection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Fails at once.
    No,
    For(Duration),
}

/// The lock's name as SQL, at most 45 bytes of 64: other databases of the server have others.
fn name(location: i64) -> String {
    format!("CONCAT('selaras:', LEFT(SHA2(DATABASE(), 256), 16), ':{location}')")
}

impl Store {
    /// Takes the location's lock; who holds it is named in [`crate::error::Kind::Busy`].
    pub async fn lock(&mut self, location: i64, wait: Wait) -> Result<()> {
        if self.is_embedded() {
            return Ok(());
        }
        let seconds = match wait {
            Wait::No => 0,
            Wait::For(wait) => wait.as_secs(),
        };
        let name = name(location);
        let sql = format!("SELECT GET_LOCK({name}, {seconds}), IS_USED_LOCK({name})");
        let waiting = Duration::from_secs(seconds);
        let rows = self.connection.query_waiting(&sql, waiting).await?;
        let Some(row) = rows.first() else {
            let why = "the database gave no answer about the lock";
            return Err(Error::database(why));
        };
        match (row.int(0), row.maybe(1)) {
            (1, _) => Ok(()),
            (_, Some(holder)) => Err(busy(&self.holder(&holder).await)),
            (_, None) => Err(busy("")),
        }
    }

    /// Whether this connection still holds the location's lock.
    pub async fn holds_lock(&mut self, location: i64) -> Result<bool> {
        if self.is_embedded() {
            return Ok(true);
        }
        let sql = format!("SELECT IS_USED_LOCK({}) = CONNECTION_ID()", name(location));
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.first().is_some_and(|row| row.int(0) == 1))
    }

    pub async fn unlock(&mut self, location: i64) -> Result<()> {
        if self.is_embedded() {
            return Ok(());
        }
        let sql = format!("SELECT RELEASE_LOCK({})", name(location));
        self.connection.query(&sql, &[]).await.map(|_| ())
    }

    /// The connection that holds a lock, and whose it is where the process list shows it.
    async fn holder(&mut self, connection: &str) -> String {
        let sql = "SELECT user, host FROM information_schema.processlist WHERE id = ?";
        // A right that is missing, or a view that is gone, costs the name only.
        let rows = self.connection.query(sql, &[connection.into()]).await;
        let row = rows.ok().and_then(|rows| rows.into_iter().next());
        let whose = row.map(|row| (scrub(&row.text(0)), scrub(&row.text(1))));
        match whose {
            Some((user, host)) => format!(" (connection {connection}, {user} from {host})"),
            None => format!(" (connection {connection})"),
        }
    }
}

fn busy(holder: &str) -> Error {
    Error::busy(format!(
        "another sync is writing to this location of the database{holder}"
    ))
    .hint("plan again when it has ended; on the database, SHOW PROCESSLIST shows the connection")
}
