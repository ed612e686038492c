//! Every text of DB Script for people, in one place, so that a second language can follow.
//!
//! Clauses without a full stop unless they are whole sentences. Text from outside is scrubbed
//! here, or before it comes here.

mod checks;
mod ends;
mod remote;

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

pub use checks::*;
pub use ends::*;
pub use remote::*;

use super::model::{Fate, Left};
use crate::error::Error;
use crate::text::{duration, scrub};

/// Who speaks in lines about a script.
pub const SOURCE: &str = "script";
/// What is counted between TERM and KILL, in seconds.
pub const COUNTDOWN: &str = "until KILL";
pub const THE_LOOK: &str = "the look at the script";

pub fn looking() -> String {
    "look at the script".to_owned()
}

pub fn running(name: &str) -> String {
    format!("run {name}")
}

pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    scrub(&name.to_string_lossy())
}

/// A length of time.
pub fn span(length: Duration) -> String {
    SignedDuration::try_from(length).map_or_else(|_| "ever".to_owned(), duration)
}

pub fn terminated(grace: Duration) -> String {
    format!("TERM sent to all of it; KILL follows in {}", span(grace))
}

pub fn killed() -> String {
    "KILL sent to all of it".to_owned()
}

pub fn time_limit_reached() -> String {
    "the time limit is reached".to_owned()
}

/// How the script's own process ended, as what follows `the script`.
pub fn ended_with(code: Option<i32>, after: Duration) -> String {
    let after = match after.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => span(after),
    };
    match code {
        Some(code) => format!("ended with {code} after {after}"),
        None => format!("ended after {after}"),
    }
}

/// Who goes on after the script's end.
pub fn go_on(left: &[Left]) -> String {
    match left.len() {
        0 => "a process that cannot be seen still has its output".to_owned(),
        1 => format!("1 process goes on: {}", listed(left)),
        many => format!("{} go on: {}", processes(many as u64), listed(left)),
    }
}

pub fn left_behind(left: &[Left], fate: Fate) -> String {
    format!("{}: {}", left_sentence(left, fate), listed(left))
}

/// What became of processes that a script left, without their names.
pub fn left_sentence(left: &[Left], fate: Fate) -> String {
    let number = processes(left.len() as u64);
    match fate {
        Fate::Hup => format!("{number} left in the background got HUP"),
        Fate::Alone => format!("{number} left in the background and left alone"),
        Fate::NotEnded => format!("{number} could not be ended"),
    }
}

fn listed(left: &[Left]) -> String {
    let names = left.iter().take(5).map(|one| {
        let command = scrub(&one.command);
        match &one.user {
            Some(user) => format!("{} of {} ({command})", one.pid, scrub(user)),
            None => format!("{} ({command})", one.pid),
        }
    });
    let mut text = names.collect::<Vec<_>>().join(", ");
    if left.len() > 5 {
        text.push_str(", …");
    }
    text
}

pub fn over_limit(limit: u64) -> String {
    format!(
        "the output is over {} bytes (max_output): the rest is read and counted, not kept",
        crate::text::count(limit)
    )
}

pub fn no_longer_kept(cause: &std::io::Error) -> String {
    format!("the output is no longer kept ({cause}); the script goes on")
}

pub fn silent(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    format!("no output for {minutes} min: may be waiting for a password")
}

pub fn failed_to_execute(cause: std::io::Error) -> Error {
    Error::local("Failed to execute sync script").because(cause)
}

pub fn no_command() -> Error {
    Error::bug("the plan has no command")
}

pub fn plan_was_changed() -> Error {
    Error::stale("the plan is not as it was made: its seal does not fit").hint(hint_look_again())
}

pub fn another_script(name: &str) -> Error {
    Error::stale(format!(
        "the plan was made for {name}, something else is configured"
    ))
    .hint(hint_look_again())
}

pub fn script_changed(path: &Path) -> Error {
    Error::stale(format!(
        "{} changed since it was shown; nothing was run",
        path.display()
    ))
    .hint(hint_look_again())
}

pub fn stopped_before() -> Error {
    Error::new(
        crate::error::Kind::Stopped,
        "stopped before the script began; nothing was run",
    )
}

pub fn not_remote() -> Error {
    Error::usage("the script is one of this machine, not of a server")
}

pub fn hint_look_again() -> String {
    "look at the preview again".to_owned()
}
