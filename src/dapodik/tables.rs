//! The SQL of a sync of ours: the tables of an E-Alumni database, or the same tables embedded.
//!
//! ```text
//!   catalogue  columns, types, rights, view     look     all of it, for a preview
//!   cleaning   a record in the columns' forms   batch    a transaction, counted and redone
//!   postgres, sqlite  one statement's words     memory   what rows were before this run
//!   link       the connection, kept and opened again     refresh, after   the end of a run
//! ```
//! One value holds one connection and the lock. What the portal answers is not known here.

mod model;

use std::time::Duration;

pub use model::{
    District, EXAMPLES, Gone, GoneRow, Line, Look, Moment, NAMED, Refreshed, Region, Remark,
    Rights, School, Skipped, TableLook, Totals, View, Written, masked,
};

use super::columns::Row;
use super::region::KecamatanCode;
use crate::config::DatabaseUrl;
use crate::engine::Job;
use crate::error::{Error, Result};

/// The view that is refreshed.
pub const VIEW: &str = "mv_dashboard_analitik";

/// The schools whose PTK were asked for, all but those of which no answer came.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    Nobody,
    /// The schools that this run wrote, but those with an NPSN in `but`.
    OfListed {
        but: &'a [String],
    },
    /// All schools that the database has, but those with an NPSN in `but`.
    OfAll {
        but: &'a [String],
    },
}

pub struct Tables {}

fn later<T>() -> Result<T> {
    Err(Error::bug("not there yet"))
}

#[expect(
    clippy::unused_async,
    unused_variables,
    reason = "the shape, before its bodies"
)]
impl Tables {
    /// What a preview says of the database; only reads. An embedded file that is not there is
    /// told to be made.
    pub async fn look(url: &DatabaseUrl, statement_timeout: Duration) -> Result<Look> {
        later()
    }

    /// Opens for writing; an embedded file is made, with its tables. A connection that is lost is
    /// opened again for as long as `patience`.
    pub async fn open(
        url: &DatabaseUrl,
        statement_timeout: Duration,
        patience: Duration,
    ) -> Result<Self> {
        later()
    }

    /// Takes the one lock of all syncs into this database; who holds it is named in
    /// [`crate::error::Kind::Busy`].
    pub async fn lock(&mut self, job: &Job) -> Result<()> {
        later()
    }

    /// The database's clock: the start of a run.
    pub async fn now(&mut self) -> Result<Moment> {
        later()
    }

    /// Inserts the districts that are missing, and returns their codes.
    pub async fn add_regions(&mut self, districts: &[Region], job: &Job) -> Result<Vec<String>> {
        later()
    }

    pub async fn write_schools(
        &mut self,
        rows: Vec<Row>,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        later()
    }

    /// The PTK of several schools, by NPSN, in one transaction.
    pub async fn write_staff(
        &mut self,
        schools: Vec<(String, Vec<Row>)>,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        later()
    }

    /// One PTK; one that is there keeps its school.
    pub async fn write_one_staff(
        &mut self,
        npsn: &str,
        row: Row,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        later()
    }

    /// The value of `LAST_GLOBAL_SYNC`.
    pub async fn metadata(&mut self) -> Result<Option<String>> {
        later()
    }

    pub async fn set_metadata(&mut self, value: &str) -> Result<()> {
        later()
    }

    /// Refreshes the view; has no bound of time.
    pub async fn refresh(&mut self) -> Result<Refreshed> {
        later()
    }

    /// `ref_wilayah`, by code.
    pub async fn regions(&mut self) -> Result<Vec<Region>> {
        later()
    }

    /// All schools that the database has, by NPSN.
    pub async fn schools(&mut self) -> Result<Vec<School>> {
        later()
    }

    /// What the database holds, by kecamatan.
    pub async fn districts(&mut self) -> Result<Vec<District>> {
        later()
    }

    pub async fn totals(&mut self) -> Result<Totals> {
        later()
    }

    /// What this run did not name: schools of `districts`, whose lists were complete, and PTK of
    /// the schools that were `asked`. Nothing is deleted.
    pub async fn gone(
        &mut self,
        start: &Moment,
        districts: &[KecamatanCode],
        asked: Asked<'_>,
    ) -> Result<Gone> {
        later()
    }

    pub async fn close(self) -> Result<()> {
        later()
    }
}
impl Tables {
    /// A school and some PTK as they would be written.
    pub async fn as_written(
        _url: &DatabaseUrl,
        _look: &Look,
        _school: Row,
        _staff: Vec<Row>,
    ) -> Result<(Cells, Vec<Cells>)> {
        later()
    }
}

/// Columns and their values.
pub type Cells = Vec<(String, Option<String>)>;
