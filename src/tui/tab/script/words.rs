//! Texts of the tab of DB Script; those of the engine are the engine's.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::context::script::Waiting;
use crate::run::{Run, State as RunState};
use crate::script::lock::{LockFile, State, who};
use crate::script::{Last, Plan, Target};
use crate::text::{age, duration, local_time, scrub, seconds};

pub const OUTPUT: &str = "Output";
pub const PREVIEW: &str = "Before the run";
pub const LOOKING: &str = "Looking at the script";
pub const LOOK_BROKE: &str = "looking at the script broke off by a mistake of ours";
pub const NOT_LOOKED: &str = "the script was not looked at yet";
pub const READ_ONLY: &str = "nothing may be written: read_only is set";
pub const NOTHING_RUNS: &str = "nothing is running here";
pub const NO_RUNS: &str = "no run yet";
pub const NO_LOG: &str = "no log file is configured";
pub const NO_LOCK_FILE: &str = "no lock file is configured";
pub const IDLE: &str = "idle";
pub const UNCHANGED: &str = "✓ unchanged since the last run";
pub const RUN: &str = "run";
pub const FOLLOW: &str = "follow";
pub const STOP: &str = "stop it";
pub const KILL: &str = "kill it";

/// What is run, and where.
pub fn what(plan: &Plan) -> String {
    match &plan.target {
        Target::Local(local) => format!("{}, on this machine", local.path.display()),
        Target::Remote(remote) => format!("at {}", scrub(&remote.url)),
    }
}

pub fn ready(plan: &Plan) -> String {
    format!("Ready to run: {}; nothing is run yet", what(plan))
}

/// `running 02:13, pid 4711`
pub fn running(passed: SignedDuration, pid: Option<u32>) -> String {
    let seconds = passed.as_secs();
    let time = if seconds < 3_600 {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    } else {
        duration(passed)
    };
    match pid {
        Some(pid) => format!("running {time}, pid {pid}"),
        None => format!("running {time}"),
    }
}

/// A script that goes on after its worker was killed.
pub fn without_worker(run: &str, pid: u32) -> String {
    format!("running, pid {pid}: the worker of run {run} was killed")
}

pub fn silence(spoke: Option<Timestamp>, now: Timestamp) -> String {
    spoke.map_or_else(
        || "no output yet".to_owned(),
        |at| format!("last output {}", age(at, now)),
    )
}

pub fn waiting(minutes: i64) -> String {
    format!("no output for {minutes} min: may be waiting for a password")
}

pub fn goes_on_after(waiting: &Waiting) -> String {
    scrub(&format!("the script {}; {}", waiting.ended, waiting.left))
}

pub fn overdue(minutes: i64) -> String {
    format!("! this takes {minutes} min already; x ends what is left")
}

pub fn overdue_notice(minutes: i64) -> String {
    format!("The script ended {minutes} min ago, and what it left in the background goes on")
}

/// `stopping, KILL in 8 s`
pub fn stopping(left: Option<u64>) -> String {
    match left {
        None => "stopping".to_owned(),
        Some(left) => format!("stopping, KILL in {}", seconds(left)),
    }
}

pub fn by(operator: &str) -> String {
    format!("by {}", scrub(operator))
}

/// Why no second run can be begun.
pub fn goes_on(run: &Run) -> String {
    if run.orphan.is_some() {
        return run.busy().to_string();
    }
    let manifest = &run.manifest;
    let process = match &run.worker {
        Some(worker) => format!(", pid {}", worker.pid),
        None => String::new(),
    };
    format!(
        "run {} goes on already, started by {} at {}{process}",
        run.id().short(),
        scrub(&manifest.operator.to_string()),
        local_time(manifest.created),
    )
}

/// How a lock stands, in a line.
pub fn lock(lock: &LockFile, now: Timestamp) -> String {
    let since = |since: &Option<Timestamp>| {
        since.map_or_else(String::new, |since| format!(" ({})", age(since, now)))
    };
    match &lock.state {
        State::Absent => "lock: absent".to_owned(),
        State::Held {
            since: at,
            evidence,
        } => {
            format!("lock: held{}: {}", since(at), who(evidence))
        }
        State::Stale { since: at } => format!("lock: stale{}, no process has it", since(at)),
        State::Unknown { since: at, why } => {
            format!("lock: cannot tell who has it{}: {}", since(at), scrub(why))
        }
    }
}

/// Why there is nothing to unlock.
pub fn not_stale(lock: &LockFile, now: Timestamp) -> String {
    let state = self::lock(lock, now);
    format!("only a stale lock can be removed; {state}")
}

pub fn last_run(last: &Last, when: &str) -> String {
    let ended = last.meaning.as_deref().unwrap_or("not ended");
    format!("last run {when} by {}: {ended}", last.operator)
}

pub fn log_title(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("Log · {}", scrub(&name.to_string_lossy()))
}

pub fn no_stop(why: &str) -> String {
    format!("! cannot be stopped from here: {}", scrub(why))
}

/// What stands for an exit code where there is none.
pub fn no_exit(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "…",
        RunState::Finished(_) => "–",
        RunState::Died => "died",
    }
}
