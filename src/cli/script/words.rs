//! Texts of `selaras script` for people; those of the engine are the engine's.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::context::script::Waiting;
use crate::error::Error;
use crate::run::Run;
use crate::script::describe;
use crate::script::lock::LockFile;
use crate::text::scrub;

pub const NOTHING_RUNS: &str = "nothing runs";
pub const NO_LOG: &str = "no log file is configured";

pub fn busy(run: &Run) -> Error {
    if run.orphan.is_some() {
        return run.busy().hint("`selaras script stop` ends it");
    }
    let short = run.id().short();
    run.busy().hint(format!(
        "`selaras runs follow {short}` shows it, `selaras script stop` stops it"
    ))
}

pub fn remove(lock: &LockFile) -> String {
    let found = describe::lock(lock, Clock::System.now());
    format!("Remove {}?\n  {found}", lock.path.display())
}

pub fn stop_there(server: &str) -> String {
    format!("Stop what somebody else runs at {}?", scrub(server))
}

pub fn cannot_stop(why: &str) -> Error {
    Error::usage(format!("the script {}", describe::no_stop(why)))
        .hint("`selaras runs stop` only ends the following")
}

/// What runs at a service without a run of ours, and whether its lock is probably stale.
pub fn elsewhere(what: &str, stale_since: Option<Timestamp>) -> String {
    match stale_since {
        Some(at) => format!("{what}; {}", describe::probably_stale(at)),
        None => what.to_owned(),
    }
}

/// `the script ended with 0 after 6 s; 2 processes still run: …`, and when that takes too long.
pub fn waits(waiting: &Waiting, now: Timestamp) -> String {
    let mut text = waiting.sentence();
    if let Some(minutes) = waiting.overdue_minutes(now) {
        let _ = write!(
            text,
            "; look at it: this takes {minutes} min already, and `selaras script stop` ends them"
        );
    }
    text
}
