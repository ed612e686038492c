//! Texts of the tab of the push.

use uuid::Uuid;

use crate::pimpinan::{Plan, say};
use crate::text::{count, excerpt, plural, scrub};

pub const CANDIDATES: &str = "Officials";
pub const PUSH: &str = "push";
pub const NO_ROWS: &str = "No row of Docku has a role that is sent";
pub const NO_LOG: &str = "none in the integration log yet";
pub const DEMO: &str = "Simulated world, nothing real is touched. Try: v shows the exact payload, \
                        Space leaves one out, s asks before it pushes.";

pub fn plan(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("plan {}", &digits[digits.len() - 6..])
}

/// `6 of 13 rows`
pub fn remark(shown: usize, plan: &Plan) -> String {
    let shown = u64::try_from(shown).unwrap_or(u64::MAX);
    format!("{} of {}", count(shown), plural(plan.rows, "row"))
}

pub fn ready(plan: &Plan) -> String {
    format!("{} ready; nothing is sent yet", officials(plan.send.len()))
}

pub fn unchanged(plan: &Plan) -> String {
    let since = say::since(plan.since.as_ref(), &plan.url);
    format!("✓ {since}; a push does no harm")
}

pub fn ask_title(plan: &Plan) -> String {
    format!("Push to {}", excerpt(&plan.host, 40))
}

pub fn ask(plan: &Plan) -> String {
    format!(
        "send {}  to {}",
        officials(plan.send.len()),
        scrub(&plan.url)
    )
}

pub fn ask_refused(number: usize) -> String {
    match number {
        1 => "✗ 1 row is refused and not sent".to_owned(),
        several => format!("✗ {} are refused and not sent", rows(several)),
    }
}

pub fn ask_left_out(number: usize) -> String {
    match number {
        1 => "○ 1 official is left out".to_owned(),
        several => format!("○ {} are left out", officials(several)),
    }
}

pub fn type_production(host: &str) -> String {
    format!("Production! Type {} to go on: ", excerpt(host, 40))
}

pub fn is_refused(reason: &str) -> String {
    format!("this row cannot be sent: {}", scrub(reason))
}

pub fn log_unreadable(why: &str) -> String {
    format!("the integration log cannot be read: {}", scrub(why))
}

/// `612 bytes · 6 officials`
pub fn payload_size(bytes: usize, plan: &Plan) -> String {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let officials = officials(plan.send.len());
    format!("{} · {officials}", plural(bytes, "byte"))
}

pub fn taken_in(sent: u64) -> String {
    match sent {
        0 => "Nothing was sent".to_owned(),
        sent => format!("✓ the central API took in {}", plural(sent, "official")),
    }
}

pub fn code(code: Option<u16>) -> String {
    match code {
        None => "nothing was sent".to_owned(),
        Some(0) => "0 (no answer)".to_owned(),
        Some(code) => code.to_string(),
    }
}

fn officials(number: usize) -> String {
    plural(u64::try_from(number).unwrap_or(u64::MAX), "official")
}

fn rows(number: usize) -> String {
    plural(u64::try_from(number).unwrap_or(u64::MAX), "row")
}
