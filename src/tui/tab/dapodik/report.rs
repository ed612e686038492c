//! What our own work did, as a page: figures first, then what failed and why, then what is worth
//! knowing, then what to do.
//!
//! ```text
//!              added  changed      same
//!   schools        3        2       760
//!   PTK           12       40     9 128
//! ```

use std::time::Duration;

use crate::dapodik::model::{End, Finding, WorkReport};
use crate::dapodik::tables::{Gone, Refreshed, Written};
use crate::dapodik::{GONE, Report, listed, remarks};
use crate::engine::{Outcome as _, Verdict};
use crate::text::{capital, count, duration, plural};
use crate::tui::tab::Status;
use crate::tui::theme::Tone;
use crate::tui::widget::page::{AGAIN, Rows, wrapped};

/// How many of what disappeared, and of the remarks on values, are listed.
const LISTED: usize = 20;
/// How wide a figure is with the blanks before it.
const FIGURE: usize = 12;

/// The page, in rows of `width` cells.
pub fn rows(report: &Report, work: &WorkReport, width: u16) -> Rows {
    let mut rows = Rows::new();
    if let End::Failed(failure) | End::Interrupted(failure) = &report.end
        && let Some(hint) = &failure.hint
    {
        wrapped(&mut rows, hint, Tone::Plain, 0, width);
    }
    figures(&mut rows, work);
    let is_clean = report.verdict() == Verdict::Clean;
    if !is_clean {
        // What to do is seen without scrolling.
        rows.push((String::new(), Tone::Plain));
        wrapped(&mut rows, next(report), Tone::Accent, 0, width);
    }
    findings(
        &mut rows,
        "Kecamatan that failed",
        &report.kecamatan.failed,
        width,
    );
    findings(&mut rows, "Schools that failed", &report.skipped, width);
    heading(&mut rows, "Worth knowing", width);
    let before = rows.len();
    known(&mut rows, report, work, width);
    if rows.len() == before {
        // Its heading, and the blank before it.
        rows.truncate(before - 2);
    }
    values(&mut rows, work, width);
    if let Some(gone) = &work.gone {
        disappeared(&mut rows, gone, width);
    }
    if is_clean {
        rows.push((String::new(), Tone::Plain));
        wrapped(&mut rows, AGAIN, Tone::Accent, 0, width);
    }
    rows
}

/// How it ended, in a line: what it did is on the page.
pub fn status(report: &Report) -> Status {
    let (words, tone) = end(report);
    Status::new(&words, tone)
}

fn end(report: &Report) -> (String, Tone) {
    let scope = capital(&report.scope);
    let took = duration(Duration::from_millis(report.duration_ms));
    let done = match report.kecamatan.done {
        0 => String::new(),
        done => format!(", {} kecamatan complete", count(done)),
    };
    match &report.end {
        End::Failed(failure) | End::Interrupted(failure) => {
            (format!("✗ {}", failure.message), Tone::Bad)
        }
        End::Stopped(what) => (
            format!("! {} (after {took}{done})", capital(what)),
            Tone::Warn,
        ),
        _ if report.verdict() == Verdict::Clean => {
            (format!("✓ {scope} done in {took}{done}"), Tone::Good)
        }
        _ => (
            format!("! {scope} ended in {took} without all of it{done}"),
            Tone::Warn,
        ),
    }
}

/// What was added, changed, the same: a row for schools and one for PTK.
fn figures(rows: &mut Rows, work: &WorkReport) {
    let all = |written: &Written| written.added + written.changed + written.same;
    if all(&work.schools) + all(&work.staff) == 0 {
        return;
    }
    let line = |name: &str, figures: [String; 3]| {
        let figures = figures.map(|figure| format!("{figure:>FIGURE$}"));
        format!("{name:<8}{}", figures.concat())
    };
    let title = ["added", "changed", "the same"].map(str::to_owned);
    rows.push((line("", title), Tone::Title));
    for (name, written) in [("schools", &work.schools), ("PTK", &work.staff)] {
        let figures = [written.added, written.changed, written.same];
        let figures = figures.map(|figure| count(u64::try_from(figure).unwrap_or(0)));
        rows.push((line(name, figures), Tone::Plain));
    }
}

fn findings(rows: &mut Rows, title: &str, findings: &[Finding], width: u16) {
    if findings.is_empty() {
        return;
    }
    let title = format!("{title}: {}", count(findings.len() as u64));
    heading(rows, &title, width);
    for one in findings {
        let words = format!("✗ {}: {}", one.label, one.reason);
        wrapped(rows, &words, Tone::Bad, 0, width);
    }
}

fn heading(rows: &mut Rows, title: &str, width: u16) {
    rows.push((String::new(), Tone::Plain));
    wrapped(rows, title, Tone::Title, 0, width);
}

/// Earlier runs, the second round, the view, and what was noticed on the way.
fn known(rows: &mut Rows, report: &Report, work: &WorkReport, width: u16) {
    let fresh = work.refreshed.as_ref().is_some_and(Refreshed::is_fresh);
    for remark in remarks(report) {
        let is_view = report.refresh.as_ref() == Some(&remark);
        let is_gone = work.gone.is_some() && remark.starts_with(GONE);
        // What disappeared has a list of its own below.
        if is_gone {
            continue;
        }
        let tone = if is_view && !fresh {
            Tone::Warn
        } else {
            Tone::Plain
        };
        let sign = if tone == Tone::Warn { "! " } else { "· " };
        wrapped(rows, &format!("{sign}{remark}"), tone, 0, width);
    }
    if !work.regions.is_empty() {
        let words = format!(
            "· {} kecamatan inserted into ref_wilayah: {}",
            count(work.regions.len() as u64),
            listed(&work.regions)
        );
        wrapped(rows, &words, Tone::Plain, 0, width);
    }
    for note in &report.notes {
        wrapped(rows, &format!("! {note}"), Tone::Warn, 0, width);
    }
}

/// Rows that were skipped and values that were not written as they came, with examples.
fn values(rows: &mut Rows, work: &WorkReport, width: u16) {
    let both = [&work.schools, &work.staff];
    let skipped = both.iter().flat_map(|written| &written.skipped_rows);
    let skipped = skipped.map(|row| {
        // Of a row without a key there is only the name, and the other way round.
        let named = format!("{} {}", row.key, row.label);
        format!("! {}: not written, {}", named.trim(), row.reason)
    });
    let remarks = both.iter().flat_map(|written| &written.remarks);
    let remarks = remarks.map(|one| format!("· {} {}: {}", one.key, one.column, one.reason));
    let lines: Vec<String> = skipped.chain(remarks).collect();
    if lines.is_empty() {
        return;
    }
    heading(rows, "Values that were not written as they came", width);
    list(rows, &lines, lines.len() as u64, width);
}

fn disappeared(rows: &mut Rows, gone: &Gone, width: u16) {
    let all = gone.sekolah + gone.ptk;
    if all == 0 {
        return;
    }
    let schools = plural(gone.sekolah, "school");
    let title = format!(
        "No longer at the portal, left as they are: {schools}, {} PTK",
        count(gone.ptk)
    );
    heading(rows, &title, width);
    let lines = gone.named.iter();
    let lines = lines.map(|row| format!("· {} {} in {}", row.key, row.label, row.at));
    let lines: Vec<String> = lines.collect();
    list(rows, &lines, all, width);
}

/// The first lines of `all`, and how many more there are.
fn list(rows: &mut Rows, lines: &[String], all: u64, width: u16) {
    for line in lines.iter().take(LISTED) {
        let tone = if line.starts_with('!') {
            Tone::Warn
        } else {
            Tone::Plain
        };
        wrapped(rows, line, tone, 0, width);
    }
    let more = all.saturating_sub(lines.len().min(LISTED) as u64);
    if more > 0 {
        rows.push((format!("  and {} more", count(more)), Tone::Dim));
    }
}

/// What to do next.
fn next(report: &Report) -> &'static str {
    match &report.end {
        End::Stopped(_) => "c continues a global sync where it ended; r shows the same once more",
        End::Done => {
            "c asks once more for what failed of a global sync; s, then ! chooses its kecamatan"
        }
        _ => {
            "c continues a global sync where it ended; r tries again, with the settings as they \
              are by then"
        }
    }
}
