//! What a report of a followed sync says: how it ended, how far it had come, what was found.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::{BACKEND_ALONE, broke_at, lacks, missing, remarks};
use crate::dapodik::model::{End, Report};
use crate::engine::Verdict;
use crate::error::Failure;
use crate::text::{capital, count, duration, excerpt, plural};

pub(super) fn result(report: &Report) -> String {
    let mut text = match &report.end {
        End::Failed(failure) | End::Interrupted(failure) => return unfinished(report, failure),
        End::Stopped(what) => {
            let far = how_far(report).map_or_else(String::new, |far| format!(". {far}"));
            return capital(what) + &far;
        }
        End::Started => format!("{} started at the backend", capital(&report.scope)),
        End::Done | End::DoneByMetadata => done(report),
    };
    if let Some(message) = &report.message {
        let _ = write!(text, ": «{}»", excerpt(message, 200));
    }
    text.push('.');
    if let Some(broken) = &report.broken {
        let _ = write!(text, " {}.", capital(&broke_at(broken)));
    }
    if report.verified == Some(false) || report.told == Some(Verdict::Partial) {
        let _ = write!(text, " {}.", capital(&missing(report)));
    }
    if let Some(why) = &report.unverifiable {
        let _ = write!(text, " Could not be verified: {}.", why.message);
    } else if report.verified.is_none()
        && !report
            .notes
            .iter()
            .any(|note| note.starts_with("not verified"))
    {
        text.push_str(" Not verified.");
    }
    add_notes(&mut text, report);
    text
}

/// Of a sync that did not come to its end; what a cut means, and what the database has by then.
fn unfinished(report: &Report, failure: &Failure) -> String {
    let mut text = capital(&failure.message);
    if report.broken.is_none() {
        return text;
    }
    let _ = write!(text, ". {}.", capital(BACKEND_ALONE));
    if report.verified.is_some() {
        let _ = write!(text, " {}.", capital(&in_database(report)));
    }
    add_notes(&mut text, report);
    text
}

/// What the database has of a sync that was cut.
pub fn in_database(report: &Report) -> String {
    let (schools, ptk) = (report.sekolah.unwrap_or(0), report.ptk.unwrap_or(0));
    let stored = format!("{} and {} PTK", plural(schools, "school"), count(ptk));
    let lacks = match lacks(report) {
        lacks if lacks.is_empty() => String::new(),
        lacks => format!("; {lacks}"),
    };
    format!("in the database, looked at just then: {stored} of this sync{lacks}")
}

fn add_notes(text: &mut String, report: &Report) {
    for note in remarks(report).iter().chain(&report.notes) {
        let _ = write!(text, " {}.", capital(note));
    }
}

/// `It had come to 37 %, 6 kecamatan through, 34.04.07 Depok (Sleman) in hand.`; `None` of one that
/// was done, or tells no progress.
pub fn how_far(report: &Report) -> Option<String> {
    let percent = report
        .percent
        .filter(|_| !report.is_done() && !report.watched)?;
    let through = match report.kecamatan.done {
        0 => String::new(),
        _ if report.verified.is_some() => String::new(),
        done => format!(", {} kecamatan through", count(done)),
    };
    let place = report.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(", {place} in hand"));
    Some(format!("It had come to {percent} %{through}{place}."))
}

fn done(report: &Report) -> String {
    let mut text = format!("{} done", capital(&report.scope));
    let took = i64::try_from(report.duration_ms).unwrap_or(i64::MAX);
    let took = duration(SignedDuration::from_millis(took));
    if report.end == End::DoneByMetadata {
        text.push_str(" by what metadata says");
    }
    // How long the sync itself took is not known of one that was only watched.
    let during = if report.watched {
        "; watched for"
    } else {
        " in"
    };
    let _ = write!(text, "{during} {took}");
    if report.kecamatan.done > 0 {
        let _ = write!(text, ", {} kecamatan", count(report.kecamatan.done));
    }
    if let (Some(sekolah), Some(ptk)) = (report.sekolah, report.ptk) {
        let schools = plural(sekolah, "school");
        let _ = write!(text, ", {schools} and {} PTK stored", count(ptk));
    }
    match report.without_ptk.len() as u64 {
        _ if report.verified != Some(true) => {}
        0 => text.push_str(", verified"),
        some => {
            let _ = write!(text, ", verified but for {}", plural(some, "school"));
        }
    }
    text
}
