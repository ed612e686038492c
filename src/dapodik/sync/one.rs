//! One PTK: fetched for the preview, written as it was shown.

use super::Label;
use crate::dapodik::columns::{Row, STAFF};
use crate::dapodik::describe;
use crate::dapodik::model::{End, Finding, Person, Plan, Report, Scope, WorkReport};
use crate::dapodik::person::{Nik, Npsn};
use crate::dapodik::tables::Tables;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::text::excerpt;

/// What the portal has of a person.
pub fn person(found: Option<Row>, nik: &Nik, npsn: &Npsn) -> Result<Person> {
    let Some(row) = found else {
        return Err(not_found(nik, npsn));
    };
    let cell = |name: &str| row.get(STAFF.index(name)?).cloned().flatten();
    let named = cell("nik").unwrap_or_default();
    if named.trim() != nik.expose() {
        return Err(
            Error::remote(format!("the portal answered with another PTK than {nik}"))
                .hint("nothing was written; its operators know why"),
        );
    }
    let name = excerpt(cell("nama_ptk").unwrap_or_default().trim(), 80);
    Ok(Person { name, row })
}

/// The portal knows no such PTK, or may not tell; E-Alumni answers 404 then.
fn not_found(nik: &Nik, npsn: &Npsn) -> Error {
    Error::usage(format!(
        "the portal has no PTK {nik} at school {npsn}, or it is outside of your area"
    ))
    .hint("nothing was written; are NIK and NPSN right? both are in the school's own list")
}

/// Writes the PTK that was shown.
pub async fn write(plan: &Plan, person: &Person, mut tables: Tables, job: &Job) -> Result<Report> {
    let Scope::Ptk { nik, npsn } = &plan.scope else {
        return Err(Error::bug("one PTK was fetched for a sync of many"));
    };
    let what = describe::scope(&plan.scope, &plan.kecamatan);
    job.stage(format!("store {what}"));
    let start = tables.now().await?;
    let row = person.row.clone();
    let written = tables
        .write_one_staff(npsn.as_str(), row, &start, job)
        .await?;
    let mut report = Report::of(what, End::Done);
    if let Some(skipped) = written.skipped_rows.first() {
        let error = Error::database(format!("the PTK was not stored: {}", skipped.reason));
        let hint = "is its school stored? a sync of its kecamatan stores both";
        report.end = End::Failed(error.hint(hint).into());
        report.skipped.push(Finding {
            key: nik.to_string(),
            label: Label {
                npsn: &nik.to_string(),
                name: &person.name,
                kecamatan: "",
            }
            .to_string(),
            reason: skipped.reason.clone(),
            kecamatan: None,
        });
        report.ptk = Some(0);
    } else {
        report.ptk = Some(1);
        report.message = Some(format!("Sync detail {} berhasil!", person.name));
        report.verified = Some(true);
    }
    let mut work = WorkReport {
        start,
        staff: written,
        ..WorkReport::default()
    };
    if report.end == End::Done {
        job.stage(super::progress::REFRESH);
        match tables.refresh().await {
            Ok(refreshed) => {
                report.refresh = Some(refreshed.sentence());
                work.refreshed = Some(refreshed);
            }
            Err(error) => report.refresh = Some(describe::not_refreshed(&error)),
        }
    }
    report.work = Some(Box::new(work));
    tables.close().await?;
    Ok(report)
}
