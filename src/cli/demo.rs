//! `selaras demo`: a simulated outside world on this machine, and something that runs in it.
//!
//! This process is the world; the screen or the command is its child. It passes on signals and the
//! exit status, and stays until the runs that need its world have ended.

mod child;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::Signal as Sent;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::interval;

use super::args::{Demo, Global};
use super::out::Out;
use super::{screen, words};
use crate::error::{Context, Error, Result};
use crate::run::{self, Id, Run, Runs, State, StopWait, Until};
use crate::sim::backend::Tempo;
use crate::sim::world::{World, WorldOptions};

/// How often it is looked whether runs still need the world.
const PULSE: Duration = Duration::from_millis(100);

/// Starts the world, runs the command in it, and says the command's exit code.
pub async fn run(out: &Out, global: &Global, args: &Demo) -> Result<u8> {
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
        out.say(&words::demo(&world.config()));
        ["users", "apply", "dev", "--yes"]
            .map(str::to_owned)
            .to_vec()
    } else {
        args.command.clone()
    };
    let program = command.first().map_or("selaras", String::as_str);
    let mut child = child::start(&world, global, &command)?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            sent = signals.next() => child::pass_on(&child, sent),
        }
    };
    let status = status.map_err(|cause| Error::local(words::lost(program)).because(cause))?;
    if let Err(error) = linger(out, &Runs::at(world.state_dir())?, &mut signals).await {
        out.tell(&error.into());
    }
    Ok(child::exit_code(status))
}

fn options(args: &Demo) -> Result<WorldOptions> {
    let faults = args.faults.iter().map(|name| name.parse());
    let latency = args.latency.as_deref().map(|text| {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        let length = length.and_then(|length| Duration::try_from(length).ok());
        length.ok_or_else(|| Error::usage(words::no_length(text)).hint("such as 40ms or 2s"))
    });
    Ok(WorldOptions {
        faults: faults.collect::<Result<_>>()?,
        latency: latency.transpose()?.unwrap_or_default(),
        large: args.large,
        tempo: Tempo::WATCHABLE,
        script: args.script.as_deref().map(str::parse).transpose()?,
    })
}

/// Stays until no run needs the world any more; whoever insists on leaving stops them.
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
            out.say(&words::lingering(&running));
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

/// What ends other processes, and is passed on here.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen =
            |kind| signal(kind).map_err(|cause| Error::local(words::NO_SIGNALS).because(cause));
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
