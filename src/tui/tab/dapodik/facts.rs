//! What the tab looks up beside the screen: what this machine knows, and what the backend says.
//!
//! They are two pieces of work: a backend may be silent for a minute, the list of kecamatan is
//! wanted at once. Settings are read anew each time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{BackendState, Said, Sync};
use crate::config::{Config, Part, Problem, Source};
use crate::context;
use crate::dapodik::model::{DiedRun, Finding, Resume, WhenRunning};
use crate::dapodik::{Counts, Dapodik as Engine, Metadata, Plan, Regions, Report, Scope, left_out};
use crate::engine::{Engine as _, Job, Outcome as _, Summary as _, Verdict};
use crate::error::{Error, Failure, Result};
use crate::tui::tab::Effect;
use crate::tui::tab::SetupPage;
use crate::tui::tab::TabContext;
use crate::tui::tab::engine_tab::{ControllerOf, EffectsOf, News, NotReady, own};
use crate::tui::tasks::Work;

/// The name of the work that asks the backend.
pub const METADATA: &str = "metadata";
/// The name of the work that waits before it is asked again.
const LATER: &str = "metadata later";
/// How often a RUNNING that is on the screen is asked for again.
const AGAIN: Duration = Duration::from_mins(1);
/// How many earlier runs are read at most.
const RUNS: usize = 60;

#[derive(Clone, Debug)]
pub struct Facts {
    pub server: String,
    /// We do the work ourselves; no backend is followed.
    pub is_portal: bool,
    /// The database that is looked into, or written to, without credentials.
    pub database: Option<String>,
    /// What a global sync of ours had done that did not come to its end; `None` where there is none.
    pub resume: Option<Result<Resume, Failure>>,
    /// A global sync of ours that died.
    pub died: Option<DiedRun>,
    /// Nothing may be written.
    pub read_only: bool,
    pub regions: Result<Regions, Failure>,
    /// What the database holds of each, by code; `None` without a database.
    pub counts: Option<BTreeMap<String, Counts>>,
    pub history: History,
}

#[derive(Clone, Debug, Default)]
pub struct History {
    /// The kecamatan of which something is missing, until a later run has mended it; by code.
    pub failed: Vec<Finding>,
    /// Why the last sync is not one to rely on, if so.
    pub unfinished: Option<String>,
    /// How long what was synced took last time.
    took: Vec<(Scope, Duration)>,
    /// What was started last and tells no progress: what, and when.
    pub background: Vec<(String, Timestamp)>,
}

impl History {
    /// How long the same took last time.
    pub fn took(&self, scope: &Scope) -> Option<Duration> {
        let known = self.took.iter().find(|(known, _)| known == scope);
        known.map(|(_, took)| *took)
    }
}

/// The work panicked.
pub fn broke() -> Failure {
    Error::bug("looking broke off because of a bug in selaras").into()
}

pub async fn look(context: &TabContext) -> Result<Facts, NotReady> {
    let config = context.app.config()?;
    let problem = config.dapodik.problem();
    if wants_portal(&config)
        && let Some(not_ready) = set_up_portal(&config, problem)
    {
        return Err(not_ready);
    }
    if let Some(problem) = problem {
        let missing = (SetupPage::dapodik(), problem);
        return Err(NotReady::set_up(context, &config, missing));
    }
    let engine = Engine::new(Arc::clone(&config))?;
    let mut regions = engine.regions().await.map_err(Failure::from);
    let counts = engine.counts().await.unwrap_or_else(|error| {
        if let Ok(regions) = &mut regions {
            regions.note.get_or_insert_with(|| error.chain());
        }
        None
    });
    // What cannot be read of the past is not known; the sync needs none of it.
    let history = history(&config).unwrap_or_default();
    let (resume, died) = if engine.is_portal() {
        earlier(&config).unwrap_or_default()
    } else {
        (None, None)
    };
    Ok(Facts {
        server: engine.server(),
        is_portal: engine.is_portal(),
        database: engine.database(),
        resume,
        died,
        read_only: config.read_only,
        regions,
        counts,
        history,
    })
}

/// Whether the settings say that we do the work, complete or not.
fn wants_portal(config: &Config) -> bool {
    match &config.dapodik {
        Part::Ready(settings) => matches!(settings.source, Source::Portal { .. }),
        Part::NotSetUp(problem) => {
            let mut missing = problem.missing.iter();
            missing.any(|missing| missing.key.starts_with("dapodik.portal."))
        }
    }
}

type Earlier = (Option<Result<Resume, Failure>>, Option<DiedRun>);

/// What earlier runs of ours leave to be continued, or to be repaired.
fn earlier(config: &Config) -> Result<Earlier> {
    let runs = context::runs(config)?;
    let request = context::dapodik::request(&runs, Scope::Global, WhenRunning::Refuse)?;
    let resumable = context::dapodik::resumable(&runs)?;
    let resume = resumable.map(|run| {
        let resume = context::dapodik::resume(&runs, run.id());
        resume.map_err(Failure::from)
    });
    Ok((resume, request.died))
}

/// What keeps our own work from being set up: keys of the portal, secrets.
fn set_up_portal(config: &Config, problem: Option<&Problem>) -> Option<NotReady> {
    let secrets = [
        ("DAPODIK_USERNAME", "who signs in at the portal"),
        ("DAPODIK_PASSWORD", "the password for it"),
        ("DAPODIK_API_KEY", "the key that is sent with every request"),
    ];
    let missing = secrets
        .into_iter()
        .filter(|(name, _)| !config.is_secret_set(name));
    let missing: Vec<_> = missing.collect();
    if problem.is_none() && missing.is_empty() {
        return None;
    }
    let mut page = SetupPage::portal(problem);
    for (name, meaning) in missing {
        page = page.setting(name, &format!("{meaning} (environment or .env)"));
    }
    Some(page.into())
}

fn history(config: &Config) -> Result<History> {
    let mut history = History::default();
    let (mut read, mut rechecked, mut newest) = (0, Rechecked::default(), true);
    context::runs(config)?.newest(Engine::NAME, |plan: Plan, report: Report, ended| {
        read += 1;
        if plan.scope.is_followed() {
            if std::mem::take(&mut newest) {
                history.unfinished = unfinished(&report);
            }
            history
                .failed
                .extend(rechecked.missing(&plan.scope, &report));
        }
        let target = plan.target();
        if report.is_done()
            && report.work.is_none()
            && matches!(plan.scope, Scope::AllPtk | Scope::AllSekolah)
            && history.background.iter().all(|(what, _)| *what != target)
        {
            history.background.push((target, ended));
        }
        if let Some(took) = report.took()
            && history.took(&plan.scope).is_none()
        {
            history.took.push((plan.scope, took));
        }
        (read >= RUNS).then_some(())
    })?;
    history.failed.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(history)
}

/// Why the last sync is not one to rely on.
fn unfinished(report: &Report) -> Option<String> {
    let failure = report.failure()?;
    let told = matches!(report.verdict(), Verdict::Interrupted | Verdict::Partial);
    (told || report.broken.is_some()).then_some(failure.message)
}

/// Which kecamatan later runs have looked at: what an earlier one said of them is out of date.
#[derive(Default)]
struct Rechecked {
    all: bool,
    codes: BTreeSet<String>,
}

impl Rechecked {
    /// What a run left out that no later one has looked at; runs come the newest first. One that
    /// was not checked settles nothing.
    fn missing(&mut self, scope: &Scope, report: &Report) -> Vec<Finding> {
        if self.all || report.verified.is_none() {
            return Vec::new();
        }
        let mut missing = report.kecamatan.failed.clone();
        let mut schools: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for school in &report.skipped {
            if let Some(code) = &school.kecamatan {
                schools.entry(code).or_default().push(school);
            }
        }
        missing.extend(schools.into_iter().map(|(code, schools)| Finding {
            key: code.to_owned(),
            label: code.to_owned(),
            reason: left_out(&schools),
            kecamatan: None,
        }));
        missing.retain(|named| !self.codes.contains(&named.key));
        match scope {
            Scope::Kecamatan { codes } => {
                let codes = codes.iter().map(|code| code.as_str().to_owned());
                self.codes.extend(codes);
            }
            _ => self.all = true,
        }
        missing
    }
}

pub fn metadata(context: TabContext) -> Effect<News<Sync>> {
    own(Work::new(METADATA, move |_| async move {
        let asked = async {
            let engine = Engine::new(context.app.config()?)?;
            engine.metadata(&Job::silent().at(context.app.clock)).await
        };
        let said: Result<_> = asked.await;
        Said::Metadata(said.map_err(Failure::from), context.app.clock.now())
    }))
}

/// Reminds the tab, in a while, to ask again.
pub fn later() -> Effect<News<Sync>> {
    let waiting = Work::new(LATER, |_| async {
        tokio::time::sleep(AGAIN).await;
        Said::AskAgain
    });
    own(waiting.standing())
}

impl Sync {
    pub(super) fn ask_backend(&mut self, controller: &ControllerOf<Self>) -> EffectsOf<Self> {
        if !matches!(self.backend, BackendState::Said(_)) {
            self.backend = BackendState::Asking;
        }
        vec![metadata(controller.context().clone())]
    }

    pub(super) fn take_metadata(&mut self, said: Result<Metadata, Failure>, at: Timestamp) {
        self.backend = match said {
            Ok(metadata) => {
                let since = self.running.map_or(at, |(since, _)| since);
                self.running = metadata.is_running().then_some((since, at));
                BackendState::Said(metadata)
            }
            Err(failure) => BackendState::Silent(failure),
        };
    }
}
