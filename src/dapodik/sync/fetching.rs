//! What is asked of the portal, one question at a time; the answers come back with their place.

use futures_util::future::BoxFuture;

use crate::dapodik::columns::{Row, SCHOOLS, Write};
use crate::dapodik::portal::{Failed, Listing, Portal, SchoolList};
use crate::engine::Job;

/// An answer of the portal.
pub(super) enum Fetched<'a> {
    Page {
        district: usize,
        list: SchoolList<'a>,
        page: Result<Option<Vec<Row>>, Failed>,
    },
    Staff {
        school: usize,
        staff: Result<Listing, Failed>,
    },
}

/// The next page of a kecamatan's schools.
pub(super) fn page<'a>(
    district: usize,
    mut list: SchoolList<'a>,
    job: &'a Job,
) -> BoxFuture<'a, Fetched<'a>> {
    Box::pin(async move {
        let page = list.next(job).await;
        Fetched::Page {
            district,
            list,
            page,
        }
    })
}

/// The PTK of a school.
pub(super) fn staff<'a>(
    school: usize,
    npsn: String,
    portal: &'a Portal,
    job: &'a Job,
) -> BoxFuture<'a, Fetched<'a>> {
    Box::pin(async move {
        Fetched::Staff {
            school,
            staff: portal.staff(&npsn, job).await,
        }
    })
}

/// NPSN and name of a school that will have a row; `None` where it lacks what a row must have.
pub(super) fn school(row: &Row) -> Option<(String, String)> {
    let text = |name: &str| {
        let value = row.get(SCHOOLS.index(name)?)?.as_deref()?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let mandatory = SCHOOLS.columns.iter();
    let mut mandatory = mandatory.filter(|column| column.write == Write::Mandatory);
    let whole = mandatory.all(|column| text(column.name).is_some());
    let npsn = text("npsn")?;
    whole.then(|| (npsn, text("nama").unwrap_or_default()))
}
