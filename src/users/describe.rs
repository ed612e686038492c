//! A plan, a report, a guard, a drift in sentences: what screen, command line and journal all say.
//!
//! Text from outside is scrubbed here. Clauses have no full stop unless they are whole sentences.

use std::fmt::Write as _;
use std::path::Path;

use jiff::SignedDuration;
use uuid::Uuid;

use super::migrate;
use super::plan::{Drift, LocationPlan, Plan};
use super::report::Report;
use crate::text::table::{Plain, first};
use crate::text::{count, duration, excerpt, plural, scrub, short_id};

/// `add 25 · reactivate 2 · deactivate 3 · remove 1`, for all of `locations` together.
pub fn changes<'a>(locations: impl IntoIterator<Item = &'a LocationPlan>) -> String {
    let mut sums = [0; 4];
    for location in locations {
        let rows = [
            &location.new,
            &location.reactivate,
            &location.deactivate,
            &location.remove,
        ];
        for (sum, rows) in sums.iter_mut().zip(rows) {
            *sum += rows.len() as u64;
        }
    }
    let verbs = ["add", "reactivate", "deactivate", "remove"].iter();
    let parts = verbs.zip(sums).filter(|(_, sum)| *sum > 0);
    let parts: Vec<_> = parts
        .map(|(verb, sum)| format!("{verb} {}", count(sum)))
        .collect();
    parts.join(" · ")
}

/// `Dev: add 25`.
pub fn changes_at(location: &LocationPlan) -> String {
    at(&location.name, &changes([location]))
}

/// What a question says about a location that stays as it is.
pub fn nothing_at(name: &str, why: &str) -> String {
    at(name, &format!("nothing ({})", scrub(why)))
}

/// `Dev: what`.
pub fn at(name: &str, what: &str) -> String {
    format!("{}: {what}", excerpt(name, 100))
}

/// `fetched 812 of 812 · 9 pages · 0.4 s`.
pub fn fetched(location: &LocationPlan) -> String {
    let fetched = &location.fetched;
    let took = i64::try_from(fetched.took_ms).unwrap_or(i64::MAX);
    let of = (fetched.total).map_or_else(String::new, |total| format!(" of {}", count(total)));
    let mut parts = vec![
        format!("fetched {}{of}", count(fetched.rows)),
        plural(fetched.pages, "page"),
        duration(SignedDuration::from_millis(took)),
    ];
    for (users, what) in [
        (location.ignored, "inactive there"),
        (location.gone, "gone before"),
    ] {
        parts.extend((users > 0).then(|| format!("{} {what}", count(users))));
    }
    parts.join(" · ")
}

/// How a row differs from what the plan saw.
pub fn drift(drift: &Drift) -> String {
    format!("was {}, is now {}", scrub(&drift.was), scrub(&drift.is))
}

/// The same with its e-mail.
pub fn drifted(row: &Drift) -> String {
    format!("{}: {}", excerpt(&row.email, 120), drift(row))
}

/// What a plan to undo `run` is called.
pub fn undo_of(run: Uuid) -> String {
    format!("Undo of run {}", short_id(run))
}

/// How an export ended.
pub fn exported(users: u64, path: &Path) -> String {
    format!("{} written to {}", plural(users, "user"), path.display())
}

/// A plan on a page of plain text: the rows that would change, then a table of the locations.
pub fn page(plan: &Plan) -> String {
    let mut text = String::new();
    if let Some(run) = plan.undoes {
        let _ = writeln!(text, "{}", undo_of(run));
    }
    for location in &plan.locations {
        let _ = writeln!(
            text,
            "{}: {}",
            scrub(&location.name),
            outset(plan, location)
        );
        rows(location, &mut text);
    }
    text += &table(plan);
    let _ = writeln!(text, "plan {} for {}", plan.id, scrub(&plan.database));
    text
}

fn table(plan: &Plan) -> String {
    let header = [
        "code", "new", "back", "off", "same", "conflict", "state", "location",
    ];
    let mut rows = Plain::new(&header).right(1..6);
    for location in &plan.locations {
        rows.row([
            location.code.as_str(),
            &location.new.len().to_string(),
            &location.reactivate.len().to_string(),
            &location.deactivations().to_string(),
            &location.unchanged.to_string(),
            &location.conflict.len().to_string(),
            state(location),
            &location.name,
        ]);
    }
    rows.text()
}

fn state(location: &LocationPlan) -> &'static str {
    match (&location.error, location.tripped(), location.changes()) {
        (Some(_), ..) => "error",
        (None, Some(_), _) => "guarded",
        (None, None, 0) => "same",
        (None, None, _) => "ready",
    }
}

fn rows(location: &LocationPlan, text: &mut String) {
    for guard in &location.guards {
        let mark = if guard.passed { "✓" } else { "✗" };
        let _ = writeln!(text, "  {mark} {}", scrub(&guard.detail));
    }
    for note in &location.notes {
        let _ = writeln!(text, "  ! {}", scrub(note));
    }
    let classes = [
        ("  + ", &location.new),
        ("  ↑ ", &location.reactivate),
        ("  - ", &location.deactivate),
        ("  x ", &location.remove),
        ("  = ", &location.protected),
    ];
    for (mark, rows) in classes {
        *text += &first(mark, rows.iter().map(|row| excerpt(&row.email, 120)));
    }
    *text += &first("  ! ", location.changed.iter().map(drifted));
    let conflicts = location.conflict.iter().map(|conflict| {
        let email = excerpt(&conflict.email, 120);
        format!("{email}: {}", scrub(&conflict.reason))
    });
    *text += &first("  ? ", conflicts);
}

/// Where the plan of a location begins: a server's list, or what a run did.
fn outset(plan: &Plan, location: &LocationPlan) -> String {
    match &location.error {
        Some(failure) => scrub(&failure.message),
        None if plan.undoes.is_some() => plural(location.changes() as u64, "row"),
        None => fetched(location),
    }
}

/// What a report says besides its sentence: nothing, where the sentence says it all.
pub fn details(report: &Report) -> String {
    let mut text = String::new();
    let several = report.locations.len() > 1;
    for location in &report.locations {
        if several {
            let mark = match location.error {
                None => "✓",
                Some(_) => "✗",
            };
            let name = scrub(&location.name);
            let _ = writeln!(text, "{mark} {name}: {}", scrub(&location.message));
        }
        text += &first("  ", location.drift.iter().map(drifted));
    }
    text
}

/// The statements and what they are for, the rows in their way.
pub fn migration_page(plan: &migrate::Plan) -> String {
    let mut text = String::new();
    for index in &plan.found {
        let columns = scrub(&index.columns.join(", "));
        let _ = writeln!(text, "unique index {} ({columns})", scrub(&index.name));
    }
    for change in &plan.changes {
        let _ = writeln!(
            text,
            "+ {};\n    {}",
            scrub(&change.sql),
            scrub(&change.why)
        );
    }
    for row in &plan.duplicates {
        let _ = writeln!(text, "✗ {}", migrate::duplicate(row));
    }
    for note in plan.notes.iter().chain(&plan.after) {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    let _ = writeln!(text, "plan {} for {}", plan.id, scrub(&plan.database));
    text
}

/// The statements that were run, where not all were.
pub fn migration_details(report: &migrate::Report) -> String {
    let done = match &report.error {
        Some(_) => report.done.as_slice(),
        None => &[],
    };
    let mut text = done.iter().fold(String::new(), |text, sql| {
        text + &format!("✓ {};\n", scrub(sql))
    });
    for note in &report.notes {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    text
}
