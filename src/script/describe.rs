//! What the screen, the command line and the journal of a run say alike about a script: what is
//! run, its lock, its file, its end, and what it left in the background.
//!
//! Clauses without a full stop unless they are whole sentences. Text from outside is scrubbed.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use url::Url;

use super::lock::{Evidence, How, LockFile, State, processes};
use super::model::{End, Fate, Last, Left, LocalPlan, Plan, Report, Target};
use crate::text::{age, capital, local_time, milliseconds, plural, scrub};

/// What a run is about: `/opt/sync.sh on this machine`, `the script at https://…`.
pub fn what(target: &Target) -> String {
    match target {
        Target::Local(local) => scrub(&format!("{} on this machine", local.path.display())),
        Target::Remote(remote) if remote.attach => format!("what runs at {}", scrub(&remote.url)),
        Target::Remote(remote) => format!("the script at {}", scrub(&remote.url)),
    }
}

/// What is done to it: `run` or `follow`.
pub fn verb(target: &Target) -> &'static str {
    match target {
        Target::Remote(remote) if remote.attach => "follow",
        Target::Local(_) | Target::Remote(_) => "run",
    }
}

/// What runs without one of our runs; `None` where nothing does.
pub fn elsewhere(plan: &Plan) -> Option<&'static str> {
    match &plan.target {
        Target::Remote(remote) => remote
            .running
            .then_some("running, started by somebody else"),
        Target::Local(local) => match local.lock.as_ref().map(|lock| &lock.state) {
            Some(State::Held { .. }) => Some("running, started by hand: see lock"),
            _ => None,
        },
    }
}

/// `probably stale since 2026-11-08 03:14: its log stands still`
pub fn probably_stale(since: Timestamp) -> String {
    format!(
        "probably stale since {}: its log stands still",
        local_time(since)
    )
}

/// The owner, the mode, the size, and whether it can be read and executed.
pub fn file(local: &LocalPlan) -> Vec<String> {
    let can = |able: bool, what: &str| format!("{}{what}", if able { "" } else { "not " });
    vec![
        scrub(&local.owner),
        local.mode.clone(),
        plural(local.size, "byte"),
        can(local.readable, "readable"),
        can(local.executable, "executable"),
    ]
}

/// Whether the script is another than at the last run.
pub fn changed(changed: bool) -> &'static str {
    if changed {
        "the script changed since the last run"
    } else {
        "unchanged since the last run"
    }
}

/// `2 h ago by budi@kantor: success`
pub fn last_run(last: &Last, now: Timestamp) -> String {
    let ended = last.meaning.as_deref().unwrap_or("not ended");
    let text = format!("{} by {}: {ended}", age(last.started, now), last.operator);
    scrub(&text)
}

/// Why a run at a service cannot be stopped.
pub fn no_stop(why: &str) -> String {
    format!("cannot be stopped from here: {}", scrub(why))
}

pub fn asked_to_stop(server: &str) -> String {
    format!("{} was asked to stop it", scrub(server))
}

/// `/run/sync.lock, held (5 min ago): pid 4711 has it locked (bash sync.sh)`
pub fn lock(lock: &LockFile, now: Timestamp) -> String {
    format!("{}, {}", lock.path.display(), lock_state(lock, now))
}

/// `absent`, `stale (2 h ago): no process has it`
pub fn lock_state(lock: &LockFile, now: Timestamp) -> String {
    let when = |since: &Option<Timestamp>| {
        since.map_or_else(String::new, |since| format!(" ({})", age(since, now)))
    };
    match &lock.state {
        State::Absent => "absent".to_owned(),
        State::Held { since, evidence } => format!("held{}: {}", when(since), who(evidence)),
        State::Stale { since } => format!("stale{}: no process has it", when(since)),
        State::Unknown { since, why } => {
            format!("cannot tell who has it{}: {}", when(since), scrub(why))
        }
    }
}

/// The first processes with what speaks against each.
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

pub fn silent(minutes: u64) -> String {
    format!("no output for {minutes} min: may be waiting for a password")
}

/// The processes that still have the output of a script that has ended.
pub fn still_running(left: &[Left]) -> String {
    let verb = match left.len() {
        0 => return "a process that cannot be seen still has its output".to_owned(),
        1 => "runs",
        _ => "run",
    };
    let number = processes(left.len() as u64);
    format!("{number} still {verb}: {}", names(left))
}

/// What became of the processes that a script left, and which they are.
pub fn left_behind(left: &[Left], fate: Fate) -> String {
    format!("{}: {}", what_became(left, fate), names(left))
}

fn what_became(left: &[Left], fate: Fate) -> String {
    let number = processes(left.len() as u64);
    match fate {
        Fate::Hup => format!("{number} left in the background got HUP"),
        Fate::Alone => format!("{number} left in the background and left alone"),
        Fate::NotEnded => format!("{number} could not be ended"),
    }
}

fn names(left: &[Left]) -> String {
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

/// Why a run is not clean.
pub fn failure(report: &Report) -> String {
    let meaning = &report.meaning;
    match report.end {
        End::Success => String::new(),
        End::AlreadyRunning => format!("the script is already running: {meaning}"),
        End::Failed => format!("the script failed: {meaning}"),
        End::Stopped => format!("the script was {meaning}"),
        End::TimeLimit => format!("the script was stopped: {meaning}"),
        End::Partial => format!("only a part was done: {meaning}"),
        End::Left => "no longer followed; the script still runs at the server".to_owned(),
        End::NoResult => format!("the script {meaning}"),
        End::Unreadable => format!("the server's answer says nothing about the script: {meaning}"),
    }
}

/// What to do about that.
pub fn hint(end: End) -> Option<&'static str> {
    Some(match end {
        End::Success | End::Stopped => return None,
        End::AlreadyRunning => "`selaras script log -f` shows its log",
        End::Failed => "its last lines of output say more",
        End::TimeLimit => "`time_limit` in [script] is how long it may take",
        End::Partial => {
            "the log may say what is missing; `leftovers` in [script] says what becomes of it"
        }
        End::Left => "`selaras script run --attach` follows it again",
        End::NoResult | End::Unreadable => "`selaras script log` may say how it ended",
    })
}

/// The result in a sentence.
pub fn result(report: &Report) -> String {
    let figures = format!(
        "{}, {}, {}",
        took(report),
        plural(report.lines, "line"),
        plural(report.bytes, "byte")
    );
    let mut text = if report.end == End::Success {
        format!("The script ended well ({figures}).")
    } else {
        format!("{} ({figures}).", capital(&failure(report)))
    };
    if report.left_out > 0 {
        let left_out = plural(report.left_out, "byte");
        let _ = write!(text, " {left_out} in its middle were not kept.");
    } else if report.kept < report.bytes {
        let kept = plural(report.kept, "byte");
        let _ = write!(text, " Only the first {kept} were kept.");
    }
    if !report.left.is_empty() {
        let _ = write!(text, " {}.", what_became(&report.left, report.left_fate));
    }
    text
}

/// How long it took, and how much of that was for what it left in the background.
fn took(report: &Report) -> String {
    let whole = milliseconds(report.duration_ms);
    let own = report.script_ms.unwrap_or(report.duration_ms);
    match report.duration_ms.saturating_sub(own) {
        0..1_000 => whole,
        more => format!("{whole} with {} in the background", milliseconds(more)),
    }
}

pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    scrub(&name.to_string_lossy())
}

/// The host of a service, with its port where it is a special one.
pub(super) fn server(url: &str) -> String {
    let parsed: Option<Url> = url.parse().ok();
    let host = parsed.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    });
    scrub(host.as_deref().unwrap_or(url))
}
