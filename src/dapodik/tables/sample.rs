//! Rows as they would be written, without writing them.

use std::path::Path;

use super::catalogue::{self, Layout};
use super::cleaning::{Districts, clean};
use super::model::{Look, Written};
use super::{STEPS, Tables, masked};
use crate::config::DatabaseUrl;
use crate::dapodik::columns::{Row, SCHOOLS, STAFF, Table};
use crate::db::{Access, Connection, complete};
use crate::error::{Context as _, Error, Result};

/// Columns and their values.
pub type Cells = Vec<(String, Option<String>)>;

impl Tables {
    /// A school and some of its PTK as they would be written; the NIK are masked.
    pub async fn as_written(
        url: &DatabaseUrl,
        look: &Look,
        school: Row,
        staff: Vec<Row>,
    ) -> Result<(Cells, Vec<Cells>)> {
        let folder = tempfile::tempdir();
        let folder = folder.doing("create", &std::env::temp_dir())?;
        let mut connection = if look.will_be_made {
            made_elsewhere(&folder.path().join("sample.db")).await?
        } else {
            Connection::open(url, Access::Read).await?
        };
        let schools = layout(&mut connection, &SCHOOLS).await?;
        let people = layout(&mut connection, &STAFF).await?;
        connection.close().await?;
        let codes = look.districts.iter().map(|one| &one.kode_kecamatan);
        let mut districts: Districts = codes
            .map(|code| (code.trim().to_owned(), code.clone()))
            .collect();
        if look.will_be_made
            && let Some(Some(code)) = SCHOOLS
                .index("kode_kecamatan")
                .and_then(|at| school.get(at))
        {
            // The regions of the portal are inserted first.
            districts.insert(code.trim().to_owned(), code.trim().to_owned());
        }
        let mut notes = Written::default();
        let school = cells(
            &schools,
            clean(&schools, &districts, vec![school], &mut notes),
        );
        let staff = cells(&people, clean(&people, &districts, staff, &mut notes));
        let school = school.into_iter().next();
        let school = school.ok_or_else(|| Error::remote("the first school cannot be stored"))?;
        Ok((school, staff))
    }
}

/// The tables of a file that is not there yet, in one that is thrown away.
async fn made_elsewhere(path: &Path) -> Result<Connection> {
    let url = DatabaseUrl::file(path.to_owned());
    let mut connection = Connection::open(&url, Access::Write).await?;
    complete(&mut connection, path, &STEPS).await?;
    Ok(connection)
}

async fn layout(connection: &mut Connection, table: &'static Table) -> Result<Layout> {
    let columns = catalogue::columns(connection, table.name).await?;
    Ok(Layout::of(table, &columns))
}

fn cells(layout: &Layout, rows: Vec<super::cleaning::Ready>) -> Vec<Cells> {
    let cells = rows.into_iter().map(|row| {
        let values = layout.columns.iter().zip(row.cells);
        let values = values.map(|(column, value)| {
            let value = if column.name == "nik" {
                value.map(|nik| masked(&nik))
            } else {
                value
            };
            (column.name.to_owned(), value)
        });
        values.collect()
    });
    cells.collect()
}
