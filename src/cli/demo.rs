//! `selaras demo`: a simulated outside world on this machine, and something that runs in it.
//!
//! This process is the world; the screen or the command is its child. It passes on signals and the
//! exit status, and stays until the runs that need its world have ended.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use clap::CommandFactory as _;
use rustix::process::{Pid, Signal as Sent, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::interval;

use super::args::{Cli, Demo};
use super::{face, words};
use crate::config::SECRETS;
use crate::error::{Context, Error, Result};
use crate::run::{Id, Runs, State};
use crate::sim::backend::Tempo;
use crate::sim::fault::Fault;
use crate::sim::world::{Weather, World};

/// How often it is looked whether runs still need the world.
const PULSE: Duration = Duration::from_millis(100);

/// Starts the world, runs the command in it, and says the command's exit code.
pub async fn run(args: &Demo) -> Result<u8> {
    let weather = weather(args)?;
    let kept = match &args.dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().doing("create", &std::env::temp_dir())?),
    };
    let folder = match (&args.dir, &kept) {
        (Some(folder), _) => folder.as_path(),
        (None, Some(kept)) => kept.path(),
        (None, None) => Path::new("."),
    };
    let mut signals = Signals::new()?;
    let world = World::start(folder, &weather).await?;
    let command = if args.command.is_empty() {
        face::say(&words::demo(&world.config()));
        ["users", "apply", "dev", "--yes"]
            .map(str::to_owned)
            .to_vec()
    } else {
        args.command.clone()
    };
    let mut child = child(&world, &command)?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            sent = signals.next() => pass_on(&child, sent),
        }
    };
    let status = status.map_err(|cause| Error::local(words::lost(&command[0])).because(cause))?;
    linger(&Runs::at(world.state_dir())?, &mut signals).await?;
    Ok(exit_code(status))
}

fn weather(args: &Demo) -> Result<Weather> {
    let known = || Fault::ALL.map(Fault::name).join(", ");
    let faults = args.faults.iter().map(|name| {
        name.parse()
            .map_err(|_| Error::usage(words::no_fault(name)).hint(words::known(&known())))
    });
    let latency = args.latency.as_deref().map(|text| {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        let length = length.and_then(|length| Duration::try_from(length).ok());
        length.ok_or_else(|| Error::usage(words::no_length(text)).hint(words::HINT_LENGTH))
    });
    Ok(Weather {
        faults: faults.collect::<Result<_>>()?,
        latency: latency.transpose()?.unwrap_or_default(),
        large: args.large,
        tempo: Tempo::WATCHABLE,
    })
}

/// A verb of selaras, or another program that finds the world by `SELARAS_CONFIG`. The real
/// secrets of whoever tries the demo stay out of it.
fn child(world: &World, words: &[String]) -> Result<Child> {
    let cli = Cli::command();
    let ours = words[0].starts_with('-')
        || cli
            .get_subcommands()
            .any(|verb| verb.get_name() == words[0]);
    let mut command = if ours {
        let mut command = Command::new("/proc/self/exe");
        command.arg("--config").arg(world.config()).args(words);
        command
    } else {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command.env("SELARAS_CONFIG", world.config());
    command
        .spawn()
        .map_err(|cause| Error::local(self::words::cannot_run(&words[0])).because(cause))
}

fn is_ours(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    SECRETS.iter().any(|secret| name.starts_with(secret))
        || ["SYNC_SCRIPT_PATH", "DAPODIK_BASE_URL", "DAPODIK_AUTH_URL"].contains(&name.as_ref())
}

/// Ctrl-C reaches the child by itself: the terminal sends it to all of us.
fn pass_on(child: &Child, sent: Sent) {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    if let (Some(pid), true) = (pid, sent != Sent::INT) {
        // A child that is gone is noticed by waiting for it.
        let _ = kill_process(pid, sent);
    }
}

/// Stays until no run needs the world any more, or somebody insists.
async fn linger(runs: &Runs, signals: &mut Signals) -> Result<()> {
    let mut pulse = interval(PULSE);
    let mut said = Vec::new();
    loop {
        let running: Vec<Id> = (runs.readable()?.iter())
            .filter(|run| run.state == State::Running)
            .map(crate::run::Run::id)
            .collect();
        if running.is_empty() {
            return Ok(());
        }
        if running != said {
            let names: Vec<_> = running.iter().map(|id| id.short()).collect();
            face::say(&words::lingering(&names));
            said = running;
        }
        tokio::select! {
            _ = pulse.tick() => {}
            sent = signals.next() => if sent != Sent::HUP { return Ok(()) },
        }
    }
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|number| 128 + number));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let install = |kind| {
            signal(kind).map_err(|cause| Error::local("cannot handle signals").because(cause))
        };
        Ok(Self {
            interrupt: install(SignalKind::interrupt())?,
            terminate: install(SignalKind::terminate())?,
            hang_up: install(SignalKind::hangup())?,
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
