//! What the tab reads beside the screen: settings, plans, the state of the script, earlier runs, and
//! what can be seen of the active run.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch::Receiver;
use tokio::task::spawn_blocking;

use super::News;
use super::NotReady;
use crate::clock::every;
use crate::config::{Config, Script as Settings};
use crate::context;
use crate::context::script::{Observer, Past, orphaned, past};
use crate::engine::{Engine as _, Job};
use crate::error::{Failure, Result};
use crate::run::{Id, Run, Runs};
use crate::script::lock::LockFile;
use crate::script::{Plan, Request, Script as Engine, Target, WATCHED_MS};
use crate::tui::run_controller::planned_by;
use crate::tui::tab::SetupPage;
use crate::tui::tab::TabContext;
use crate::tui::tasks::Work;

pub const LOOK: &str = "look";
/// The standing work that watches a run.
pub const WATCH: &str = "watch";
const POLL: &str = "poll";
/// The pause between two looks at the lock.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// The pause between two looks at a run.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How many earlier runs are listed.
const SHOWN: usize = 50;

/// The state of the script.
#[derive(Debug)]
pub struct Facts {
    pub kept: Runs,
    /// What a run would do now; this plan is only looked at, never confirmed.
    pub plan: Result<Plan, Failure>,
    /// The newest first.
    pub history: Vec<Past>,
    /// The run whose worker was killed, and whose script still runs.
    pub orphan: Option<Run>,
    pub read_only: bool,
}

/// What is seen of the script between two looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Polled {
    /// Its own lock, where it has one on this machine.
    lock: Option<LockFile>,
    /// The run that lost its worker.
    orphan: Option<Id>,
}

impl Facts {
    pub fn target(&self) -> Option<&Target> {
        self.plan.as_ref().ok().map(|plan| &plan.target)
    }

    /// The script's own log, where there is one on this machine.
    pub fn log(&self) -> Option<&Path> {
        match self.target()? {
            Target::Local(local) => local.log.as_ref().map(|log| log.path.as_path()),
            Target::Remote(_) => None,
        }
    }

    /// Whether nothing has changed since.
    pub fn agrees_with(&self, seen: &Polled) -> bool {
        let lock = match self.target() {
            Some(Target::Local(local)) => local.lock == seen.lock,
            _ => true,
        };
        lock && self.orphan.as_ref().map(Run::id) == seen.orphan
    }
}

/// Plans with what the runs know of the last one.
pub fn plan(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    let make = |config: Arc<Config>, request: &mut Request| {
        request.last = context::script::last(&context::runs(&config)?)?;
        request.poll_ms = Some(WATCHED_MS);
        Engine::new(config)
    };
    planned_by(make, config, request, job)
}

/// Reads the settings, looks at the script, and lists its runs.
pub fn look(context: TabContext) -> Work<News> {
    Work::new(LOOK, move |_| async move {
        News::Looked(read(&context).await.map(Box::new))
    })
}

async fn read(context: &TabContext) -> Result<Facts, NotReady> {
    let config = context.app.config()?;
    if let Some(problem) = config.script.problem() {
        let missing = (SetupPage::script(), problem);
        return Err(NotReady::set_up(context, &config, missing));
    }
    let kept = context::runs(&config)?;
    let history = past(&kept, SHOWN)?;
    let request = Request {
        last: history.first().map(Past::last),
        ..Request::default()
    };
    let read_only = config.read_only;
    let engine = Engine::new(config)?;
    let plan = engine
        .plan(request, &Job::silent().at(context.app.clock))
        .await;
    Ok(Facts {
        orphan: orphaned(&kept)?,
        kept,
        plan: plan.map_err(Failure::from),
        history,
        read_only,
    })
}

/// Looks at the script's own lock, and for a script without its worker, from time to time while the
/// tab is on the screen, and reports changes: scripts are started by hand, too.
pub fn poll(context: TabContext, mut shown: Receiver<bool>) -> Work<News> {
    let polling = Work::new(POLL, move |mailbox| async move {
        let mut ticks = every(POLL_EVERY);
        let mut told = None;
        loop {
            ticks.tick().await;
            if shown.wait_for(|shown| *shown).await.is_err() {
                // The tab is gone, and the screen with it.
                return std::future::pending().await;
            }
            let context = context.clone();
            let seen = spawn_blocking(move || poll_once(&context))
                .await
                .ok()
                .flatten();
            if let Some(seen) = seen.filter(|seen| told.as_ref() != Some(seen)) {
                told = Some(seen.clone());
                mailbox.progress(News::Polled(seen)).await;
            }
        }
    });
    polling.standing()
}

/// `None` while the settings cannot be read.
fn poll_once(context: &TabContext) -> Option<Polled> {
    let config = context.app.config().ok()?;
    let lock = match config.script.ready().ok()? {
        Settings::Local(local) => {
            let path = local.lock_file.as_ref();
            path.map(|path| LockFile::look(path, &local.path, None))
        }
        Settings::Remote(_) => None,
    };
    let orphan = context::runs(&config)
        .and_then(|runs| orphaned(&runs))
        .ok()?;
    Some(Polled {
        lock,
        orphan: orphan.map(|run| run.id()),
    })
}

/// Watches a run until it is dropped.
pub fn watch(context: TabContext, id: Id) -> Work<News> {
    let watching = Work::new(WATCH, move |mailbox| async move {
        let mut ticks = every(WATCH_EVERY);
        let mut observer = None;
        loop {
            ticks.tick().await;
            // Settings that cannot be read right now say nothing about the run.
            if observer.is_none() {
                let runs = context
                    .app
                    .config()
                    .and_then(|config| context::runs(&config));
                observer = runs.ok().map(|runs| Observer::new(&runs, id));
            }
            if let Some(observer) = &mut observer {
                let seen = News::Active(id, observer.look(), context.app.clock.now());
                mailbox.progress(seen).await;
            }
        }
    });
    watching.standing()
}
