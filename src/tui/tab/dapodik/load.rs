//! What the tab asks for, beside the screen: this machine's part, and the backend's.
//!
//! They are two pieces of work: a backend may be silent for a minute, the list of kecamatan is
//! wanted at once. Settings are read anew each time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{News, words};
use crate::config::{Config, Problem};
use crate::dapodik::model::{End, Named};
use crate::dapodik::{Dapodik as Engine, Plan, Regions, Report, Scope, Stock, wants_portal};
use crate::desk;
use crate::engine::{Engine as _, Job, Summary as _};
use crate::error::{Error, Failure, Result};
use crate::tui::news::News as All;
use crate::tui::tasks::{Effect, Work};
use crate::tui::tools::Tools;

/// The name of the work that looks at this machine.
pub const OVERVIEW: &str = "overview";
/// The name of the work that asks the backend.
pub const METADATA: &str = "metadata";
/// How many earlier runs are read at most.
const RUNS: usize = 60;

/// What this machine knows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The backend, without credentials.
    pub server: String,
    /// Nothing may be written.
    pub read_only: bool,
    /// The kecamatan to choose from.
    pub regions: Result<Regions, Failure>,
    /// What the database holds of each, by code; `None` without a database.
    pub stock: Option<BTreeMap<String, Stock>>,
    /// What earlier runs of this machine left.
    pub past: Past,
}

/// What earlier runs left.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The kecamatan that failed when some were last synced.
    pub failed: Vec<Named>,
    /// Why the last sync was interrupted, if it was.
    pub interrupted: Option<String>,
    /// How long the same took last time, by what it was.
    pub took: BTreeMap<String, Duration>,
    /// What was started last and tells no progress: what, and when.
    pub background: Vec<(String, Timestamp)>,
}

/// Why there is nothing to look at.
#[derive(Clone, Debug)]
pub enum Unready {
    /// There is no configuration at all; it would be at this file.
    FirstStart(PathBuf),
    /// The part is not set up: why.
    NotSetUp(Problem),
    /// The settings ask for the portal, which comes later.
    Portal,
    /// The settings cannot be read, or name something that is not served here.
    Failed(Failure),
}

impl From<Error> for Unready {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The work broke by a mistake of ours.
pub fn broke() -> Failure {
    Error::bug(words::BROKE).into()
}

/// Looks at this machine.
pub fn overview(tools: Tools) -> Effect<All> {
    Effect::Work(Work::new(OVERVIEW, move |_| async move {
        All::Dapodik(News::Overview(look(&tools).await.map(Box::new)))
    }))
}

async fn look(tools: &Tools) -> Result<Overview, Unready> {
    let config = tools.desk.config()?;
    if wants_portal(&config) {
        return Err(Unready::Portal);
    }
    match (&config.file, config.dapodik.problem()) {
        (None, Some(_)) => return Err(Unready::FirstStart(tools.desk.sources.config_file())),
        (_, Some(problem)) => return Err(Unready::NotSetUp(problem.clone())),
        (_, None) => {}
    }
    let engine = Engine::new(Arc::clone(&config))?;
    let mut regions = engine.regions().await.map_err(Failure::from);
    let stock = engine.stock().await.unwrap_or_else(|error| {
        if let Ok(regions) = &mut regions {
            regions.note.get_or_insert_with(|| error.chain());
        }
        None
    });
    // What cannot be read of the past is not known; the sync needs none of it.
    let past = past(&config).unwrap_or_default();
    Ok(Overview {
        server: engine.server(),
        read_only: config.read_only,
        regions,
        stock,
        past,
    })
}

fn past(config: &Config) -> Result<Past> {
    let mut past = Past::default();
    let (mut read, mut verified, mut newest) = (0, false, true);
    desk::runs(config)?.newest(Engine::NAME, |plan: Plan, report: Report, ended| {
        read += 1;
        let target = plan.target();
        if plan.scope.is_followed() && std::mem::take(&mut newest) {
            past.interrupted = match &report.end {
                End::Interrupted(failure) => Some(failure.message.clone()),
                _ => None,
            };
        }
        if report.verified.is_some() && !std::mem::replace(&mut verified, true) {
            past.failed.clone_from(&report.kecamatan.failed);
        }
        if report.is_done() {
            if matches!(plan.scope, Scope::AllPtk | Scope::AllSekolah)
                && past.background.iter().all(|(what, _)| *what != target)
            {
                past.background.push((target.clone(), ended));
            }
            let length = Duration::from_millis(report.duration_ms);
            past.took.entry(target).or_insert(length);
        }
        (read >= RUNS).then_some(())
    })?;
    Ok(past)
}

/// Asks the backend how it stands.
pub fn metadata(tools: Tools) -> Effect<All> {
    Effect::Work(Work::new(METADATA, move |_| async move {
        let asked = async {
            let engine = Engine::new(tools.desk.config()?)?;
            engine.metadata(&Job::silent().at(tools.desk.clock)).await
        };
        let said: Result<_> = asked.await;
        let said = said.map_err(Failure::from);
        All::Dapodik(News::Metadata(said, tools.desk.clock.now()))
    }))
}
