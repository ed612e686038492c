//! How a run ended, as a page: verdict, what the check found, what to do next.

use crate::dapodik::model::{End, Finding};
use crate::dapodik::{Dapodik as Engine, Report, how_far, in_database, remarks};
use crate::error::Failure;
use crate::text::{self, plural};
use crate::tui::flow::Done;
use crate::tui::tab::pages::Rows;
use crate::tui::theme::Tone;
use crate::tui::widget::paint;

const AGAIN: &str = "r shows the same once more, with the settings as they are by then";

fn say(rows: &mut Rows, said: &str, tone: Tone, width: u16) {
    let lines = paint::wrap(&text::scrub(said), width).into_iter();
    rows.extend(lines.map(|line| (line, tone)));
}

fn gap(rows: &mut Rows) {
    rows.push((String::new(), Tone::Plain));
}

/// A failure: what happened, what to do, how to try again.
pub fn failure(failure: &Failure, width: u16) -> Rows {
    let mut rows = Rows::new();
    say(
        &mut rows,
        &format!("✗ {}", failure.message),
        Tone::Bad,
        width,
    );
    if let Some(hint) = &failure.hint {
        gap(&mut rows);
        say(&mut rows, hint, Tone::Plain, width);
    }
    gap(&mut rows);
    say(&mut rows, AGAIN, Tone::Dim, width);
    rows
}

/// How a run ended that could report.
pub fn done(done: &Done<Engine>, width: u16) -> Rows {
    let Some(report) = &done.report else {
        let why = done.run.failure();
        return why.map(|why| failure(&why, width)).unwrap_or_default();
    };
    let mut rows = Rows::new();
    let (words, tone) = end(report);
    say(&mut rows, &words, tone, width);
    if let Some(far) = how_far(report) {
        say(&mut rows, &far, Tone::Plain, width);
    }
    if let End::Failed(failure) | End::Interrupted(failure) = &report.end
        && let Some(hint) = &failure.hint
    {
        say(&mut rows, hint, Tone::Plain, width);
    }
    if report.is_done() {
        let (words, tone) = checked(report);
        say(&mut rows, &words, tone, width);
    } else if report.verified.is_some() {
        say(&mut rows, &in_database(report), Tone::Plain, width);
    }
    for remark in remarks(report) {
        say(&mut rows, &format!("! {remark}"), Tone::Warn, width);
    }
    for note in &report.notes {
        say(&mut rows, &format!("! {note}"), Tone::Warn, width);
    }
    let codes = |named: &Finding| named.key.clone();
    list(
        &mut rows,
        "Kecamatan that are not there",
        (&report.kecamatan.failed, codes),
        width,
    );
    if report.verified.is_some() {
        let labels = |named: &Finding| named.label.clone();
        list(&mut rows, "Left out", (&report.skipped, labels), width);
    }
    gap(&mut rows);
    let next = match report.end {
        End::Interrupted(_) => {
            "Nothing is started again by itself: r shows it once more, and \
                                     a yes starts it from its beginning"
        }
        _ if !report.incomplete().is_empty() => {
            "s, then ! chooses those that failed; r shows the same once more"
        }
        _ => AGAIN,
    };
    say(&mut rows, next, Tone::Accent, width);
    rows
}

fn end(report: &Report) -> (String, Tone) {
    match &report.end {
        End::Done => ("✓ the backend says that it is done".to_owned(), Tone::Good),
        End::DoneByMetadata => (
            "✓ the stream was lost; metadata says that it is done".to_owned(),
            Tone::Good,
        ),
        End::Started => (
            "✓ the backend has begun; it tells no progress".to_owned(),
            Tone::Good,
        ),
        End::Failed(failure) => (format!("✗ {}", failure.message), Tone::Bad),
        End::Interrupted(failure) => (format!("! {}", failure.message), Tone::Warn),
        End::Stopped(what) => (format!("! {what}"), Tone::Warn),
    }
}

/// What the database was found to have.
fn checked(report: &Report) -> (String, Tone) {
    if let Some(why) = &report.unverifiable {
        return (
            format!("✗ could not be verified: {}", why.message),
            Tone::Bad,
        );
    }
    match (report.verified, report.without_ptk.len() as u64) {
        (Some(true), 0) => {
            let said = "✓ verified: the database has every kecamatan anew";
            (said.to_owned(), Tone::Good)
        }
        (Some(true), schools) => {
            let schools = plural(schools, "school");
            let said = format!("✓ verified but for {schools} without PTK");
            (said, Tone::Warn)
        }
        (Some(false), _) => {
            let (failed, skipped) = (report.kecamatan.failed.len(), report.skipped.len());
            let failed = (failed > 0).then(|| format!("{failed} kecamatan are not there"));
            let skipped =
                (skipped > 0).then(|| format!("{} left out", plural(skipped as u64, "school")));
            let parts: Vec<String> = [failed, skipped].into_iter().flatten().collect();
            let said = format!("✗ checked in the database: {}", parts.join(", "));
            (said, Tone::Bad)
        }
        (None, _) => {
            let said = "○ not verified: nobody looked into a database";
            (said.to_owned(), Tone::Dim)
        }
    }
}

fn list(
    rows: &mut Rows,
    title: &str,
    (named, what): (&[Finding], fn(&Finding) -> String),
    width: u16,
) {
    if named.is_empty() {
        return;
    }
    gap(rows);
    say(rows, title, Tone::Title, width);
    for one in named {
        say(
            rows,
            &format!("✗ {}: {}", what(one), one.reason),
            Tone::Bad,
            width,
        );
    }
}
