//! The SQL of the users sync: Laravel's tables in MySQL or MariaDB, the same tables embedded.
//!
//! ```text
//!   rows       locations and users, read and written     lock      one writer per location
//!   markers    what was applied, our one foreign table   schema    unique indexes, collation
//!   embedded   making a file of our own                  browse    the table of users
//! ```
//! One store holds one connection. Statements are the same for both databases wherever they can
//! be; where not, the difference stands beside the statement. What the rows mean is not known here.

pub mod browse;
mod embedded;
mod keys;
mod lock;
mod markers;
mod rows;
mod schema;

pub use keys::Keys;
pub use lock::Wait;
pub use markers::{Marker, Signature, TO_REMOVE, TO_SYNC};
pub use schema::{Duplicate, Index};

use super::model::Location;
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Security};
use crate::error::Result;

/// How many rows one statement writes.
pub const BATCH: usize = 500;

/// A connection to the users database.
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens for reading; `None` where an embedded file, or its tables, are not there yet.
    pub async fn for_reading(url: &DatabaseUrl) -> Result<Option<Self>> {
        if url.path().is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        let mut store = Self {
            connection: Connection::open(url, Access::Read).await?,
        };
        if store.is_embedded() && !store.has_table("users").await? {
            return Ok(None);
        }
        Ok(Some(store))
    }

    /// Opens for writing. An embedded file is created and completed, and gets its locations.
    pub async fn for_writing(url: &DatabaseUrl, locations: &[Location]) -> Result<Self> {
        let mut store = Self {
            connection: Connection::open(url, Access::Write).await?,
        };
        if let Some(path) = url.path() {
            store.complete(path).await?;
            store.upsert_locations(locations).await?;
        }
        Ok(store)
    }

    fn is_embedded(&self) -> bool {
        self.connection.dialect() == Dialect::Sqlite
    }

    /// How well the connection, made with `url`, is kept from others.
    pub async fn security(&mut self, url: &DatabaseUrl) -> Result<Security> {
        self.connection.security(url).await
    }

    /// Begins a transaction.
    pub async fn begin(&mut self) -> Result<()> {
        self.connection.begin().await
    }

    /// Makes the transaction stay.
    pub async fn commit(&mut self) -> Result<()> {
        self.connection.commit().await
    }

    /// Forgets the transaction.
    pub async fn rollback(&mut self) -> Result<()> {
        self.connection.rollback().await
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }
}
