//! A push plan as plain text: the candidates, refused ones first, then figures and what changed.

use std::fmt::Write as _;

use crate::cli::table::Plain;
use crate::pimpinan::{Official, Plan, describe};
use crate::text::{excerpt, scrub};

/// The longest text of a cell, in characters.
const CELL: usize = 60;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    if !(plan.refused.is_empty() && plan.send.is_empty() && plan.left_out.is_empty()) {
        text += &candidates(plan);
    }
    let _ = writeln!(text, "{}", describe::figures(plan));
    if plan.excluded > 0 {
        let _ = writeln!(text, "excluded roles: {}", describe::roles(plan));
    }
    for note in &plan.notes {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    let _ = writeln!(text, "to {}", scrub(&plan.url));
    let _ = writeln!(text, "{}", describe::since(plan.since.as_ref(), &plan.url));
    let _ = writeln!(text, "plan {} from {}", plan.id, scrub(&plan.database));
    text
}

fn candidates(plan: &Plan) -> String {
    let header = ["send", "id", "username", "nama", "jabatan", "role", "note"];
    let mut table = Plain::new(&header).right(1..2);
    let or_null =
        |text: Option<&str>| text.map_or(describe::NULL.to_owned(), |text| excerpt(text, CELL));
    for row in &plan.refused {
        table.row([
            "✗".to_owned(),
            row.id
                .map_or(describe::NULL.to_owned(), |id| id.to_string()),
            or_null(row.username.as_deref()),
            or_null(row.nama.as_deref()),
            or_null(row.jabatan.as_deref()),
            or_null(row.role.as_deref()),
            row.reason.clone(),
        ]);
    }
    let sent = plan
        .send
        .iter()
        .map(|one| ("✓", one, describe::change(plan, one.id)));
    let left_out = plan.left_out.iter();
    let left_out = left_out.map(|one| ("○", one, describe::LEFT_OUT.to_owned()));
    for (mark, one, note) in sent.chain(left_out) {
        let Official {
            id,
            username,
            nama,
            jabatan,
            role,
        } = one;
        table.row([
            mark.to_owned(),
            id.to_string(),
            excerpt(username, CELL),
            excerpt(nama, CELL),
            or_null(jabatan.as_deref()),
            excerpt(role, CELL),
            note,
        ]);
    }
    table.text()
}
