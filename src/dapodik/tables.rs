//! The SQL of a sync of ours: the tables of an E-Alumni database, or the same tables embedded.
//!
//! ```text
//!   look       what a preview shows             catalogue  columns and their types
//!   cleaning   a record in its columns' forms   batch      a transaction, counted and redone
//!   merge      the statements of a batch        memory     what rows were before this run
//!   link       the connection and the lock      refresh    the view     holdings  what is there
//! ```
//! One value holds one connection and the lock. What the portal answers is not known here.

mod batch;
mod catalogue;
mod cleaning;
mod holdings;
mod link;
mod look;
mod memory;
mod merge;
mod model;
mod refresh;
mod sample;

use std::time::Duration;

pub use holdings::Asked;
pub use model::{
    District, EXAMPLES, Gone, GoneRow, Line, Look, Moment, NAMED, Refreshed, Region, Remark,
    Rights, School, Skipped, TableLook, Totals, View, Written, masked,
};
pub use sample::Cells;

use super::columns::{SCHOOLS, STAFF};
use crate::config::DatabaseUrl;
use crate::db::{Dialect, Step, complete};
use crate::engine::Job;
use crate::error::{Error, Result};
use catalogue::Layout;
use cleaning::Districts;
use link::Link;
use memory::Memory;

/// The view that is refreshed.
pub const VIEW: &str = model::VIEW;

/// The steps that make the tables, in order.
const STEPS: [Step; 1] = [(1, "dapodik", include_str!("schema/0001_dapodik.sql"))];

pub struct Tables {
    link: Link,
    schools: Layout,
    staff: Layout,
    districts: Districts,
    memory: Memory,
    /// The run that `memory` is of, by its start.
    run: Moment,
    /// When this process began to remember.
    session: Moment,
}

impl Tables {
    /// What a preview says of the database; only reads. An embedded file that is not there is
    /// told to be made.
    pub async fn look(url: &DatabaseUrl, statement_timeout: Duration) -> Result<Look> {
        look::look(url, statement_timeout).await
    }

    /// Opens for writing; an embedded file is made, with its tables. A connection that is lost is
    /// opened again for as long as `patience`.
    pub async fn open(
        url: &DatabaseUrl,
        statement_timeout: Duration,
        patience: Duration,
    ) -> Result<Self> {
        let mut link = Link::open(url, statement_timeout, patience).await?;
        if let Some(path) = url.path() {
            complete(&mut link.connection, path, &STEPS).await?;
        }
        let connection = &mut link.connection;
        let schools = Layout::of(
            &SCHOOLS,
            &catalogue::columns(connection, SCHOOLS.name).await?,
        );
        let staff = Layout::of(&STAFF, &catalogue::columns(connection, STAFF.name).await?);
        for layout in [&schools, &staff] {
            if layout.columns.first().is_none_or(|first| first.at != 0) {
                let why = format!("there is no {} with a {}", layout.table.name, layout.key());
                return Err(Error::database(why)
                    .hint("is this an E-Alumni database? check the name at the end of the URL"));
            }
            merge::prepare(connection, layout).await?;
        }
        let mut tables = Self {
            link,
            schools,
            staff,
            districts: Districts::new(),
            memory: Memory::default(),
            run: Moment::default(),
            session: Moment::default(),
        };
        tables.session = tables.now().await?;
        tables.read_districts().await?;
        Ok(tables)
    }

    /// Takes the one lock of all syncs into this database; who holds it is named in
    /// [`crate::error::Kind::Busy`].
    pub async fn lock(&mut self, job: &Job) -> Result<()> {
        self.link.heard_by(job);
        self.link.lock().await
    }

    /// The database's clock: the start of a run. All that was written before is older.
    pub async fn now(&mut self) -> Result<Moment> {
        if self.link.dialect() != Dialect::Sqlite {
            let sql = "SELECT CAST(clock_timestamp() AS text)";
            let rows = self.link.query(sql, &[]).await?;
            return Ok(Moment(
                rows.first().map_or_else(String::new, |row| row.text(0)),
            ));
        }
        // Its clock has milliseconds: what was written in this one is not of the run that begins.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let sql = format!("SELECT {}", merge::now(Dialect::Sqlite));
        let rows = self.link.query(&sql, &[]).await?;
        Ok(Moment(
            rows.first().map_or_else(String::new, |row| row.text(0)),
        ))
    }

    pub async fn close(self) -> Result<()> {
        self.link.close().await
    }
}
