//! One school as it would be written: for people who want to see before they start.

use super::fetching;
use crate::config::DatabaseUrl;
use crate::dapodik::columns::{Row, STAFF};
use crate::dapodik::model::Sample;
use crate::dapodik::portal::Portal;
use crate::dapodik::region::Kecamatan;
use crate::dapodik::tables::{Look, Tables};
use crate::engine::Job;
use crate::error::{Error, Result};

use super::Label;

/// How many PTK are shown.
const STAFF_SHOWN: usize = 3;

/// The first school of the first kecamatan that has any; `None` where none has.
pub async fn take(
    portal: &Portal,
    url: &DatabaseUrl,
    districts: &[Kecamatan],
    look: &Look,
    job: &Job,
) -> Result<Option<Sample>> {
    job.stage("fetch one school");
    for kecamatan in districts {
        let mut list = portal.schools(&kecamatan.code);
        let page = list.next(job).await.map_err(Error::from)?;
        let mut rows = page.into_iter().flatten();
        let Some((row, (npsn, name))) =
            rows.find_map(|row| fetching::school(&row).map(|named| (row, named)))
        else {
            continue;
        };
        let staff = portal.staff(&npsn, job).await.map_err(Error::from)?;
        let count = staff.rows.len() as u64;
        let label = Label {
            npsn: &npsn,
            name: &name,
            kecamatan: &kecamatan.label(),
        };
        let staff = staff.rows.into_iter();
        let staff = staff.map(|row| at_school(row, &npsn)).collect();
        let (school, mut staff) = Tables::as_written(url, look, row, staff).await?;
        // Rows that cannot be written are left out before.
        staff.truncate(STAFF_SHOWN);
        return Ok(Some(Sample {
            school: label.to_string(),
            row: school,
            staff,
            count,
        }));
    }
    Ok(None)
}

/// The row with the school that was asked for.
fn at_school(mut row: Row, npsn: &str) -> Row {
    if let Some(place) = STAFF.index("npsn") {
        row.resize(STAFF.columns.len().max(place + 1), None);
        row[place] = Some(npsn.to_owned());
    }
    row
}
