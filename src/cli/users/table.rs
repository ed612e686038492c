//! A users plan as plain text: the rows that would change, then a table of the locations.

use std::fmt::Write as _;

use crate::cli::table::Plain;
use crate::text::{count, excerpt, plural, scrub};
use crate::users::{LocationPlan, Plan, describe};

/// How many rows of a class are shown before `… and 790 more`.
const SHOWN: usize = 20;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    if let Some(run) = plan.undoes {
        let _ = writeln!(text, "{}", describe::undo_of(run));
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
    text += &figures(plan);
    let _ = writeln!(text, "plan {} for {}", plan.id, scrub(&plan.database));
    text
}

fn figures(plan: &Plan) -> String {
    let header = [
        "code", "new", "back", "off", "same", "conflict", "state", "location",
    ];
    let mut table = Plain::new(&header).right(1..6);
    for location in &plan.locations {
        table.row([
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
    table.text()
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
        ("+", &location.new),
        ("↑", &location.reactivate),
        ("-", &location.deactivate),
        ("x", &location.remove),
        ("=", &location.protected),
    ];
    for (mark, rows) in classes {
        let emails = rows.iter().map(|row| excerpt(&row.email, 120));
        list(mark, emails, rows.len(), text);
    }
    let changed = location.changed.iter().map(describe::drifted);
    list("!", changed, location.changed.len(), text);
    let conflicts = location.conflict.iter().map(|conflict| {
        let email = excerpt(&conflict.email, 120);
        format!("{email}: {}", scrub(&conflict.reason))
    });
    list("?", conflicts, location.conflict.len(), text);
}

/// Where the plan of a location begins: a server's list, or what a run did.
fn outset(plan: &Plan, location: &LocationPlan) -> String {
    match &location.error {
        Some(failure) => scrub(&failure.message),
        None if plan.undoes.is_some() => plural(location.changes() as u64, "row"),
        None => describe::fetched(location),
    }
}

fn list(mark: &str, lines: impl Iterator<Item = String>, all: usize, text: &mut String) {
    for line in lines.take(SHOWN) {
        let _ = writeln!(text, "  {mark} {line}");
    }
    if all > SHOWN {
        let _ = writeln!(text, "  {mark} … and {} more", count((all - SHOWN) as u64));
    }
}
