//! `selaras demo`: a simulated outside world on this machine, and something that runs in it.
//!
//! This process is the world; the screen or the command is its child. It passes on signals and the
//! exit status, and stays until the runs that need its world have ended.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use clap::{Args, CommandFactory as _};
use futures_util::future::join_all;
use rustix::process::{Pid, Signal as Sent, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind};
use tokio::time::interval;

use super::ask::listen;
use super::out::Out;
use super::runs::short_ids;
use super::{Cli, Global, screen};
use crate::config::SECRETS;
use crate::error::{Context, Error, Result};
use crate::proc;
use crate::run::{self, Id, Run, Runs, State, StopWait, Until};
use crate::sim::backend::Tempo;
use crate::sim::portal;
use crate::sim::world::{DapodikSide, World, WorldOptions};
use crate::text::{plural, scrub};
use crate::tui::dashboard::DEMO;

/// Try everything against a simulated outside world on this machine
///
/// Branch servers Dev, Test and Prod, and one that is down; a database with users in it; the
/// Dapodik portal, slow enough to watch a sync. The world ends with the command, but not before the
/// runs that need it. Exits as the command does.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// What goes wrong in that world, by name, such as slow,503
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    faults: Vec<String>,
    /// How long every answer takes, such as 40ms
    #[arg(long, value_name = "TIME")]
    latency: Option<String>,
    /// Many more users, and all 78 kecamatan with 5,000 schools and 60,000 PTK
    #[arg(long)]
    large: bool,
    /// Follow an E-Alumni backend that syncs Dapodik, in place of syncing from the portal
    #[arg(long)]
    remote: bool,
    /// How the sync script behaves, such as fails or ignores-term, or service for one behind a
    /// server; a wrong name lists all
    #[arg(long, value_name = "NAME")]
    script: Option<String>,
    /// Keep the world's state in DIR, and use it again
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What to run in that world: a verb of selaras, or a program that finds SELARAS_CONFIG set
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Variables besides the secrets that would win over the world's configuration.
const OTHERS: [&str; 3] = ["SYNC_SCRIPT_PATH", "DAPODIK_BASE_URL", "DAPODIK_AUTH_URL"];

/// How often the runs are checked for one that still needs the world.
const PULSE: Duration = Duration::from_millis(100);

/// Starts the world, runs the command in it, and returns the command's exit code.
pub async fn run(out: &Out, global: &Global, args: &DemoArgs) -> Result<u8> {
    if global.config.is_some() || global.state_dir.is_some() {
        return Err(
            Error::usage("the simulated world brings its own configuration and state")
                .hint("leave --config and --state-dir out; --dir keeps the world"),
        );
    }
    let options = options(args)?;
    let kept = match &args.dir {
        Some(_) => None,
        // Whatever the umask is: nobody else may change the configuration in it.
        None => Some(
            tempfile::Builder::new()
                .permissions(Permissions::from_mode(0o700))
                .tempdir()
                .doing("create", &std::env::temp_dir())?,
        ),
    };
    let folder = match (&args.dir, &kept) {
        (Some(folder), _) => folder.as_path(),
        (None, Some(kept)) => kept.path(),
        (None, None) => Path::new("."),
    };
    let mut signals = Signals::listen()?;
    let world = World::start(folder, &options).await?;
    let command = if args.command.is_empty() && screen::has_terminal() {
        Vec::new()
    } else if args.command.is_empty() {
        out.say(&format!(
            "A simulated outside world runs on this machine: branch servers Dev, Test, Prod and \
             one that is down.\nIts configuration is {}. Now Dev's users are synced; to do \
             something else there:\n  selaras demo -- users plan --all",
            world.config().display()
        ));
        ["users", "apply", "dev", "--yes"]
            .map(str::to_owned)
            .to_vec()
    } else {
        args.command.clone()
    };
    let program = command.first().map_or("selaras", String::as_str);
    let mut child = start(&world, global, &command)?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            sent = signals.next() => pass_on(&child, sent),
        }
    };
    let status = status.map_err(|cause| {
        Error::local(format!("cannot tell how {} ended", scrub(program))).because(cause)
    })?;
    if let Err(error) = linger(out, &Runs::at(world.state_dir())?, &mut signals).await {
        out.tell(&error.into());
    }
    Ok(exit_code(status))
}

fn options(args: &DemoArgs) -> Result<WorldOptions> {
    let faults = args.faults.iter().map(|name| name.parse());
    let latency = args.latency.as_deref().map(|text| {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        let length = length.and_then(|length| Duration::try_from(length).ok());
        length.ok_or_else(|| {
            let text = scrub(text);
            Error::usage(format!("«{text}» is no length of time")).hint("such as 40ms or 2s")
        })
    });
    Ok(WorldOptions {
        faults: faults.collect::<Result<_>>()?,
        latency: latency.transpose()?.unwrap_or_default(),
        large: args.large,
        tempo: Tempo::WATCHABLE,
        dapodik: if args.remote {
            DapodikSide::Backend
        } else {
            DapodikSide::Portal {
                latency: portal::WATCHABLE,
            }
        },
        script: args.script.as_deref().map(str::parse).transpose()?,
    })
}

/// Stays until no run needs the world any more; a signal stops them.
async fn linger(out: &Out, runs: &Runs, signals: &mut Signals) -> Result<()> {
    let mut pulse = interval(PULSE);
    let mut said = Vec::new();
    loop {
        let running: Vec<Id> = (runs.readable()?.iter())
            .filter(|run| run.state == State::Running)
            .map(Run::id)
            .collect();
        if running.is_empty() {
            return Ok(());
        }
        if running != said {
            out.say(&format!(
                "waiting for the end of {} in this simulated world: {} (Ctrl-C stops {} before it)",
                plural(running.len() as u64, "run"),
                short_ids(&running),
                if running.len() == 1 { "it" } else { "them" }
            ));
            said.clone_from(&running);
        }
        tokio::select! {
            _ = pulse.tick() => {}
            sent = signals.next() => if sent != Sent::HUP {
                out.say("stopping them");
                let stops = running.iter().map(|id| {
                    run::stop(runs, *id, StopWait::until(Until::Ended))
                });
                return join_all(stops).await.into_iter().try_for_each(|stop| stop.map(|_| ()));
            },
        }
    }
}

/// The signals that would end this process; it passes them on instead.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Sent {
        tokio::select! {
            _ = self.interrupt.recv() => Sent::INT,
            _ = self.terminate.recv() => Sent::TERM,
            _ = self.hang_up.recv() => Sent::HUP,
        }
    }
}

/// A verb of selaras, or another program that finds the world by `SELARAS_CONFIG`. The
/// real secrets in the environment stay out of it.
fn start(world: &World, global: &Global, words: &[String]) -> Result<Child> {
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
    proc::default_for_children();
    command.kill_on_drop(true).spawn().map_err(|cause| {
        let program = words.first().map_or("selaras", String::as_str);
        Error::local(format!("cannot run {}", scrub(program))).because(cause)
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
fn pass_on(child: &Child, sent: Sent) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw)
        && !(sent == Sent::INT && is_in_foreground())
    {
        // A child that is gone is noticed by waiting for it.
        let _ = kill_process(pid, sent);
    }
}

/// Whether our terminal sends Ctrl-C to us and our child.
fn is_in_foreground() -> bool {
    let terminal = File::open("/dev/tty").ok();
    let foreground = terminal.and_then(|terminal| tcgetpgrp(terminal).ok());
    foreground == Some(getpgrp())
}

/// The exit code as a shell would say it.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|number| 128 + number));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
