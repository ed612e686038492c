//! The pages of a plan and of a report: the preview with the question that follows it; the verdict
//! with what the check found and what to do next.

use std::time::Duration;

use jiff::Timestamp;

use super::{Act, own};
use crate::dapodik::model::{End, Finding, Sample, WhenRunning};
use crate::dapodik::{
    Plan, Report, SAMPLE, empties, how_far, in_database, preview, question as sentence, remarks,
};
use crate::engine::Summary as _;
use crate::text::{count, fit, plural, scrub, short_id, width as width_of};
use crate::tui::keys::{Action, Binding};
use crate::tui::tab::Status;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::{AGAIN, Rows, wrapped};
use crate::tui::widget::paint;

const LEFT: &str = "! Nobody here wrote RUNNING: the original backend or another machine may be syncing. \
                    Two at once write the same rows.";
const BESIDE: &str = "! A global sync runs over there, or died and left RUNNING. The backend locks \
                      nothing: two at once write the same rows.";

/// The page; `last` is how long the same took last time.
pub fn rows(plan: &Plan, last: Option<Duration>, now: Timestamp, width: u16) -> Rows {
    let mut rows = Rows::new();
    let lines = preview(plan, last, now);
    for (index, line) in without_sample(&lines).enumerate() {
        let tone = match index {
            0 => Tone::Title,
            1 => Tone::Accent,
            _ if line.starts_with('!') => Tone::Warn,
            _ => Tone::Plain,
        };
        // The names are set in; a wrapped line is too.
        let indent = line.len() - line.trim_start().len();
        let blank = " ".repeat(indent);
        let room = width.saturating_sub(u16::try_from(indent).unwrap_or(0));
        let lines = paint::wrap(line.trim_start(), room).into_iter();
        rows.extend(lines.map(|line| (format!("{blank}{line}"), tone)));
    }
    if plan.obstacle().is_some() {
        rows.push((String::new(), Tone::Plain));
        let ways = if plan.portal.is_some() && plan.metadata.is_running() {
            "F starts all the same, after a typed confirmation."
        } else if plan.portal.is_some() {
            "Nothing can be started; r looks again."
        } else if plan.scope.is_followed() {
            "f watches that one by its metadata and starts none; F starts \
                                  another beside it. RUNNING may also be left from a crash."
        } else {
            "F starts all the same. RUNNING may also be left from a crash."
        };
        let lines = paint::wrap(ways, width).into_iter();
        rows.extend(lines.map(|line| (line, Tone::Warn)));
    }
    rows
}

/// The lines of a preview but for the sample, which has a page of its own.
fn without_sample(lines: &[String]) -> impl Iterator<Item = &String> {
    let mut within = false;
    lines.iter().filter(move |line| {
        within = line.starts_with(SAMPLE) || (within && line.starts_with(' '));
        !within
    })
}

/// `plan c41f9a`.
pub fn id(plan: &Plan) -> String {
    format!("plan {}", short_id(plan.id()))
}

/// What would be done, or why nothing can be.
pub fn status(plan: &Plan) -> Status {
    match plan.obstacle() {
        Some(failure) => Status::new(&format!("✗ {}", failure.message), Tone::Bad),
        None => Status::new("Nothing is started yet; Enter asks", Tone::Plain),
    }
    .remark(&id(plan))
}

/// The keys that are a preview's alone; `obstacle` says why it cannot be confirmed, `refused` why
/// nothing may be started at all.
pub fn keys(plan: &Plan, obstacle: Option<String>, refused: Option<&str>) -> Vec<Binding<Act>> {
    let go = "Asks, naming what is started and where; nothing is started before.";
    let mut bindings = vec![Binding::of(Action::Open, verb(plan), go).unless(obstacle)];
    if plan.obstacle().is_some() {
        if can_follow(plan) {
            let follow = "Watches the sync that runs over there, by its metadata; starts none.";
            bindings.push(Binding::of(Action::Follow, "follow it", follow));
        }
        let stuck = plan.portal.is_some() && !plan.metadata.is_running();
        let stuck = stuck.then_some("what keeps it from starting cannot be overridden");
        let force = "Starts another sync beside the one that runs, after a typed confirmation.";
        let force = own('F', Act::Force, "force", force).unless(stuck);
        bindings.push(match refused {
            Some(refused) => force.unless(Some(refused)),
            None => force,
        });
    }
    bindings
}

/// Whether the sync that runs over there can be watched; there is no such place for our own work.
pub fn can_follow(plan: &Plan) -> bool {
    plan.obstacle().is_some() && plan.scope.is_followed() && plan.portal.is_none()
}

/// Of our own work: one school, fetched now, as it would be written.
pub fn sample_key(plan: &Plan, shown: bool) -> Option<Binding<Act>> {
    let own = plan.portal.as_ref()?;
    let none = own.districts.is_empty();
    let none = none.then_some("a sample needs a sync that asks for the schools of a kecamatan");
    let label = match (none, shown) {
        (Some(_), _) => "",
        (None, true) => "preview",
        (None, false) => "sample",
    };
    let sample = "Fetches one school and shows its rows as they would be written, or the preview.";
    Some(Binding::of(Action::View, label, sample).unless(none))
}

/// The rows of a sample: its school, and its first PTK.
pub fn sample(sample: &Sample, width: u16) -> Rows {
    let mut rows = Rows::new();
    wrapped(&mut rows, &sample.school, Tone::Accent, 0, width);
    cells(&mut rows, "satuan_pendidikan", &sample.row, width);
    for (index, person) in sample.staff.iter().enumerate() {
        let title = format!("data_ptk, {} of {}", index + 1, count(sample.count));
        cells(&mut rows, &title, person, width);
    }
    rows
}

/// The columns of a row and their values, one below the other.
fn cells(rows: &mut Rows, title: &str, row: &[(String, Option<String>)], width: u16) {
    rows.push((String::new(), Tone::Plain));
    rows.push((title.to_owned(), Tone::Title));
    let longest = row.iter().map(|(column, _)| paint::cells(column)).max();
    // A long name of a column takes no more than half of the row.
    let indent = (longest.unwrap_or(0) + 4).min(width / 2).max(8);
    for (column, value) in row {
        let (value, tone) = match value {
            Some(value) => (format!("'{}'", scrub(value)), Tone::Plain),
            None => ("NULL".to_owned(), Tone::Dim),
        };
        let name = fit(&format!("  {}", scrub(column)), usize::from(indent) - 1);
        let blank = usize::from(indent) - width_of(&name);
        let lines = paint::wrap(&value, width.saturating_sub(indent));
        for (index, line) in lines.iter().enumerate() {
            let head = if index == 0 {
                format!("{name}{}", " ".repeat(blank))
            } else {
                " ".repeat(usize::from(indent))
            };
            rows.push((format!("{head}{line}"), tone));
        }
    }
}

fn verb(plan: &Plan) -> &'static str {
    if plan.attaches() { "watch" } else { "start" }
}

/// The question; a second sync beside one that runs wants a word typed.
pub fn question(plan: &Plan, now: Timestamp) -> Confirm {
    let then = Action::Confirmed(plan.id());
    let mut confirm = Confirm::new(&sentence(plan), verb(plan), then)
        .line(&plan.call(), Tone::Accent)
        .line(&plan.metadata.sentence(now), Tone::Plain);
    for one in &plan.kecamatan {
        confirm = confirm.line(&one.label(), Tone::Plain);
    }
    for note in &plan.notes {
        confirm = confirm.line(&format!("! {note}"), Tone::Warn);
    }
    if let Some(emptied) = &plan.emptied {
        let typed = emptied.typed();
        let label = format!("Type {typed} to continue: ");
        confirm = confirm
            .line(&format!("! {}", empties(emptied)), Tone::Bad)
            .typed_for(typed, &label);
    }
    if plan.metadata.is_running() && plan.when_running == WhenRunning::Force {
        let beside = if plan.portal.is_some() { LEFT } else { BESIDE };
        return confirm
            .line(beside, Tone::Bad)
            .typed_for("force", "Type force to continue: ");
    }
    confirm
}

/// How a run ended, as a page.
pub fn report(report: &Report, width: u16) -> Rows {
    let mut rows = Rows::new();
    let (words, tone) = end(report);
    wrapped(&mut rows, &words, tone, 0, width);
    if let Some(far) = how_far(report) {
        wrapped(&mut rows, &far, Tone::Plain, 0, width);
    }
    if let End::Failed(failure) | End::Interrupted(failure) = &report.end
        && let Some(hint) = &failure.hint
    {
        wrapped(&mut rows, hint, Tone::Plain, 0, width);
    }
    if report.is_done() {
        let (words, tone) = checked(report);
        wrapped(&mut rows, &words, tone, 0, width);
    } else if report.verified.is_some() {
        wrapped(&mut rows, &in_database(report), Tone::Plain, 0, width);
    }
    for remark in remarks(report) {
        wrapped(&mut rows, &format!("! {remark}"), Tone::Warn, 0, width);
    }
    for note in &report.notes {
        wrapped(&mut rows, &format!("! {note}"), Tone::Warn, 0, width);
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
    rows.push((String::new(), Tone::Plain));
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
    wrapped(&mut rows, next, Tone::Accent, 0, width);
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
    rows.push((String::new(), Tone::Plain));
    wrapped(rows, title, Tone::Title, 0, width);
    for one in named {
        wrapped(
            rows,
            &format!("✗ {}: {}", what(one), one.reason),
            Tone::Bad,
            0,
            width,
        );
    }
}
