//! What runs in the simulated world: a verb of selaras, or any program.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use clap::CommandFactory as _;
use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};

use crate::cli::args::{Cli, Global};
use crate::cli::words;
use crate::config::SECRETS;
use crate::error::{Error, Result};
use crate::proc::signals;
use crate::sim::world::World;
use crate::tui::dashboard::DEMO;

/// Variables besides the secrets that would win over the world's configuration.
const OTHERS: [&str; 3] = ["SYNC_SCRIPT_PATH", "DAPODIK_BASE_URL", "DAPODIK_AUTH_URL"];

/// A verb of selaras, or another program that finds the world by `SELARAS_CONFIG`. The real
/// secrets of whoever tries the demo stay out of it.
pub fn start(world: &World, global: &Global, words: &[String]) -> Result<Child> {
    // `demo -- selaras users list` means what it says, wherever this program lies.
    let words = match words {
        [first, rest @ ..] if first == "selaras" => rest,
        words => words,
    };
    let mut command = match words {
        [program, arguments @ ..] if !is_verb(program) => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        words => {
            let mut command = Command::new("/proc/self/exe");
            command.arg("--config").arg(world.config());
            command.args(global.read_only.then_some("--read-only"));
            command.args((0..global.verbose).map(|_| "-v")).args(words);
            command
        }
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command.env("SELARAS_CONFIG", world.config());
    command.env(DEMO, "1");
    signals::default_for_children();
    command.kill_on_drop(true).spawn().map_err(|cause| {
        let program = words.first().map_or("selaras", String::as_str);
        Error::local(words::cannot_run(program)).because(cause)
    })
}

fn is_verb(word: &str) -> bool {
    let cli = Cli::command();
    word.starts_with('-') || cli.get_subcommands().any(|verb| verb.get_name() == word)
}

fn is_ours(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    SECRETS.iter().any(|secret| name.starts_with(secret)) || OTHERS.contains(&name.as_ref())
}

/// Sends a signal on. Ctrl-C on our terminal reaches the child by itself.
pub fn pass_on(child: &Child, sent: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw)
        && !(sent == Signal::INT && has_terminal())
    {
        // A child that is gone is noticed by waiting for it.
        let _ = kill_process(pid, sent);
    }
}

/// Whether what is typed on a terminal is meant for us and our child.
fn has_terminal() -> bool {
    let terminal = File::open("/dev/tty").ok();
    let foreground = terminal.and_then(|terminal| tcgetpgrp(terminal).ok());
    foreground == Some(getpgrp())
}

/// The exit code as a shell would say it.
pub fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|number| 128 + number));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
