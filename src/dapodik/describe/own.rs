//! What a plan or a report of our own work says: where from, where to, what was written, what is
//! missing and what to do about it.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::{NAMED, labels, listed, scope};
use crate::dapodik::model::{End, Plan, PortalPlan, Report, Scope, WhenRunning, WorkReport};
use crate::dapodik::tables::{Gone, Look, View, Written};
use crate::error::{Error, Failure};
use crate::text::{age, capital, count, duration, excerpt, plural, scrub, short_id};

/// What the first line of a sample begins with; its other lines are set in.
pub const SAMPLE: &str = "as it would be written: ";
/// What the remark begins with that tells what disappeared.
pub const GONE: &str = "no longer at the portal";
pub(super) const HINT_RESUME: &str =
    "`selaras dapodik global --resume RUN` goes on with what is not done";
/// How many remarks on values are told.
const REMARKS: usize = 10;

/// What is shown before anything is started.
pub(super) fn preview(
    plan: &Plan,
    shown: &PortalPlan,
    last: Option<Duration>,
    now: Timestamp,
) -> Vec<String> {
    let look = &shown.look;
    let mut lines = vec![scope(&plan.scope, &plan.kecamatan), way(plan, shown)];
    lines.extend(holdings(look, now));
    lines.extend(asked(plan, shown, last));
    if plan.scope == Scope::Global {
        lines.push(plan.metadata.sentence(now));
    }
    lines.extend(shown.repairs.map(|run| {
        let run = short_id(run);
        format!("! RUNNING was left by run {run}, which is over: it is repaired")
    }));
    lines.extend(shown.resume.as_ref().map(|resume| {
        format!(
            "continues run {}: the PTK of {} are stored already",
            short_id(resume.run),
            plural(resume.done.len() as u64, "school")
        )
    }));
    if !shown.new_regions.is_empty() {
        let names: Vec<String> = (shown.new_regions.iter())
            .map(|one| format!("{} {}", scrub(&one.kode_kecamatan), scrub(&one.kecamatan)))
            .collect();
        let new = count(names.len() as u64);
        lines.push(format!(
            "{new} kecamatan are new and inserted into ref_wilayah: {}",
            listed(&names)
        ));
    }
    if let Some(person) = &shown.person {
        let columns = person
            .row
            .iter()
            .flatten()
            .filter(|cell| !cell.trim().is_empty());
        let columns = plural(columns.count() as u64, "value");
        lines.push(format!(
            "«{}» with {columns}, as the portal has it now",
            scrub(&person.name)
        ));
    }
    lines.extend(refreshes(look));
    lines.extend(districts(plan, shown, now));
    lines.extend(sample(shown));
    if plan.metadata.is_running() && plan.when_running == WhenRunning::Force {
        lines.push(
            "! a second sync beside the one that may be running: both write the same rows".into(),
        );
    }
    let notes = plan.notes.iter();
    lines.extend(notes.map(|note| format!("! {}", excerpt(note, 400))));
    for problem in &look.problems {
        lines.push(format!("! {}", excerpt(&problem.message, 400)));
    }
    lines
}

/// `from https://portal.example/api into postgres://db01/ealumni`.
pub(super) fn way(plan: &Plan, shown: &PortalPlan) -> String {
    format!("from {} into {}", plan.server, shown.look.database)
}

fn holdings(look: &Look, now: Timestamp) -> Vec<String> {
    if look.will_be_made {
        return vec!["it is created: a file of our own, with its tables".to_owned()];
    }
    let totals = look.totals;
    let newest = look.districts.iter().filter_map(|one| one.newest).max();
    let newest = newest.and_then(|second| Timestamp::from_second(second).ok());
    let newest = newest.map_or_else(String::new, |at| format!(", last written {}", age(at, now)));
    let schools = plural(totals.sekolah, "school");
    vec![format!(
        "it has {} kecamatan, {schools} and {} PTK{newest}",
        count(totals.wilayah),
        count(totals.ptk)
    )]
}

fn asked(plan: &Plan, shown: &PortalPlan, last: Option<Duration>) -> Vec<String> {
    let at_once = shown.at_once;
    let requests = match shown.requests {
        Some(1) => "the portal was asked already".to_owned(),
        Some(requests) => format!("about {} requests, {at_once} at once", count(requests)),
        None => format!(
            "schools of {} kecamatan, then the PTK of each; {at_once} requests at once",
            shown.districts.len()
        ),
    };
    let last = last.filter(|_| !matches!(plan.scope, Scope::Ptk { .. }));
    let last = last.map_or_else(String::new, |last| {
        format!("; last time it took {}", duration(last))
    });
    vec![requests + &last]
}

/// What becomes of the view afterwards; `None` where a remark of the look says why not, or at what
/// price.
fn refreshes(look: &Look) -> Option<String> {
    let what = match &look.view {
        View::Absent if look.will_be_made => "is built afterwards",
        View::Table if look.embedded => "is rebuilt afterwards",
        View::Materialized {
            ours: true,
            populated: true,
            unique_index: true,
            ..
        } => "is refreshed afterwards, readers do not wait",
        View::Absent | View::Table | View::Plain | View::Materialized { .. } => return None,
    };
    Some(format!("{} {what}", crate::dapodik::tables::VIEW))
}

/// What the database has of each kecamatan that is synced.
fn districts(plan: &Plan, shown: &PortalPlan, now: Timestamp) -> Vec<String> {
    if plan.scope == Scope::AllPtk {
        return Vec::new();
    }
    let rows = shown.districts.iter().map(|kecamatan| {
        let found = shown.look.districts.iter();
        let code = kecamatan.code.as_str();
        let found = found.clone().find(|one| one.kode_kecamatan.trim() == code);
        let has = match found {
            Some(one) if one.sekolah > 0 => {
                let at = one
                    .newest
                    .and_then(|second| Timestamp::from_second(second).ok());
                let at = at.map_or_else(String::new, |at| format!(", {}", age(at, now)));
                let schools = plural(one.sekolah, "school");
                format!("{schools}, {} PTK{at}", count(one.ptk))
            }
            _ => "nothing yet".to_owned(),
        };
        format!("  {}: {has}", kecamatan.label())
    });
    rows.collect()
}

fn sample(shown: &PortalPlan) -> Vec<String> {
    let Some(sample) = &shown.sample else {
        return Vec::new();
    };
    let mut lines = vec![format!("{SAMPLE}{}", scrub(&sample.school))];
    let cells = |row: &[(String, Option<String>)]| {
        let cells = row.iter().map(|(column, value)| {
            let value = value.as_deref().map_or_else(
                || "NULL".to_owned(),
                |value| format!("'{}'", excerpt(value, 60)),
            );
            format!("    {column} {value}")
        });
        cells.collect::<Vec<_>>()
    };
    lines.push("  satuan_pendidikan".to_owned());
    lines.extend(cells(&sample.row));
    for (index, row) in sample.staff.iter().enumerate() {
        lines.push(format!(
            "  data_ptk, {} of {}",
            index + 1,
            count(sample.count)
        ));
        lines.extend(cells(row));
    }
    lines
}

pub(super) fn question(plan: &Plan, shown: &PortalPlan) -> String {
    let what = match plan.kecamatan.len() {
        several @ 2.. => format!("sync of {several} kecamatan"),
        _ => scope(&plan.scope, &plan.kecamatan),
    };
    let verb = if shown.resume.is_some() {
        "Continue"
    } else {
        "Start"
    };
    format!("{verb} the {what} into {}?", shown.look.database)
}

/// Why it may not be carried out.
pub(super) fn obstacle(plan: &Plan, shown: &PortalPlan) -> Option<Failure> {
    if let Some(problem) = shown.look.problems.first() {
        return Some(problem.clone());
    }
    if let Some(holder) = &shown.look.holder {
        let why = format!("another selaras writes to this database: {}", scrub(holder));
        return Some(Error::busy(why).hint("plan again when it has ended").into());
    }
    let minds = !matches!(plan.scope, Scope::Ptk { .. }) && shown.repairs.is_none();
    let refused = plan.when_running != WhenRunning::Force;
    (minds && refused && plan.metadata.is_running()).then(|| running(shown).into())
}

/// RUNNING that no run of this machine has written.
pub(super) fn running(shown: &PortalPlan) -> Error {
    Error::busy(format!(
        "LAST_GLOBAL_SYNC in {} says RUNNING, and no run of this machine wrote it",
        shown.look.database
    ))
    .hint(
        "the original backend, or another machine, may be syncing: --force-running (F on the \
         screen) starts all the same; RUNNING may also be left from a crash",
    )
}

/// `Global sync done in 02:10, 17 kecamatan: 765 schools (3 added, …), 9,180 PTK (…).`
pub(super) fn result(report: &Report, work: &WorkReport) -> String {
    let mut text = match &report.end {
        End::Failed(failure) | End::Interrupted(failure) => capital(&failure.message),
        End::Stopped(what) => capital(what),
        End::Done | End::DoneByMetadata | End::Started => {
            let took = Duration::from_millis(report.duration_ms);
            format!("{} done in {}", capital(&report.scope), duration(took))
        }
    };
    let figures = figures(work);
    let kecamatan =
        (report.kecamatan.done > 0).then(|| format!("{} kecamatan", count(report.kecamatan.done)));
    if report.is_done() {
        text += &kecamatan.map_or_else(String::new, |kecamatan| format!(", {kecamatan}"));
        if !figures.is_empty() {
            let _ = write!(text, ": {figures}");
        }
    } else if !figures.is_empty() {
        let parts = [kecamatan, Some(figures)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let _ = write!(text, ". Stored until then: {}", parts.join(", "));
    }
    text.push('.');
    if report.verified == Some(false) {
        let _ = write!(text, " {}.", capital(&missing(report)));
    }
    for remark in remarks(report, work) {
        let _ = write!(text, " {}.", capital(&remark));
    }
    for note in &report.notes {
        let _ = write!(text, " {}.", capital(note));
    }
    text
}

/// `765 schools (3 added, 2 changed, 760 the same), 9,180 PTK (…)`.
fn figures(work: &WorkReport) -> String {
    let of = |what: String, written: &Written| {
        let number = |figure: i64| count(u64::try_from(figure).unwrap_or(0));
        format!(
            "{what} ({} added, {} changed, {} the same)",
            number(written.added),
            number(written.changed),
            number(written.same)
        )
    };
    let all = |written: &Written| {
        u64::try_from(written.added + written.changed + written.same).unwrap_or(0)
    };
    let mut parts = Vec::new();
    if all(&work.schools) > 0 {
        parts.push(of(plural(all(&work.schools), "school"), &work.schools));
    }
    if all(&work.staff) > 0 {
        parts.push(of(format!("{} PTK", count(all(&work.staff))), &work.staff));
    }
    parts.join(", ")
}

/// `1 kecamatan failed: …; 2 schools failed: …`.
pub(super) fn missing(report: &Report) -> String {
    let mut parts = Vec::new();
    let failed = &report.kecamatan.failed;
    if !failed.is_empty() {
        let (many, which) = (failed.len() as u64, labels(failed));
        parts.push(format!("{} kecamatan failed: {which}", count(many)));
    }
    if !report.skipped.is_empty() {
        let many = plural(report.skipped.len() as u64, "school");
        parts.push(format!("{many} failed: {}", labels(&report.skipped)));
    }
    parts.join("; ")
}

/// What is worth knowing of what was done, and is no failure.
pub(super) fn remarks(report: &Report, work: &WorkReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(run) = work.resumed {
        let schools = plural(work.done_before, "school");
        remarks.push(format!(
            "it continued run {}, which had stored the PTK of {schools}",
            short_id(run)
        ));
    }
    if let Some((tried, saved)) = work.second_round {
        remarks.push(format!(
            "{} of {} that failed at first were stored in a second round",
            count(saved),
            count(tried)
        ));
    }
    if let Some(outage) = &work.outage {
        remarks.push(format!("the portal was given up: {outage}"));
    }
    remarks.extend(report.refresh.clone());
    let staff = &work.staff;
    if staff.also_at > 0 {
        let verbs = match staff.also_at {
            1 => ("is", "belongs"),
            _ => ("are", "belong"),
        };
        remarks.push(format!(
            "{} PTK {} listed at two schools, and {} to the one with the lower NPSN",
            count(staff.also_at),
            verbs.0,
            verbs.1
        ));
    }
    let both = |of: fn(&Written) -> u64| of(&work.schools) + of(&work.staff);
    let figures = [
        (both(|one| one.skipped), "row", "not written"),
        (both(|one| one.doubles), "row", "named twice in one list"),
        (
            both(|one| one.shortened),
            "value",
            "cut to the column's length",
        ),
        (
            both(|one| one.nulled),
            "value",
            "no date, number or uuid: NULL",
        ),
        (
            both(|one| one.unknown_districts),
            "school",
            "in a kecamatan that ref_wilayah lacks",
        ),
        (
            both(|one| one.removed_characters),
            "NUL character",
            "removed",
        ),
    ];
    for (figure, noun, what) in figures {
        if figure > 0 {
            remarks.push(format!("{}: {what}", plural(figure, noun)));
        }
    }
    if !report.without_ptk.is_empty() {
        remarks.push(format!("without PTK: {}", labels(&report.without_ptk)));
    }
    remarks.extend(work.gone.as_ref().and_then(gone));
    remarks
}

/// `no longer at the portal: 1 school and 3 PTK; they stay: …`.
fn gone(gone: &Gone) -> Option<String> {
    let mut parts = Vec::new();
    if gone.sekolah > 0 {
        parts.push(plural(gone.sekolah, "school"));
    }
    if gone.ptk > 0 {
        parts.push(format!("{} PTK", count(gone.ptk)));
    }
    if parts.is_empty() {
        return None;
    }
    let names: Vec<String> = (gone.named.iter().take(NAMED))
        .map(|one| format!("{} {}", one.key, excerpt(&one.label, 60)))
        .collect();
    let more = (gone.sekolah + gone.ptk).saturating_sub(names.len() as u64);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Some(format!(
        "{GONE}, and left as they are: {} ({}{more})",
        parts.join(" and "),
        names.join(", ")
    ))
}

/// Whether it is the report of a global sync, which can be continued.
pub(super) fn is_global(report: &Report) -> bool {
    report.scope == scope(&Scope::Global, &[])
}

/// Which failed, why, and what to do.
pub(super) fn failure(report: &Report) -> Error {
    let codes = report.incomplete();
    let hint = match codes.len() {
        0 => "the rest is stored".to_owned(),
        1..=super::MOST_CODES => format!(
            "the rest is stored; sync these kecamatan again: `selaras dapodik kecamatan {}`",
            codes.join(" ")
        ),
        _ if is_global(report) => format!("the rest is stored; {HINT_RESUME}"),
        many => format!(
            "the rest is stored; {many} kecamatan are incomplete, such as {}: sync them again",
            codes[..NAMED].join(" ")
        ),
    };
    Error::new(crate::error::Kind::Partial, missing(report)).hint(hint)
}

/// Values that were not written as they came, row by row.
pub(super) fn details(work: &WorkReport) -> String {
    let rows = work
        .schools
        .skipped_rows
        .iter()
        .chain(&work.staff.skipped_rows);
    let skipped = rows.map(|row| {
        let label = scrub(&row.label);
        let named = format!("{} {label}", scrub(&row.key));
        format!("{}: not written, {}", named.trim(), scrub(&row.reason))
    });
    let remarks = work.schools.remarks.iter().chain(&work.staff.remarks);
    let remarks = remarks.take(REMARKS).map(|one| {
        format!(
            "{} {}: {}",
            scrub(&one.key),
            scrub(&one.column),
            scrub(&one.reason)
        )
    });
    let lines: Vec<String> = skipped.chain(remarks).collect();
    crate::text::table::first("! ", lines.into_iter())
}
