//! Texts of `selaras push` for people.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Result;
use crate::pimpinan::{Changes, LastPush, Marked, Named, Plan};
use crate::run::Run;
use crate::text::{age, count, excerpt, local_time, plural, scrub};

pub const HINT_PLAN_FILE: &str = "a plan is what `selaras push plan --json` prints";
pub const HINT_PLAN_AGAIN: &str = "plan again, and look at the new preview";

pub fn no_plan(path: &Path) -> String {
    format!("{} is no push plan", path.display())
}

pub fn pushed_before(run: &Run) -> String {
    let at = run
        .ended()
        .map_or_else(String::new, |at| format!(" at {}", local_time(at)));
    format!(
        "this plan was already pushed by {}{at} (run {}); nothing was sent",
        scrub(&run.manifest.operator.to_string()),
        run.id().short()
    )
}

pub fn question(plan: &Plan) -> String {
    let refused = match plan.refused.len() as u64 {
        0 => String::new(),
        1 => "\n  1 row is refused and not sent".to_owned(),
        number => format!("\n  {} rows are refused and not sent", count(number)),
    };
    let number = plural(plan.send.len() as u64, "official");
    format!("Send {number} to {}?{refused}", scrub(&plan.url))
}

pub const NEW: &str = "new";
pub const LEFT_OUT: &str = "left out";
pub const NULL: &str = "NULL";

pub fn changed(fields: &[String]) -> String {
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

/// `last push 2026-11-08 14:03 (2 h ago): 200, 6 officials`.
pub fn last_push(last: &Result<Option<LastPush>>) -> String {
    let last = match last {
        Ok(Some(last)) => last,
        Ok(None) => return "no push in the integration log yet".to_owned(),
        Err(error) => return format!("the integration log cannot be read: {}", error.chain()),
    };
    let at = last.at.strftime("%Y-%m-%d %H:%M");
    let then = last.at.to_zoned(TimeZone::system());
    let ago = then.map_or_else(
        |_| String::new(),
        |then| format!(" ({})", age(then.timestamp(), Timestamp::now())),
    );
    let officials = last.count.map_or_else(String::new, |count| {
        format!(", {}", plural(count, "official"))
    });
    format!("last push {at}{ago}: {}{officials}", last.code)
}

/// `kasi_pem (id 6): username already taken`.
pub fn marked(row: &Marked) -> String {
    let name = excerpt(&row.username, 80);
    match row.id {
        Some(id) => format!("{name} (id {id}): {}", scrub(&row.reason)),
        None => format!("{name}: {}", scrub(&row.reason)),
    }
}
