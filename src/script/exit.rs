//! Reads the end of a script: its exit code in words, with the evidence for them.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::describe::who;
use super::lock::Evidence;
use super::model::End;

pub const SUCCESS: &str = "success";
pub const NO_RESULT: &str = "ended without a result";
/// The exit code that means "already running", among other things.
pub const ALREADY: i32 = 2;
/// The exit code reported for a time limit.
pub const TIME_LIMIT: i32 = 124;

/// The end of a script, read from its exit code.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// 128 + n for signal n.
    pub exit: Option<i32>,
    pub signal: Option<i32>,
    pub end: End,
    /// The same in words.
    pub meaning: String,
}

/// The exit code as a shell gives it.
pub fn code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).unwrap_or_default()
}

/// Whether the exit code alone does not say what happened.
pub fn is_ambiguous(code: i32) -> bool {
    code == ALREADY
}

/// Reads an exit code. `others` have the script's lock, or run the script, now that it has ended. A
/// lock file that was there before prevents the start.
pub fn read(code: i32, others: &[Evidence]) -> Read {
    // Shells tell a signal as 128 + n; there are 64 signals.
    let signal = (129..=192).contains(&code).then(|| code - 128);
    let (end, meaning) = match (code, signal) {
        (0, _) => (End::Success, SUCCESS.to_owned()),
        (ALREADY, _) if !others.is_empty() => (
            End::AlreadyRunning,
            format!("exit 2: already running ({})", who(others)),
        ),
        (code, signal) => (End::Failed, failed(code, signal)),
    };
    Read {
        exit: Some(code),
        signal,
        end,
        meaning,
    }
}

fn failed(code: i32, signal: Option<i32>) -> String {
    let why = match (code, signal) {
        (ALREADY, _) => return "exit 2 without a lock: the script itself failed".to_owned(),
        (TIME_LIMIT, _) => "a time limit inside the script was reached".to_owned(),
        (126, _) => "a command is not executable".to_owned(),
        (127, _) => "a command was not found".to_owned(),
        (_, Some(signal)) => format!("signal {}", signal_name(signal)),
        (_, None) => "an error".to_owned(),
    };
    format!("exit {code}: {why}")
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

fn with_signal(killed: bool) -> &'static str {
    if killed { "with KILL" } else { "with TERM" }
}

/// The end of a script that was stopped.
pub fn stopped(code: i32, killed: bool) -> Read {
    let plain = read(code, &[]);
    Read {
        end: End::Stopped,
        meaning: format!("stopped {} ({})", with_signal(killed), plain.meaning),
        ..plain
    }
}

/// The end of a script that took too long.
pub fn time_limit(code: i32, killed: bool) -> Read {
    Read {
        exit: Some(TIME_LIMIT),
        end: End::TimeLimit,
        meaning: format!("time limit reached, stopped {}", with_signal(killed)),
        ..read(code, &[])
    }
}

/// The end of a script that had ended as `own` says, when what it had left in the background was
/// stopped.
pub fn cut_after(own: &Read, time_limit: bool, killed: bool) -> Read {
    let why = if time_limit {
        ": time limit reached"
    } else {
        ""
    };
    let meaning = format!(
        "{}; what it left in the background was stopped {}{why}",
        own.meaning,
        with_signal(killed)
    );
    Read {
        exit: own.exit,
        signal: own.signal,
        end: match own.end {
            End::Success => End::Partial,
            end => end,
        },
        meaning,
    }
}

/// The end of a script whose exit code is not known.
pub fn unknown() -> Read {
    Read {
        exit: None,
        signal: None,
        end: End::NoResult,
        meaning: NO_RESULT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::lock::How;

    #[test]
    fn every_exit_code_has_its_words() {
        let table = [
            (0, End::Success, "success"),
            (1, End::Failed, "exit 1: an error"),
            (
                2,
                End::Failed,
                "exit 2 without a lock: the script itself failed",
            ),
            (
                124,
                End::Failed,
                "exit 124: a time limit inside the script was reached",
            ),
            (126, End::Failed, "exit 126: a command is not executable"),
            (127, End::Failed, "exit 127: a command was not found"),
            (137, End::Failed, "exit 137: signal 9 (KILL)"),
            (143, End::Failed, "exit 143: signal 15 (TERM)"),
            (255, End::Failed, "exit 255: an error"),
        ];
        for (code, end, meaning) in table {
            let read = read(code, &[]);
            assert_eq!((read.end, read.meaning.as_str()), (end, meaning));
        }
    }

    #[test]
    fn what_was_stopped_after_the_end_leaves_the_scripts_own_exit() {
        let table = [(0, End::Partial), (3, End::Failed), (2, End::Failed)];
        for (code, end) in table {
            let cut = cut_after(&read(code, &[]), false, true);
            assert_eq!((cut.exit, cut.end), (Some(code), end));
            assert!(cut.meaning.contains("stopped with KILL"), "{}", cut.meaning);
        }
    }

    #[test]
    fn two_means_already_running_only_with_evidence() {
        let others = [Evidence {
            pid: 4711,
            how: How::Runs,
            command: "bash /opt/sync.sh".into(),
        }];
        let busy = read(2, &others);
        assert_eq!(busy.end, End::AlreadyRunning);
        assert!(busy.meaning.contains("pid 4711"), "{}", busy.meaning);
        assert_eq!(read(3, &others).end, End::Failed);
    }
}
