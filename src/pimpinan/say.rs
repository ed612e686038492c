//! What every face says of a push, in the same words: how rows differ, what was last sent.

use jiff::Timestamp;

use super::LastPush;
use super::model::{Changes, Marked, Named, Plan};
use crate::text::{age, count, excerpt, local_time, plural, scrub};

/// Of an official whom the last push did not send.
pub const NEW: &str = "new";
/// Of an official whom the operator left out.
pub const LEFT_OUT: &str = "left out";
/// Of a field that has no value.
pub const NULL: &str = "NULL";

/// What is new about an official; empty where nothing is.
pub fn change(plan: &Plan, id: i64) -> String {
    let Some(since) = &plan.since else {
        return String::new();
    };
    if since.new.iter().any(|one| one.id == id) {
        return NEW.to_owned();
    }
    let changed = since.changed.iter().find(|one| one.id == id);
    changed.map_or_else(String::new, |one| changed_fields(&one.fields))
}

fn changed_fields(fields: &[String]) -> String {
    format!("changed: {}", scrub(&fields.join(", ")))
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

/// `2026-11-08 14:03 (2 h ago): 200, 6 officials`, of a push that the integration log knows.
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
    let name = excerpt(&row.username, 80);
    match row.id {
        Some(id) => format!("{name} (id {id}): {}", scrub(&row.reason)),
        None => format!("{name}: {}", scrub(&row.reason)),
    }
}
