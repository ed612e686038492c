//! Texts of `selaras script` for people; those of the engine are the engine's.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::context::script::Waiting;
use crate::error::Error;
use crate::run::Run;
use crate::script::lock::{LockFile, State};
use crate::script::probably_stale;
use crate::text::{age, scrub};

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

pub fn run_here(path: &Path) -> String {
    format!("Run {} on this machine?", path.display())
}

pub fn run_there(url: &str) -> String {
    format!("Run the script at {}?", scrub(url))
}

pub fn follow_there(url: &str) -> String {
    format!("Follow what runs at {}?", scrub(url))
}

pub fn remove(lock: &LockFile) -> String {
    format!("Remove {}?\n  {}", lock.path.display(), self::lock(lock))
}

pub fn stop_there(server: &str) -> String {
    format!("Stop what somebody else runs at {}?", scrub(server))
}

pub fn asked_to_stop(server: &str) -> String {
    format!("{} was asked to stop it", scrub(server))
}

pub fn cannot_stop(why: &str) -> Error {
    Error::usage(format!("the script cannot be stopped from here: {why}"))
        .hint("`selaras runs stop` only ends the following")
}

/// How a lock stands, in a line.
pub fn lock(lock: &LockFile) -> String {
    let state = match &lock.state {
        State::Absent => "absent".to_owned(),
        State::Held { since, evidence } => {
            let evidence = crate::script::lock::who(evidence);
            format!("held{}: {evidence}", since_when(*since))
        }
        State::Stale { since } => format!("stale{}: no process has it", since_when(*since)),
        State::Unknown { since, why } => {
            format!("cannot tell who has it{}: {why}", since_when(*since))
        }
    };
    format!("{}, {state}", lock.path.display())
}

fn since_when(since: Option<Timestamp>) -> String {
    since.map_or_else(String::new, |since| {
        format!(" ({})", age(since, Clock::System.now()))
    })
}

/// What runs at a service without a run of ours.
pub fn by_somebody(stale_since: Option<Timestamp>) -> String {
    let text = "running, started by somebody else";
    match stale_since {
        Some(at) => format!("{text}; {}", probably_stale(at)),
        None => text.to_owned(),
    }
}

/// `the script ended with 0 after 6 s; 2 processes go on: …`, and when that takes too long.
pub fn goes_on(waiting: &Waiting, now: Timestamp) -> String {
    let mut text = format!("the script {}; {}", waiting.ended, waiting.left);
    if let Some(minutes) = waiting.overdue_minutes(now) {
        let _ = write!(
            text,
            "; look at it: this takes {minutes} min already, and `selaras script stop` ends them"
        );
    }
    text
}

pub fn waiting(minutes: i64) -> String {
    format!("no output for {minutes} min: may be waiting for a password")
}

pub fn last_output(age: &str) -> String {
    format!("last output {age}")
}
