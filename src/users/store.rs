//! The SQL of the users sync: Laravel's tables in MySQL or MariaDB, the same tables embedded.
//!
//! ```text
//!   rows       locations and users, read and written     lock      one writer per location
//!   markers    what was applied, our one foreign table   schema    unique indexes, collation
//!   catalogue  what a sync needs of a schema             browse    the table of users
//! ```
//! One store holds one connection. Statements are the same for both databases wherever they can
//! be; where not, the difference stands beside the statement. What the rows mean is not known here.

pub mod browse;
mod catalogue;
mod lock;
mod markers;
mod rows;
mod schema;

pub use catalogue::{Catalogue, Column, Grants, Table};
pub use lock::Wait;
pub use markers::{
    MAKE_MARKERS, MEND_MARKERS, Marker, Signature, TO_REMOVE, TO_SYNC, by_an_administrator,
};
pub use rows::Keys;
pub use schema::{Duplicate, Index};

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::Location;
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Security, Step, complete};
use crate::error::Result;

/// The steps that make the tables, in order.
const STEPS: [Step; 1] = [(1, "users", include_str!("schema/0001_users.sql"))];

/// How many rows one statement writes.
pub const BATCH: usize = 500;

pub struct Store {
    connection: Connection,
    /// The zone of the application, and by how many seconds it is ahead of UTC now.
    zone: Option<(TimeZone, i32)>,
}

impl Store {
    /// Opens for reading; `None` where an embedded file, or its tables, are not there yet.
    pub async fn for_reading(url: &DatabaseUrl) -> Result<Option<Self>> {
        if url.path().is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        let mut store = Self {
            connection: Connection::open(url, Access::Read).await?,
            zone: None,
        };
        if store.is_embedded() && !store.has_table("users").await? {
            return Ok(None);
        }
        Ok(Some(store))
    }

    /// Opens for writing. An embedded file is created, its tables are made, and it gets its
    /// locations.
    pub async fn for_writing(url: &DatabaseUrl, locations: &[Location]) -> Result<Self> {
        let mut store = Self {
            connection: Connection::open(url, Access::Write).await?,
            zone: None,
        };
        if let Some(path) = url.path() {
            complete(&mut store.connection, path, &STEPS).await?;
            store.upsert_locations(locations).await?;
        }
        Ok(store)
    }

    /// The store with another bound for its statements, and the zone whose wall time is written;
    /// a file of our own keeps UTC.
    pub async fn with(
        mut self,
        statement_timeout: Duration,
        zone: Option<&TimeZone>,
    ) -> Result<Self> {
        self.connection.set_statement_timeout(statement_timeout);
        if let Some(zone) = zone.filter(|_| !self.is_embedded()) {
            // The database's clock decides, also between summer and winter.
            let rows = self
                .connection
                .query("SELECT UNIX_TIMESTAMP()", &[])
                .await?;
            let second = rows.first().map_or(0, |row| row.int(0));
            let now = Timestamp::from_second(second).unwrap_or_default();
            self.zone = Some((zone.clone(), zone.to_offset(now).seconds()));
        }
        Ok(self)
    }

    /// The time that is written now, as SQL.
    fn now(&self) -> String {
        match &self.zone {
            None => "CURRENT_TIMESTAMP".to_owned(),
            Some((_, seconds)) => format!("(UTC_TIMESTAMP() + INTERVAL {seconds} SECOND)"),
        }
    }

    fn is_embedded(&self) -> bool {
        self.connection.dialect() == Dialect::Sqlite
    }

    /// How well the connection, made with `url`, is protected.
    pub async fn security(&mut self, url: &DatabaseUrl) -> Result<Security> {
        self.connection.security(url).await
    }

    pub async fn begin(&mut self) -> Result<()> {
        self.connection.begin().await
    }

    pub async fn commit(&mut self) -> Result<()> {
        self.connection.commit().await
    }

    pub async fn rollback(&mut self) -> Result<()> {
        self.connection.rollback().await
    }

    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }

    /// The configured locations win over what the embedded file remembers of them.
    async fn upsert_locations(&mut self, locations: &[Location]) -> Result<()> {
        let sql = "INSERT INTO locations (id, location_code, location_name, online_url) \
                   VALUES (?, ?, ?, ?) \
                   ON CONFLICT (id) DO UPDATE SET location_code = excluded.location_code, \
                   location_name = excluded.location_name, online_url = excluded.online_url";
        for location in locations {
            let values = [
                location.id.into(),
                location.code.as_str().into(),
                location.name.as_str().into(),
                location.url.clone().into(),
            ];
            self.connection.execute(sql, &values).await?;
        }
        Ok(())
    }
}
