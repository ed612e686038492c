//! How tests start programs: with default signals, and with an environment that the test knows.

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

use selaras::proc::default_for_children;

use super::wait::watch;

/// What a child gets from us although its environment is cleared: a preloaded clock is the clock of
/// the machine, for the children as well as for us. `faketime` sets these.
pub fn handed_on() -> impl Iterator<Item = (OsString, OsString)> {
    let names = ["LD_PRELOAD", "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"];
    std::env::vars_os().filter(move |(name, _)| {
        names.iter().any(|known| name == known) || name.as_encoded_bytes().starts_with(b"FAKETIME")
    })
}

/// A program with no environment but what the test gives it, and no input.
pub fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = tool(program);
    clear(&mut command);
    command
}

/// A program with our environment, and no input.
pub fn tool(program: impl AsRef<OsStr>) -> Command {
    watch();
    default_for_children();
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Takes from a command whatever environment it was to have.
pub fn clear(command: &mut Command) {
    command.env_clear().envs(handed_on());
}

/// [`bare`], for the other end of a terminal.
pub fn on_a_terminal(program: &str) -> pty_process::Command {
    default_for_children();
    pty_process::Command::new(program)
        .env_clear()
        .envs(handed_on())
}
