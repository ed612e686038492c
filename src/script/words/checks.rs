//! Texts about a script and its lock file before a run.

use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::error::Error;
use crate::files::trust::Distrust;
use crate::script::lock::{Evidence, How, LockFile, State};
use crate::text::{age, count, scrub};

pub fn not_there(path: &Path, cause: &io::Error) -> Error {
    let cause = io::Error::from(cause.kind());
    Error::local(format!("the script {} cannot be found", path.display()))
        .because(cause)
        .hint("correct SYNC_SCRIPT_PATH, or `path` in [script]")
}

pub fn no_file(path: &Path) -> Error {
    Error::local(format!("{} is no plain file", path.display()))
        .hint("correct SYNC_SCRIPT_PATH, or `path` in [script]")
}

pub fn not_readable(path: &Path) -> Error {
    Error::local(format!("the script {} cannot be read", path.display()))
        .hint("ask its owner for permission to read it")
}

pub fn writable(path: &Path, mode: &str) -> String {
    format!(
        "{} can be changed by others than its owner (mode {mode}): chmod 750",
        path.display()
    )
}

pub fn dangerous(path: &Path, distrust: &Distrust) -> Error {
    Error::config(format!(
        "root does not run {}, because others can change it: {}",
        path.display(),
        distrust.reasons.join("; ")
    ))
    .hint(format!(
        "look through it first, then: {}; or let its owner run selaras",
        distrust.mend.join(" && ")
    ))
}

pub fn wide(path: &Path, mode: &str) -> String {
    format!(
        "{} has the mode {mode}, usual is 750 or 755",
        path.display()
    )
}

pub fn foreign(path: &Path, owner: &str) -> String {
    format!(
        "{} belongs to {}, neither to root nor to you",
        path.display(),
        scrub(owner)
    )
}

pub fn no_log(path: &Path) -> String {
    format!("the log file {} cannot be read (yet)", path.display())
}

pub fn open_log(path: &Path) -> String {
    format!("everybody can read the log file {}", path.display())
}

pub fn no_place_for_lock(path: &Path) -> String {
    format!(
        "the folder of the lock file {} is not there",
        path.display()
    )
}

pub fn runs_already(runners: &[Evidence]) -> String {
    format!(
        "no lock file is configured, and the script seems to run already: {}",
        who(runners)
    )
}

pub fn no_processes(cause: &io::Error) -> String {
    format!("the processes cannot be read ({cause})")
}

pub fn locker_ended() -> String {
    "it has ended; what it started keeps the lock".to_owned()
}

pub fn unread_processes(number: u64) -> String {
    format!(
        "the open files of {} of other users cannot be read; root can",
        processes(number)
    )
}

pub fn hidden_processes() -> String {
    "the processes of other users are hidden; root can see them".to_owned()
}

/// `1 process`, `2 processes`.
pub fn processes(number: u64) -> String {
    match number {
        1 => "1 process".to_owned(),
        _ => format!("{} processes", count(number)),
    }
}

/// What is known of a lock file, in a clause.
pub fn lock(lock: &LockFile, now: Timestamp) -> String {
    let path = lock.path.display();
    match &lock.state {
        State::Absent => format!("{path} is not there"),
        State::Held { since, evidence } => {
            format!(
                "{path} is held{}: {}",
                since_when(*since, now),
                who(evidence)
            )
        }
        State::Stale { since } => format!(
            "{path} is stale: left behind{}, no process has it",
            since_when(*since, now)
        ),
        State::Unknown { since, why } => format!(
            "{path} is there{}; cannot tell whether somebody has it: {why}",
            since_when(*since, now)
        ),
    }
}

fn since_when(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map_or_else(String::new, |since| format!(" ({})", age(since, now)))
}

/// Processes with what speaks against each.
pub fn who(evidence: &[Evidence]) -> String {
    let named = evidence.iter().take(3).map(|one| {
        let how = match one.how {
            How::Written => "its pid is written in it",
            How::Locked => "has it locked",
            How::Open => "has it open",
            How::Runs => "runs the script",
        };
        format!("pid {} {how} ({})", one.pid, scrub(&one.command))
    });
    let mut text = named.collect::<Vec<_>>().join("; ");
    if evidence.len() > 3 {
        text.push_str("; …");
    }
    text
}

pub fn locked(lock: &str) -> String {
    format!("the script's own lock is there: {lock}")
}

pub fn hint_lock_held() -> String {
    "wait for its end; `selaras script log -f` shows the log".to_owned()
}

pub fn hint_lock_stale(path: &Path) -> String {
    format!("`selaras script unlock` removes {}", path.display())
}

pub fn hint_lock_unknown(path: &Path) -> String {
    format!(
        "`sudo fuser -v {}` says more; `selaras script unlock` as root removes a stale one",
        path.display()
    )
}

pub fn no_lock_there() -> Error {
    Error::usage("the lock of a script behind a service can only be removed on its machine")
}

pub fn no_lock_file() -> Error {
    Error::config("no lock file is configured").hint("set `lock_file` in [script]")
}

pub fn lock_changed(found: &LockFile, now: Timestamp) -> Error {
    Error::stale(format!(
        "the lock changed since it was shown; nothing was removed: {}",
        lock(found, now)
    ))
    .hint("look again")
}

pub fn removed(path: &Path) -> String {
    format!("The stale lock {} was removed.", path.display())
}

pub fn no_lock() -> String {
    "There is no lock file; nothing was removed.".to_owned()
}
