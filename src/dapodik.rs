//! Dapodik: schools and staff (PTK) of the regional portal, synced by a backend that is followed, or
//! by ourselves.
//!
//! ```text
//!   backend ─ metadata ─▶ Plan ─ apply ─┬─ stream ─ sse ─ frames ─▶ progress ─▶ events
//!                                       └─ POST                        │
//!   database ── kecamatan, mark ──────────────── check afterwards ─────┴──▶ Report
//!
//!   portal, tables ─ look ─▶ Plan ─ apply ─ sync: portal ─▶ columns ─▶ tables ─▶ Report
//! ```
//! A backend (E-Alumni) must be handled with care: a second request starts a second sync, a closed
//! connection ends the first, and its "done" proves nothing. Our own work is `sync`; what it says
//! is told to E-Alumni's clients as `frames`.

mod backend;
mod check;
pub mod columns;
pub mod describe;
mod follow;
pub mod frames;
mod metadata;
pub mod model;
mod person;
mod planning;
pub mod portal;
pub mod progress;
mod region;
mod send;
mod sse;
mod store;
pub mod sync;
pub mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use describe::own::{GONE, SAMPLE};
pub use describe::{
    empties, eta, how_far, in_database, left_out, listed, preview, question, remarks,
};
pub use metadata::{Metadata, OURS, State};
pub use model::{DiedRun, Emptied, Plan, RESOURCE, Report, Request, Resume, Scope, WhenRunning};
pub use person::{Nik, Npsn};
pub use region::{Kecamatan, KecamatanCode, Origin, Regions};
pub use store::Counts;

use backend::Backend;
use check::Expected;
use describe::HINT_PLAN_AGAIN;
use follow::{Baseline, Follow};
use model::End;
use portal::PortalTimeouts;
use store::{Snapshot, Store};

/// Who speaks in the lines of a journal that are ours.
const US: &str = "selaras";

use crate::config::{self, Config, Dapodik as Settings, DatabaseUrl, Source, WebUrl};
use crate::engine::{Engine, Job, Seal};
use crate::error::{Error, Kind, Result};

/// How often and how long a backend is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// After how long a silence is told.
    pub silence: Duration,
    /// How long a sync is watched by metadata.
    pub watch: Duration,
    /// Between two looks at one that runs.
    pub poll: Duration,
    /// Between two looks at one that may not have begun.
    pub settle: Duration,
    /// For one look during a silence.
    pub look: Duration,
    /// The longest wait before a resume that a server may ask for.
    pub longest_wait: Duration,
    /// A silence that may end in a burst of what a proxy held back.
    pub burst: Duration,
    /// What the portal's client waits for; as configured where nothing else is said.
    pub portal: Option<PortalTimeouts>,
    /// How long a lost connection to the database is opened again.
    pub patience: Duration,
}

#[derive(Clone, Debug)]
pub struct Dapodik {
    config: Arc<Config>,
    settings: Settings,
    side: Side,
    /// What is looked at after a followed sync; what a sync of ours writes to.
    database: Option<DatabaseUrl>,
    timeouts: Timeouts,
}

/// Who does the work.
#[derive(Clone, Debug)]
enum Side {
    Backend(WebUrl),
    Portal(Box<config::Portal>),
}

impl Dapodik {
    /// An engine with these settings; a later change of the files is seen by a new engine only.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let settings = config.dapodik.ready()?.clone();
        let (side, database) = match settings.source.clone() {
            Source::Remote { url, database } => (Side::Backend(url), database),
            Source::Portal { portal, database } => (Side::Portal(portal), Some(database)),
        };
        let timeouts = Timeouts {
            silence: settings.silence,
            watch: settings.watch,
            poll: Duration::from_secs(5),
            settle: Duration::from_secs(1),
            look: Duration::from_secs(5),
            longest_wait: Duration::from_mins(1),
            burst: Duration::from_secs(2),
            portal: None,
            patience: Duration::from_mins(1),
        };
        Ok(Self {
            config,
            settings,
            side,
            database,
            timeouts,
        })
    }

    #[must_use]
    pub fn at_pace(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Who is asked: the backend, or the portal.
    pub fn server(&self) -> String {
        match &self.side {
            Side::Backend(url) => url.to_string(),
            Side::Portal(portal) => portal.base_url.to_string(),
        }
    }

    /// Whether the work is done here.
    pub fn is_portal(&self) -> bool {
        matches!(self.side, Side::Portal(_))
    }

    /// The database that tells what was stored, or is written to, without credentials.
    pub fn database(&self) -> Option<String> {
        self.database.as_ref().map(DatabaseUrl::target_name)
    }

    /// What is known of the last global sync: by the backend, or in the database.
    pub async fn metadata(&self, job: &Job) -> Result<Metadata> {
        match &self.side {
            Side::Backend(url) => self.backend(url)?.metadata(job).await,
            Side::Portal(_) => {
                let reading = self.metadata_there();
                job.or_cancel("looking into the database", reading).await?
            }
        }
    }

    async fn metadata_there(&self) -> Result<Metadata> {
        let Some(url) = self.database.as_ref().filter(|url| is_there(url)) else {
            return Ok(Metadata::of(None));
        };
        let mut store = self.open(url).await?;
        let value = store.metadata().await?;
        store.close().await?;
        Ok(Metadata::of(value))
    }

    pub async fn regions(&self) -> Result<Regions> {
        planning::regions(self).await
    }

    /// What the database holds, by kecamatan code; `None` where there is no database to look into.
    pub async fn counts(&self) -> Result<Option<BTreeMap<String, Counts>>> {
        let Some(url) = self.database.as_ref() else {
            return Ok(None);
        };
        if self.is_portal() && !is_there(url) {
            return Ok(Some(BTreeMap::new()));
        }
        let mut store = self.open(url).await?;
        let mark = store.mark().await?;
        let schools = store.schools(&mark).await?;
        store.close().await?;
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        for school in schools {
            let of = counts.entry(school.kecamatan).or_default();
            of.sekolah += 1;
            of.ptk += school.ptk;
            of.newest = of.newest.max(school.written);
        }
        Ok(Some(counts))
    }

    /// Why there is no list of kecamatan; `note` is what was wrong with the database.
    pub fn no_list(note: Option<&str>) -> Error {
        let kind = note.map_or(Kind::Config, |_| Kind::Database);
        let why = note.map_or_else(String::new, |note| format!(": {note}"));
        Error::new(kind, format!("there is no list of kecamatan{why}"))
            .hint("[dapodik] database (its ref_wilayah) or kecamatan (a CSV file) names one")
    }

    async fn open(&self, url: &DatabaseUrl) -> Result<Store> {
        Store::open(url, self.config.statement_timeout).await
    }

    fn backend(&self, url: &WebUrl) -> Result<Backend> {
        Backend::new(&self.config, url)
    }

    /// Refuses a plan that was changed, or was made for another backend.
    fn accept(&self, plan: &mut Plan) -> Result<()> {
        if !plan.check()? {
            return Err(
                Error::stale("the plan was changed after it was made").hint(HINT_PLAN_AGAIN)
            );
        }
        if plan.server != self.server() {
            let why = format!(
                "the plan is for {}, configured is {}",
                plan.server,
                self.server()
            );
            return Err(Error::stale(why).hint(HINT_PLAN_AGAIN));
        }
        if self.is_portal() && plan.database != self.database() {
            let why = "the plan is for another database than the configured one";
            return Err(Error::stale(why).hint(HINT_PLAN_AGAIN));
        }
        plan.obstacle()
            .map_or(Ok(()), |failure| Err(failure.into()))
    }

    /// Follows the sync, and looks into the database when the backend says that it is done.
    async fn follow(&self, backend: &Backend, plan: &Plan, job: &Job) -> Result<Report> {
        let now = backend.metadata(job).await?;
        let attaches = plan.attaches() && now.is_running();
        if now.is_running()
            && !plan.metadata.is_running()
            && plan.when_running == WhenRunning::Refuse
        {
            // Somebody began between the preview and now.
            return Err(describe::running(plan));
        }
        let known = self.regions().await.map(|regions| regions.kecamatan);
        let known = known.unwrap_or_default();
        let before = match &self.database {
            Some(url) => Some(self.before(url).await),
            None => None,
        };
        let mark = match &before {
            Some(Ok(before)) => Some(&before.mark),
            _ => None,
        };
        let seen = Baseline {
            kecamatan: &known,
            metadata: &now,
            rows: self.database.as_ref().zip(mark),
        };
        let follow = Follow::new(backend, plan, &seen, self.timeouts, job);
        let mut report = if attaches {
            follow.attach().await?
        } else {
            job.stage(format!(
                "follow the {}",
                describe::scope(&plan.scope, &plan.kecamatan)
            ));
            follow.stream().await?
        };
        // After a cut too: what was stored by then is there.
        let stopped = matches!(report.end, End::Stopped(_));
        let looks = report.is_done() || (report.broken.is_some() && !stopped);
        match before {
            // What a sync stored before one looked is not told apart from what it will store.
            Some(_) if attaches => report
                .notes
                .push("not verified: it had begun before this run".to_owned()),
            Some(Ok(before)) if looks => {
                job.stage("look into the database");
                let told = (
                    std::mem::take(&mut report.kecamatan.failed),
                    std::mem::take(&mut report.skipped),
                );
                if let Err(error) = self.check(&mut report, plan, &before, job).await {
                    unverified(&mut report, &error);
                }
                report.add_told(told);
            }
            Some(Err(error)) => unverified(&mut report, &error),
            _ => {}
        }
        Ok(report)
    }

    async fn before(&self, url: &DatabaseUrl) -> Result<Snapshot> {
        let mut store = self.open(url).await?;
        let before = store.before().await?;
        store.close().await?;
        Ok(before)
    }

    async fn check(
        &self,
        report: &mut Report,
        plan: &Plan,
        before: &Snapshot,
        job: &Job,
    ) -> Result<()> {
        let Some(url) = &self.database else {
            return Ok(());
        };
        let mut store = self.open(url).await?;
        let all = store.kecamatan().await?;
        let schools = store.schools(&before.mark).await?;
        store.close().await?;
        let told = report.kecamatan.done;
        let expected = Expected {
            all: &all,
            chosen: &plan.kecamatan,
            told: (told > 0).then_some(told),
            before,
            now: job.now(),
        };
        if check::check(report, &expected, &schools) {
            Ok(())
        } else {
            Err(Error::database("the database knows no kecamatan"))
        }
    }
}

/// A database that was to tell and could not: whoever relies on the check must not be told that all
/// is well.
fn unverified(report: &mut Report, error: &Error) {
    if report.is_done() {
        report.unverifiable = Some(error.into());
    } else {
        report
            .notes
            .push(format!("not verified: {}", error.chain()));
    }
}

/// A file of our own may not be there yet.
fn is_there(url: &DatabaseUrl) -> bool {
    url.path().is_none_or(std::path::Path::exists)
}

impl Engine for Dapodik {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "dapodik";

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        match &self.side {
            Side::Backend(_) => planning::plan(self, request, job).await,
            Side::Portal(portal) => {
                Box::pin(sync::planning::plan(self, portal, request, job)).await
            }
        }
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        self.accept(&mut plan)?;
        let began = Instant::now();
        let mut report = match &self.side {
            // Boxed: it is large, and would be part of every future above it.
            Side::Portal(portal) => Box::pin(sync::run(self, portal, &plan, job)).await?,
            Side::Backend(url) => {
                let backend = self.backend(url)?;
                if plan.scope.is_followed() {
                    self.follow(&backend, &plan, job).await?
                } else {
                    self.send(&backend, &plan, job).await?
                }
            }
        };
        report.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(report)
    }
}
