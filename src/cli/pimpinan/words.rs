//! Texts of `selaras push` for people.

use std::path::Path;

use crate::clock::Clock;
use crate::error::Result;
use crate::pimpinan::{LastPush, Plan, describe};
use crate::run::Run;
use crate::text::{local_time, scrub};

pub const HINT_PLAN_FILE: &str = "a plan is what `selaras push plan --json` prints";

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
    let refused = describe::refused(plan);
    let refused = refused.map_or_else(String::new, |text| format!("\n  {text}"));
    let sends = describe::sends(plan).replacen("send", "Send", 1);
    format!("{sends}?{refused}")
}

/// `last push 2026-11-08 14:03 (2 h ago): 200, 6 officials`.
pub fn last_push(last: &Result<Option<LastPush>>) -> String {
    match last {
        Ok(Some(last)) => format!("last push {}", describe::logged(last, Clock::System.now())),
        Ok(None) => "no push in the integration log yet".to_owned(),
        Err(error) => format!("the integration log cannot be read: {}", error.chain()),
    }
}
