//! Texts about how a script ended.

use std::fmt::Write as _;

use jiff::SignedDuration;

use crate::script::lock::Evidence;
use crate::script::model::{End, Report};
use crate::text::{count, duration, plural};

pub fn success() -> String {
    "success".to_owned()
}

pub fn already_running(others: &[Evidence]) -> String {
    format!("exit 2: already running ({})", super::who(others))
}

pub fn two_without_lock() -> String {
    "exit 2 without a lock: the script itself failed".to_owned()
}

pub fn own_time_limit() -> String {
    "exit 124: a time limit inside the script was reached".to_owned()
}

pub fn not_executable() -> String {
    "exit 126: a command is not executable".to_owned()
}

pub fn command_not_found() -> String {
    "exit 127: a command was not found".to_owned()
}

pub fn signal(number: i32) -> String {
    format!("exit {}: signal {}", 128 + number, signal_name(number))
}

pub fn error_exit(code: i32) -> String {
    format!("exit {code}: an error")
}

pub fn stopped(killed: bool, end: &str) -> String {
    format!("stopped{} ({end})", by(killed))
}

pub fn time_limit(killed: bool) -> String {
    format!("time limit reached, stopped{}", by(killed))
}

/// `own` is how the script itself ended.
pub fn cut_after(own: &str, time_limit: bool, killed: bool) -> String {
    let by = by(killed);
    let what = "what it left in the background was stopped";
    if time_limit {
        format!("{own}; {what}{by}: time limit reached")
    } else {
        format!("{own}; {what}{by}")
    }
}

pub fn no_result() -> String {
    "ended without a result".to_owned()
}

fn by(killed: bool) -> &'static str {
    if killed { " with KILL" } else { " with TERM" }
}

fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        6 => "ABRT",
        7 => "BUS",
        8 => "FPE",
        9 => "KILL",
        10 => "USR1",
        11 => "SEGV",
        12 => "USR2",
        13 => "PIPE",
        14 => "ALRM",
        15 => "TERM",
        24 => "XCPU",
        25 => "XFSZ",
        _ => return number.to_string(),
    };
    format!("{number} ({name})")
}

/// Why a run is not clean, in a clause.
pub fn failure(report: &Report) -> String {
    let meaning = &report.meaning;
    match report.end {
        End::Success => String::new(),
        End::AlreadyRunning => format!("the script is already running: {meaning}"),
        End::Failed => format!("the script failed: {meaning}"),
        End::Stopped => format!("the script was {meaning}"),
        End::TimeLimit => format!("the script was stopped: {meaning}"),
        End::Partial => format!("only a part was done: {meaning}"),
        End::Left => "no longer followed; the script goes on at the server".to_owned(),
        End::NoResult => format!("the script {meaning}"),
        End::Unreadable => format!("the server's answer says nothing about the script: {meaning}"),
    }
}

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
pub fn sentence(report: &Report) -> String {
    let figures = format!(
        "{}, {}, {} bytes",
        took(report),
        plural(report.lines, "line"),
        count(report.bytes)
    );
    let mut text = if report.end == End::Success {
        format!("The script ended well ({figures}).")
    } else {
        format!("{} ({figures}).", capital(&failure(report)))
    };
    if report.left_out > 0 {
        let left_out = count(report.left_out);
        let _ = write!(text, " {left_out} bytes in its middle were not kept.");
    } else if report.kept < report.bytes {
        let kept = count(report.kept);
        let _ = write!(text, " Only the first {kept} bytes were kept.");
    }
    if !report.left.is_empty() {
        let left = super::left_sentence(&report.left, report.left_fate);
        let _ = write!(text, " {left}.");
    }
    text
}

/// How long it took, and how much of that was for what it left in the background.
fn took(report: &Report) -> String {
    let span = |milliseconds: u64| {
        duration(SignedDuration::from_millis(
            i64::try_from(milliseconds).unwrap_or(i64::MAX),
        ))
    };
    let whole = span(report.duration_ms);
    let own = report.script_ms.unwrap_or(report.duration_ms);
    match report.duration_ms.saturating_sub(own) {
        0..1_000 => whole,
        more => format!("{whole} with {} in the background", span(more)),
    }
}

fn capital(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
