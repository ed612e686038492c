//! Texts about what came of a sync.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::listed;
use crate::dapodik::model::{End, Report};
use crate::text::{count, duration, excerpt, plural};

pub fn school_not_stored() -> String {
    "not stored by this sync".to_owned()
}

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
    "not verified: the database knows no kecamatan".to_owned()
}

pub fn not_verified(why: &str) -> String {
    format!("not verified: {why}")
}

pub fn not_verified_attached() -> String {
    "not verified: it had begun before this run".to_owned()
}

pub fn hint_missing() -> String {
    "sync these kecamatan again; the backend skips a school that fails without a word".to_owned()
}

/// `the backend says that it is done, but 2 of 17 kecamatan are not: 34.04.07 Depok (Sleman), …`.
pub fn missing(report: &Report) -> String {
    let failed = &report.kecamatan.failed;
    let mut parts = Vec::new();
    if !failed.is_empty() {
        let all = report.kecamatan.done + failed.len() as u64;
        let names: Vec<String> = failed.iter().map(|named| named.label.clone()).collect();
        parts.push(format!(
            "{} of {all} kecamatan are not: {}",
            failed.len(),
            listed(&names)
        ));
    }
    if !report.skipped.is_empty() {
        let names: Vec<String> = report
            .skipped
            .iter()
            .map(|named| named.label.clone())
            .collect();
        let schools = plural(names.len() as u64, "school");
        parts.push(format!("{schools} left out: {}", listed(&names)));
    }
    format!("the backend says that it is done, but {}", parts.join("; "))
}

/// The result for people.
pub fn result(report: &Report) -> String {
    let mut text = match &report.end {
        End::Failed(failure) | End::Interrupted(failure) => {
            return capital(&failure.message);
        }
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
    if report.verified == Some(false) {
        let _ = write!(text, " {}.", capital(&missing(report)));
    }
    if report.verified.is_none()
        && !report
            .notes
            .iter()
            .any(|note| note.starts_with("not verified"))
    {
        text.push_str(" Not verified.");
    }
    for note in &report.notes {
        let _ = write!(text, " {}.", capital(note));
    }
    text
}

/// `It had come to 37 %, 6 kecamatan through, 34.04.07 Depok (Sleman) in hand.`; `None` of one that
/// was done, or tells no progress.
pub fn how_far(report: &Report) -> Option<String> {
    let percent = report.percent.filter(|_| !report.is_done())?;
    let through = match report.kecamatan.done {
        0 => String::new(),
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
    let _ = write!(text, " in {took}");
    if report.kecamatan.done > 0 {
        let _ = write!(text, ", {} kecamatan", count(report.kecamatan.done));
    }
    if let (Some(sekolah), Some(ptk)) = (report.sekolah, report.ptk) {
        let schools = plural(sekolah, "school");
        let _ = write!(text, ", {schools} and {} PTK stored", count(ptk));
    }
    if report.verified == Some(true) {
        text.push_str(", verified");
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
