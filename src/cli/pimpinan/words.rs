//! Texts of `selaras push` for people.

use std::path::Path;

use crate::clock::Clock;
use crate::error::Result;
use crate::pimpinan::{LastPush, Plan, say};
use crate::run::Run;
use crate::text::{count, local_time, plural, scrub};

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

/// `last push 2026-11-08 14:03 (2 h ago): 200, 6 officials`.
pub fn last_push(last: &Result<Option<LastPush>>) -> String {
    match last {
        Ok(Some(last)) => format!("last push {}", say::logged(last, Clock::System.now())),
        Ok(None) => "no push in the integration log yet".to_owned(),
        Err(error) => format!("the integration log cannot be read: {}", error.chain()),
    }
}
