//! Texts about what came of a sync.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::remote::{BACKEND_ALONE, broke_at};
use super::{NAMED, listed};
use crate::dapodik::model::{End, Named, Report};
use crate::error::Failure;
use crate::text::{age, count, duration, excerpt, plural};

/// How many codes a line for the shell may have.
const MOST_CODES: usize = 20;

pub fn no_ptk_stored(ptk: u64) -> String {
    if ptk == 0 {
        "schools, but no PTK".to_owned()
    } else {
        format!("none of its {} PTK was stored by this sync", count(ptk))
    }
}

pub fn no_school_stored(schools: u64) -> String {
    if schools == 0 {
        "no school was stored".to_owned()
    } else {
        format!(
            "none of its {} was stored by this sync",
            plural(schools, "school")
        )
    }
}

pub fn nothing_to_compare() -> String {
    "the database knows no kecamatan".to_owned()
}

pub fn not_reached() -> String {
    "not reached before the connection broke".to_owned()
}

pub fn never_any_ptk() -> String {
    "no PTK, now or before".to_owned()
}

/// `6 PTK, 12 before`.
pub fn fewer_ptk(now: u64, before: u64) -> String {
    format!("{} PTK, {} before", count(now), count(before))
}

/// `last stored 8 months ago`.
pub fn not_listed(written: Option<Timestamp>, now: Timestamp) -> String {
    match written {
        Some(written) => format!("last stored {}", age(written, now)),
        None => "never stored by a sync".to_owned(),
    }
}

/// `20400101 SD NEGERI 1 in 34.04.07 Depok (Sleman)`.
pub fn school(npsn: &str, name: &str, kecamatan: &str) -> String {
    let name = excerpt(name.trim(), 60);
    let gap = if name.is_empty() { "" } else { " " };
    format!("{}{gap}{name} in {kecamatan}", excerpt(npsn, 20))
}

pub fn could_not_verify(why: &str) -> String {
    format!("the backend says that it is done, which could not be verified: {why}")
}

/// What to do about a database that cannot be read after a sync.
pub fn hint_verify(hint: Option<&str>) -> String {
    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
    format!(
        "the sync was not undone by it: mend [dapodik] database and sync again to be sure{hint}"
    )
}

pub fn not_verified(why: &str) -> String {
    format!("not verified: {why}")
}

pub fn not_verified_attached() -> String {
    "not verified: it had begun before this run".to_owned()
}

/// Which kecamatan to sync again, as a line for the shell.
pub fn hint_missing(report: &Report) -> String {
    let codes = report.incomplete();
    let verb = match codes.len() {
        0 => String::new(),
        1..=MOST_CODES => format!(": `selaras dapodik kecamatan {}`", codes.join(" ")),
        many => format!(": {} of them, such as {}", many, codes[..NAMED].join(" ")),
    };
    format!(
        "sync these kecamatan again{verb}; the backend skips a school that fails without a word"
    )
}

/// `the backend says that it is done, but 2 of 17 kecamatan are not: 34.04.07 Depok (Sleman), …`.
pub fn missing(report: &Report) -> String {
    format!("the backend says that it is done, but {}", lacks(report))
}

/// `2 of 17 kecamatan are not: …; 1 school left out: …`.
fn lacks(report: &Report) -> String {
    let failed = &report.kecamatan.failed;
    let mut parts = Vec::new();
    if !failed.is_empty() {
        let all = report.kecamatan.done + failed.len() as u64;
        parts.push(format!(
            "{} of {all} kecamatan are not: {}",
            failed.len(),
            labels(failed)
        ));
    }
    if !report.skipped.is_empty() {
        let schools = plural(report.skipped.len() as u64, "school");
        parts.push(format!("{schools} left out: {}", labels(&report.skipped)));
    }
    parts.join("; ")
}

fn labels(named: &[Named]) -> String {
    let labels: Vec<String> = named.iter().map(|named| named.label.clone()).collect();
    listed(&labels)
}

/// The same with their reasons.
fn explained(named: &[Named]) -> String {
    let labels: Vec<String> = named
        .iter()
        .map(|named| format!("{} ({})", named.label, named.reason))
        .collect();
    listed(&labels)
}

/// What the check noticed and nobody did wrong.
pub fn remarks(report: &Report) -> Vec<String> {
    let mut remarks = Vec::new();
    if !report.without_ptk.is_empty() {
        let schools = labels(&report.without_ptk);
        remarks.push(format!("Without PTK, not verified: {schools}"));
    }
    if !report.no_longer_listed.is_empty() {
        let schools = explained(&report.no_longer_listed);
        remarks.push(format!("No longer listed: {schools}"));
    }
    if !report.fewer_ptk.is_empty() {
        let schools = explained(&report.fewer_ptk);
        remarks.push(format!("Fewer PTK than in the sync before: {schools}"));
    }
    remarks
}

/// The result for people.
pub fn result(report: &Report) -> String {
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
    if report.verified == Some(false) {
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
    let Some(_) = &report.broken else {
        return text;
    };
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
    if report.watched {
        // How long the sync itself took is not known.
        let _ = write!(text, "; watched for {took}");
    } else {
        let _ = write!(text, " in {took}");
    }
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
