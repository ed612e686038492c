//! How the end of a script is read: its exit code in words, and what speaks for them.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::lock::Evidence;
use super::model::End;
use super::words;

/// The exit code that means "already running", and much else.
pub const ALREADY: i32 = 2;
/// The exit code reported for a time limit.
pub const TIME_LIMIT: i32 = 124;

/// How a script has ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// Its exit code; 128 + n for signal n.
    pub exit: Option<i32>,
    /// The signal, where one is told.
    pub signal: Option<i32>,
    /// How it ended.
    pub end: End,
    /// The same in words.
    pub meaning: String,
}

/// The exit code as a shell would tell it.
pub fn code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).unwrap_or_default()
}

/// Whether the exit code alone does not say what happened.
pub fn is_ambiguous(code: i32) -> bool {
    code == ALREADY
}

/// Reads an exit code. `others` have the script's lock, or run the script, now that it has ended; a
/// lock file that was there before the start is no case, because then there is no start.
pub fn read(code: i32, others: &[Evidence]) -> Read {
    // Shells tell a signal as 128 + n; there are 64 signals.
    let signal = (129..=192).contains(&code).then(|| code - 128);
    let (end, meaning) = match (code, signal) {
        (0, _) => (End::Success, words::success()),
        (ALREADY, _) if !others.is_empty() => (End::AlreadyRunning, words::already_running(others)),
        (ALREADY, _) => (End::Failed, words::two_without_lock()),
        (TIME_LIMIT, _) => (End::Failed, words::own_time_limit()),
        (126, _) => (End::Failed, words::not_executable()),
        (127, _) => (End::Failed, words::command_not_found()),
        (_, Some(signal)) => (End::Failed, words::signal(signal)),
        (code, None) => (End::Failed, words::error_exit(code)),
    };
    Read {
        exit: Some(code),
        signal,
        end,
        meaning,
    }
}

/// The end of a script that somebody stopped.
pub fn stopped(code: i32, killed: bool) -> Read {
    let plain = read(code, &[]);
    Read {
        end: End::Stopped,
        meaning: words::stopped(killed, &plain.meaning),
        ..plain
    }
}

/// The end of a script that took too long.
pub fn time_limit(code: i32, killed: bool) -> Read {
    Read {
        exit: Some(TIME_LIMIT),
        end: End::TimeLimit,
        meaning: words::time_limit(killed),
        ..read(code, &[])
    }
}

/// The end of a script that had ended as `own` says, when what it had left in the background was
/// stopped.
pub fn cut_after(own: &Read, time_limit: bool, killed: bool) -> Read {
    Read {
        exit: own.exit,
        signal: own.signal,
        end: match own.end {
            End::Success => End::Partial,
            end => end,
        },
        meaning: words::cut_after(&own.meaning, time_limit, killed),
    }
}

/// The end of a script of which the kernel did not tell.
pub fn unknown() -> Read {
    Read {
        exit: None,
        signal: None,
        end: End::NoResult,
        meaning: words::no_result(),
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
