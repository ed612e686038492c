//! DB Script: runs a database sync script, here or behind a service, and watches it.
//!
//! ```text
//!   check · lock ─▶ Plan ─ apply ─┬─ local: pseudo-terminal, session, stop, exit ─▶ Report
//!                                 └─ remote: one long call, status and log beside it ─▶ Report
//! ```
//! A script's output goes byte for byte into the file the caller gives with
//! [`Script::with_output`]; events only say how long that is. `log` follows the script's own log
//! file, `unlock` removes a stale lock file.

mod check;
pub mod describe;
mod exit;
mod interpreter;
mod local;
pub mod lock;
pub mod log;
mod model;
mod output;
mod pty_reader;
mod remote;
mod report;
mod session;
pub mod unlock;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub use model::{
    End, Fate, Last, Left, LocalPlan, LogFile, Plan, RemotePlan, Report, Request, Target,
};
pub use remote::{Client, Window};
pub use session::SCRIPT_ITEM;

use crate::config::{Config, Script as Settings};
use crate::engine::{Engine, Job, Seal};
use crate::error::{Error, Kind, Result};
use jiff::Timestamp;

/// Only one run at a time may act on it: on the script, or on its lock file.
pub const RESOURCE: &str = "script";
/// The pause between two requests about a run that a person watches, in milliseconds.
pub const WATCHED_MS: u64 = 2_000;
/// Who speaks in the lines of a run's journal.
const SOURCE: &str = "script";
/// What a stop interrupts while a plan is made.
const THE_LOOK: &str = "the look at the script";
/// For a plan that is refused.
const LOOK_AGAIN: &str = "look at the preview again";

#[derive(Clone, Debug)]
pub struct Script {
    config: Arc<Config>,
    settings: Settings,
    output: Option<Arc<File>>,
}

impl Script {
    /// An engine with these settings; a later change of the files is seen by a new engine only.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let settings = config.script.ready()?.clone();
        Ok(Self {
            config,
            settings,
            output: None,
        })
    }

    /// Where `apply` puts what the script prints, byte for byte; without it, it is only counted.
    #[must_use]
    pub fn with_output(mut self, file: File) -> Self {
        self.output = Some(Arc::new(file));
        self
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The service, for a remote script; asking for its secrets may take a while.
    pub async fn client(&self) -> Result<Client> {
        match &self.settings {
            Settings::Remote(settings) => Client::new(&self.config, settings).await,
            Settings::Local(_) => Err(Error::usage(
                "the script is one of this machine, not of a server",
            )),
        }
    }

    /// Refuses a plan that was changed, or was made for another script.
    pub fn accept(&self, plan: &mut Plan) -> Result<()> {
        if !plan.check()? {
            return Err(plan_was_changed());
        }
        let same = match (&self.settings, &plan.target) {
            (Settings::Local(settings), Target::Local(local)) => {
                std::path::absolute(&settings.path).is_ok_and(|path| path == local.path)
            }
            (Settings::Remote(settings), Target::Remote(remote)) => {
                remote::address(settings) == remote.url
            }
            _ => false,
        };
        if same {
            Ok(())
        } else {
            Err(another_script(&plan.target.name()))
        }
    }

    fn max_output(&self) -> u64 {
        match &self.settings {
            Settings::Local(settings) => settings.max_output,
            Settings::Remote(settings) => settings.max_output,
        }
    }
}

impl Engine for Script {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "script";

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        job.stage("look at the script");
        match self.settings.clone() {
            Settings::Local(settings) => {
                let now = job.now();
                let looking = look(move || check::look(&settings, request, now));
                job.or_cancel(THE_LOOK, looking).await?
            }
            Settings::Remote(settings) => {
                let planning = remote::plan(&self.config, &settings, request, job);
                job.or_cancel(THE_LOOK, planning).await?
            }
        }
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        self.accept(&mut plan)?;
        if let Some(problem) = plan.problems.first() {
            return Err(problem.clone().into());
        }
        if job.is_cancelled() {
            return Err(Error::new(
                Kind::Stopped,
                "stopped before the script began; nothing was run",
            ));
        }
        let output = output::Output::new(self.output.clone(), self.max_output());
        match (&self.settings, &plan.target) {
            (Settings::Local(settings), Target::Local(local)) => {
                let again = local.clone();
                let now = job.now();
                look(move || unchanged(&again, now)).await?;
                job.stage(format!("run {}", plan.target.name()));
                local::run(local, settings, output, job).await
            }
            (Settings::Remote(settings), Target::Remote(remote)) => {
                job.stage(format!("run {}", plan.target.name()));
                remote::run(&self.config, settings, remote, output, job).await
            }
            // `accept` has refused it.
            _ => Err(another_script(&plan.target.name())),
        }
    }
}

fn plan_was_changed() -> Error {
    Error::stale("the plan is not as it was made: its seal does not fit").hint(LOOK_AGAIN)
}

fn another_script(name: &str) -> Error {
    Error::stale(format!(
        "the plan was made for {name}, something else is configured"
    ))
    .hint(LOOK_AGAIN)
}

/// Does what blocks its thread.
async fn look<T: Send + 'static>(look: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|cause| Error::bug("a look at the script panicked").because(cause))?
}

/// Refuses a script that has changed since it was shown, or was locked since then.
fn unchanged(plan: &LocalPlan, now: Timestamp) -> Result<()> {
    if check::sha256(&plan.path).ok() != plan.sha256 {
        let changed = format!(
            "{} changed since it was shown; nothing was run",
            plan.path.display()
        );
        return Err(Error::stale(changed).hint(LOOK_AGAIN));
    }
    if let Some(danger) = check::danger(&plan.path) {
        return Err(danger);
    }
    let locked = |path: &Path| {
        let lock = lock::LockFile::look(path, &plan.path, None);
        check::lock_problem(&lock, now)
    };
    match plan.lock.as_ref().and_then(|lock| locked(&lock.path)) {
        Some(problem) => Err(problem.into()),
        None => Ok(()),
    }
}
