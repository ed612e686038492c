//! What the screen, the command line and the journal of a run say alike about a push: its figures,
//! how rows differ, what was sent last, what the central API said of a row.
//!
//! Clauses without a full stop unless they are whole sentences. Text from outside is scrubbed.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::LastPush;
use super::model::{Changes, Marked, Named, Official, Plan, Report, Stats};
use crate::text::table::{Plain, first};
use crate::text::{age, count, excerpt, local_time, milliseconds, plural, scrub};

/// The note on an official that the operator left out.
pub const LEFT_OUT: &str = "left out";
/// The longest text of a cell, in characters.
const CELL: usize = 60;
/// Of a field that has no value.
pub const NULL: &str = "NULL";

/// What is new about an official; empty where nothing is.
pub fn change(plan: &Plan, id: i64) -> String {
    let Some(since) = &plan.since else {
        return String::new();
    };
    if since.new.iter().any(|one| one.id == id) {
        return "new".to_owned();
    }
    let changed = since.changed.iter().find(|one| one.id == id);
    changed.map_or_else(String::new, |one| {
        format!("changed: {}", scrub(&one.fields.join(", ")))
    })
}

/// `admin 1, camat 1, operator 2, staff 3`.
pub fn roles(plan: &Plan) -> String {
    let roles = plan.excluded_roles.iter();
    let roles: Vec<_> = roles
        .map(|(role, number)| format!("{} {}", excerpt(role, 40), count(*number)))
        .collect();
    roles.join(", ")
}

/// What changed since the last successful push.
pub fn since(since: Option<&Changes>, url: &str) -> String {
    let Some(since) = since else {
        return "no successful push is known here yet".to_owned();
    };
    let elsewhere = if since.url == url {
        String::new()
    } else {
        format!(" (to {})", scrub(&since.url))
    };
    let when = format!("since {}{elsewhere}", local_time(since.at));
    if since.is_empty() {
        return format!("nothing changed {when}");
    }
    let gone = if since.gone.is_empty() {
        String::new()
    } else {
        format!(" ({})", names(&since.gone))
    };
    format!(
        "{when}: {} new, {} changed, {} gone{gone}",
        count(since.new.len() as u64),
        count(since.changed.len() as u64),
        count(since.gone.len() as u64)
    )
}

fn names(named: &[Named]) -> String {
    let some = named.iter().take(5);
    let mut some: Vec<_> = some.map(|one| excerpt(&one.username, 50)).collect();
    if named.len() > some.len() {
        some.push("…".to_owned());
    }
    some.join(", ")
}

pub const HINT_PLAN_AGAIN: &str = "plan again, and look at the new preview";

/// The last push of the integration log: `2026-11-08 14:03 (2 h ago): 200, 6 officials`.
pub fn logged(last: &LastPush, now: Timestamp) -> String {
    let at = last.at.strftime("%Y-%m-%d %H:%M");
    // A zone that was not found out would make it one of the future.
    let then = last.when.filter(|then| *then <= now);
    let ago = then.map_or_else(String::new, |then| format!(" ({})", age(then, now)));
    let officials = last.count.map_or_else(String::new, |count| {
        format!(", {}", plural(count, "official"))
    });
    format!("{at}{ago}: {}{officials}", last.code)
}

/// `kasi_pem (id 6): username already taken`.
pub fn marked(row: &Marked) -> String {
    let reason = scrub(&row.reason);
    let name = excerpt(&row.username, 80);
    match row.id {
        Some(id) => format!("{name} (id {id}): {reason}"),
        None if name.is_empty() => reason,
        None => format!("{name}: {reason}"),
    }
}

/// `13 rows, 7 excluded by role, 6 to send, 0 refused`, and how many were left out.
pub fn figures(plan: &Plan) -> String {
    let mut text = format!(
        "{}, {} excluded by role, {} to send, {} refused",
        plural(plan.rows, "row"),
        count(plan.excluded),
        count(plan.send.len() as u64),
        count(plan.refused.len() as u64)
    );
    if !plan.left_out.is_empty() {
        let _ = write!(text, ", {} left out", count(plan.left_out.len() as u64));
    }
    text
}

/// `send 6 officials to https://…`
pub fn sends(plan: &Plan) -> String {
    let officials = plural(plan.send.len() as u64, "official");
    format!("send {officials} to {}", scrub(&plan.url))
}

/// `1 row is refused and not sent`; nothing where none is.
pub fn refused(plan: &Plan) -> Option<String> {
    match plan.refused.len() as u64 {
        0 => None,
        1 => Some("1 row is refused and not sent".to_owned()),
        number => Some(format!(
            "{} are refused and not sent",
            plural(number, "row")
        )),
    }
}

/// `4 inserted, 2 updated, 0 skipped, 0 conflicts, 0 errors`
pub fn stats(stats: &Stats) -> String {
    format!(
        "{} inserted, {} updated, {} skipped, {} conflicts, {} errors",
        count(stats.inserted),
        count(stats.updated),
        count(stats.skipped),
        count(stats.conflicts),
        count(stats.errors)
    )
}

/// The result in a sentence.
pub fn result(report: &Report) -> String {
    let mut text = match (report.code, report.sent) {
        (Some(code), 1..) => {
            let stats = report.stats.as_ref();
            let stats = stats.map_or_else(String::new, |known| format!("{}; ", self::stats(known)));
            format!(
                "Sent {} to {}: {code}, {} ({stats}{})",
                plural(report.sent, "official"),
                report.url,
                report.message,
                milliseconds(report.duration_ms)
            )
        }
        _ => report.message.clone(),
    };
    for note in &report.notes {
        text.push_str("; ");
        text.push_str(note);
    }
    text
}

/// A plan on a page of plain text: the candidates, refused ones first, then figures and what changed.
pub fn page(plan: &Plan) -> String {
    let mut text = String::new();
    if !(plan.refused.is_empty() && plan.send.is_empty() && plan.left_out.is_empty()) {
        text += &candidates(plan);
    }
    let _ = writeln!(text, "{}", figures(plan));
    if plan.excluded > 0 {
        let _ = writeln!(text, "excluded roles: {}", roles(plan));
    }
    for note in &plan.notes {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    let _ = writeln!(text, "to {}", scrub(&plan.url));
    let _ = writeln!(text, "{}", since(plan.since.as_ref(), &plan.url));
    let _ = writeln!(text, "plan {} from {}", plan.id, scrub(&plan.database));
    text
}

fn candidates(plan: &Plan) -> String {
    let header = ["send", "id", "username", "nama", "jabatan", "role", "note"];
    let mut table = Plain::new(&header).right(1..2);
    let or_null = |text: Option<&str>| text.map_or(NULL.to_owned(), |text| excerpt(text, CELL));
    for row in &plan.refused {
        table.row([
            "✗".to_owned(),
            row.id.map_or(NULL.to_owned(), |id| id.to_string()),
            or_null(row.username.as_deref()),
            or_null(row.nama.as_deref()),
            or_null(row.jabatan.as_deref()),
            or_null(row.role.as_deref()),
            row.reason.clone(),
        ]);
    }
    let sent = plan.send.iter().map(|one| ("✓", one, change(plan, one.id)));
    let left_out = plan.left_out.iter();
    let left_out = left_out.map(|one| ("○", one, LEFT_OUT.to_owned()));
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

/// What a report says besides its sentence: nothing, where the sentence says it all.
pub fn details(report: &Report) -> String {
    first("✗ ", report.rows.iter().map(marked))
}
