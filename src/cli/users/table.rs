//! A users plan as plain text: a table of locations, then the rows that would change.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};

use crate::cli::table::plain;
use crate::text::{count, duration, excerpt, plural, scrub};
use crate::users::{LocationPlan, Plan};

/// How many rows of a class are shown before `… and 790 more`.
const SHOWN: usize = 20;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for location in &plan.locations {
        describe(location, &mut text);
    }
    let _ = writeln!(text, "{}", figures(plan));
    let _ = writeln!(text, "plan {} for {}", plan.id, scrub(&plan.database));
    text
}

fn figures(plan: &Plan) -> Table {
    let header = [
        "code", "location", "new", "back", "off", "same", "conflict", "state",
    ];
    let mut table = plain(&header);
    for index in 2..7 {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for location in &plan.locations {
        table.add_row([
            scrub(&location.code),
            scrub(&location.name),
            location.new.len().to_string(),
            location.reactivate.len().to_string(),
            location.deactivate.len().to_string(),
            location.unchanged.to_string(),
            location.conflict.len().to_string(),
            state(location).to_owned(),
        ]);
    }
    table
}

fn state(location: &LocationPlan) -> &'static str {
    match (&location.error, location.tripped(), location.changes()) {
        (Some(_), ..) => "error",
        (None, Some(_), _) => "guarded",
        (None, None, 0) => "same",
        (None, None, _) => "ready",
    }
}

fn describe(location: &LocationPlan, text: &mut String) {
    if let Some(failure) = &location.error {
        let _ = writeln!(
            text,
            "{}: {}",
            scrub(&location.name),
            scrub(&failure.message)
        );
        return;
    }
    let took = i64::try_from(location.fetched.took_ms).unwrap_or(i64::MAX);
    let fetched = &location.fetched;
    let of = fetched
        .total
        .map(|total| format!(" of {}", count(total)))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "{}: fetched {}{of} on {} in {}",
        scrub(&location.name),
        count(fetched.rows),
        plural(fetched.pages, "page"),
        duration(jiff::SignedDuration::from_millis(took)),
    );
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
        ("=", &location.protected),
    ];
    for (mark, rows) in classes {
        let emails = rows.iter().map(|row| excerpt(&row.email, 120));
        list(mark, emails, rows.len(), text);
    }
    let conflicts = location.conflict.iter();
    let conflicts = conflicts.map(|conflict| {
        format!(
            "{}: {}",
            excerpt(&conflict.email, 120),
            scrub(&conflict.reason)
        )
    });
    list("?", conflicts, location.conflict.len(), text);
}

fn list(mark: &str, lines: impl Iterator<Item = String>, all: usize, text: &mut String) {
    for line in lines.take(SHOWN) {
        let _ = writeln!(text, "  {mark} {line}");
    }
    if all > SHOWN {
        let _ = writeln!(text, "  {mark} … and {} more", count((all - SHOWN) as u64));
    }
}
