//! A push plan as plain text: the candidates, refused ones first, then figures and what changed.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use jiff::Timestamp;

use super::words;
use crate::cli::table::plain;
use crate::error::Result;
use crate::pimpinan::{LastPush, Official, Plan};
use crate::text::{excerpt, scrub};

/// The longest text of a cell, in characters.
const CELL: usize = 60;

/// The whole plan.
pub fn plan(plan: &Plan, last: &Result<Option<LastPush>>) -> String {
    let mut text = String::new();
    if !(plan.refused.is_empty() && plan.send.is_empty() && plan.left_out.is_empty()) {
        let _ = writeln!(text, "{}", candidates(plan));
    }
    let _ = match plan.excluded {
        0 => writeln!(text, "{}", plan.figures()),
        _ => writeln!(text, "{} ({})", plan.figures(), words::roles(plan)),
    };
    let _ = writeln!(text, "to {}", scrub(&plan.url));
    let last = match last {
        Ok(last) => words::last_push(last.as_ref(), Timestamp::now()),
        Err(error) => words::no_log(&error.chain()),
    };
    let _ = writeln!(text, "{last}");
    let _ = writeln!(text, "{}", words::since(plan.since.as_ref(), &plan.url));
    let _ = writeln!(text, "plan {} from {}", plan.id, scrub(&plan.database));
    text
}

fn candidates(plan: &Plan) -> Table {
    let mut table = plain(&["", "id", "username", "nama", "jabatan", "role", "note"]);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let or_null =
        |text: Option<&str>| text.map_or(words::NULL.to_owned(), |text| excerpt(text, CELL));
    for row in &plan.refused {
        table.add_row([
            "✗".to_owned(),
            row.id.map_or(words::NULL.to_owned(), |id| id.to_string()),
            or_null(row.username.as_deref()),
            or_null(row.nama.as_deref()),
            or_null(row.jabatan.as_deref()),
            or_null(row.role.as_deref()),
            scrub(&row.reason),
        ]);
    }
    let sent = plan.send.iter().map(|one| ("✓", one, change(plan, one.id)));
    let left_out = plan.left_out.iter();
    let left_out = left_out.map(|one| ("·", one, words::LEFT_OUT.to_owned()));
    for (mark, one, note) in sent.chain(left_out) {
        let Official {
            id,
            username,
            nama,
            jabatan,
            role,
        } = one;
        table.add_row([
            mark.to_owned(),
            id.to_string(),
            excerpt(username, CELL),
            excerpt(nama, CELL),
            or_null(jabatan.as_deref()),
            excerpt(role, CELL),
            note,
        ]);
    }
    table
}

/// What is new about an official.
fn change(plan: &Plan, id: i64) -> String {
    let Some(since) = &plan.since else {
        return String::new();
    };
    if since.new.iter().any(|one| one.id == id) {
        return words::NEW.to_owned();
    }
    let changed = since.changed.iter().find(|one| one.id == id);
    changed.map_or_else(String::new, |one| words::changed(&one.fields))
}
