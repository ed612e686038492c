//! What the tab reads beside the screen: settings, how the script stands, earlier runs, and what
//! can be seen of the run that goes on.

use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::News;
use crate::config::Script as Settings;
use crate::context;
use crate::context::script::{Observer, Past, orphaned, past};
use crate::engine::{Engine as _, Job};
use crate::error::{Error, Failure, Result};
use crate::run::{Id, Run, Runs};
use crate::script::lock::LockFile;
use crate::script::{Plan, Request, Script as Engine, Target};
use crate::tui::news::News as All;
use crate::tui::tab::SetupPage;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::Work;

/// The name of the work that looks.
pub const LOOK: &str = "look";
/// The name of the standing work that watches a run.
pub const PULSE: &str = "pulse";
/// The name of the standing work that looks at the lock.
pub const GLANCE: &str = "glance";
/// How often the lock is looked at.
const BLINK: Duration = Duration::from_secs(2);
/// How often a run is looked at.
const BEAT: Duration = Duration::from_secs(1);
/// How many earlier runs are listed.
const SHOWN: usize = 50;

/// How the script stands.
#[derive(Debug)]
pub struct Facts {
    /// Where the runs are.
    pub kept: Runs,
    /// What a run would do now, which nobody confirms: it is only looked at.
    pub plan: Result<Plan, Failure>,
    /// Its runs, the newest first.
    pub history: Vec<Past>,
    /// The run whose worker was killed, and whose script goes on.
    pub orphan: Option<Run>,
    /// Nothing may be written.
    pub read_only: bool,
}

/// What is seen of the script between two looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Glimpse {
    /// Its own lock, where it has one on this machine.
    lock: Option<LockFile>,
    /// The run that goes on without its worker.
    orphan: Option<Id>,
}

/// Why there is nothing to look at.
#[derive(Debug)]
pub enum NotReady {
    /// The script is not set up; the page says what it needs.
    NotSetUp(Box<SetupPage>),
    /// The settings cannot be read.
    Failed(Failure),
}

impl Facts {
    /// Whether all stands as it was seen.
    pub fn agrees_with(&self, seen: &Glimpse) -> bool {
        let lock = match self.plan.as_ref().map(|plan| &plan.target) {
            Ok(Target::Local(local)) => local.lock == seen.lock,
            _ => true,
        };
        lock && self.orphan.as_ref().map(Run::id) == seen.orphan
    }
}

impl From<Error> for NotReady {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Reads the settings, looks at the script, and lists its runs.
pub fn look(context: TabContext) -> Work<All> {
    Work::new(LOOK, move |_| async move {
        All::Script(News::Looked(read(&context).await.map(Box::new)))
    })
}

async fn read(context: &TabContext) -> Result<Facts, NotReady> {
    let config = context.app.config()?;
    let page = match (&config.file, config.script.problem()) {
        (None, Some(_)) => {
            let file = context.app.sources.config_file();
            SetupPage::welcome(&file.display().to_string())
        }
        (Some(_), Some(problem)) => SetupPage::script().lacking(problem),
        (_, None) => {
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
            return Ok(Facts {
                orphan: orphaned(&kept)?,
                kept,
                plan: plan.map_err(Failure::from),
                history,
                read_only,
            });
        }
    };
    Err(NotReady::NotSetUp(Box::new(page)))
}

/// Looks at the script's own lock, and for a script without its worker, again and again while
/// somebody looks at the tab, and tells when it stands differently: scripts are started by hand,
/// too.
pub fn glance(context: TabContext, mut shown: Receiver<bool>) -> Work<All> {
    let glancing = Work::new(GLANCE, move |mailbox| async move {
        let mut blink = interval(BLINK);
        blink.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            blink.tick().await;
            if shown.wait_for(|shown| *shown).await.is_err() {
                // The tab is gone, and the screen with it.
                return std::future::pending().await;
            }
            let context = context.clone();
            let seen = spawn_blocking(move || glimpse(&context))
                .await
                .ok()
                .flatten();
            if let Some(seen) = seen.filter(|seen| told.as_ref() != Some(seen)) {
                told = Some(seen.clone());
                mailbox.progress(All::Script(News::Glanced(seen))).await;
            }
        }
    });
    glancing.standing()
}

/// What is seen now; nothing while the settings cannot be read.
fn glimpse(context: &TabContext) -> Option<Glimpse> {
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
    Some(Glimpse {
        lock,
        orphan: orphan.map(|run| run.id()),
    })
}

/// Watches a run until it is dropped.
pub fn pulse(context: TabContext, id: Id) -> Work<All> {
    let watching = Work::new(PULSE, move |mailbox| async move {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut observer = None;
        loop {
            beat.tick().await;
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
                mailbox.progress(All::Script(seen)).await;
            }
        }
    });
    watching.standing()
}
