//! The Dapodik engine against simulated backends: followed, cut, stopped, checked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what helps a test may fail like a test"
)]

mod asking;
mod attended;
mod binary;
mod calls;
mod checked;
mod cut;
mod followed;
mod portal;
mod postgres;
mod proxied;
mod signing;
mod streams;
mod tables;
mod verbs;
mod watched;
mod work;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use selaras::config::{Config, DatabaseUrl, Environment, Home, Sources};
use selaras::dapodik::{
    Dapodik, KecamatanCode, Plan, Report, Request, Scope, Timeouts, WhenRunning,
};
use selaras::engine::{Engine as _, Event, Job};
use selaras::error::Result;
use selaras::sim::backend::tables::Tables;
use selaras::sim::backend::{Backend, KEY, LIST, Setup};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::wait::{eventually, within};

/// As fast as it can be, with limits for what must end by itself.
const PACE: Timeouts = Timeouts {
    silence: Duration::from_mins(1),
    watch: Duration::from_mins(1),
    poll: Duration::from_millis(5),
    settle: Duration::from_millis(5),
    look: Duration::from_secs(5),
    longest_wait: Duration::from_millis(5),
    burst: Duration::from_secs(2),
    portal: None,
    patience: Duration::from_mins(1),
};

/// A backend, and a configuration that names it.
struct World {
    backend: Backend,
    folder: TempDir,
    database: Option<String>,
    secrets: String,
}

impl World {
    /// Without a database.
    fn new(setup: Setup) -> Self {
        selaras::http::install_tls();
        let database = setup.database.as_ref().map(ToString::to_string);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kecamatan.csv"), LIST).unwrap();
        Self {
            backend: Backend::start(setup).unwrap(),
            folder,
            database,
            secrets: format!("EALUMNI_API_KEY={KEY}\n"),
        }
    }

    /// With a database of its own that the backend stores into.
    async fn storing(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::file(folder.path().join("alumni.db"));
        Tables::at(&url).make(&setup.kecamatan).await.unwrap();
        let database = Some(url);
        let world = Self::new(Setup { database, ..setup });
        Self { folder, ..world }
    }

    fn config(&self) -> Arc<Config> {
        let path = self.folder.path();
        let mut text = format!(
            "retry_base = \"1ms\"\n[dapodik]\nurl = \"{}\"\n",
            self.backend.url()
        );
        if let Some(database) = &self.database {
            let _ = writeln!(text, "database = \"{database}\"");
        }
        if path.join("kecamatan.csv").exists() {
            text += "kecamatan = \"kecamatan.csv\"\n";
        }
        std::fs::write(path.join("config.toml"), text).unwrap();
        std::fs::write(path.join(".env"), &self.secrets).unwrap();
        Arc::new(Config::load(&sources(path)).unwrap())
    }

    fn engine(&self) -> Dapodik {
        Dapodik::new(self.config()).unwrap().at_pace(PACE)
    }

    async fn plan(&self, scope: Scope, when_running: WhenRunning) -> Result<Plan> {
        let request = Request {
            when_running,
            ..Request::of(scope)
        };
        within("a plan", self.engine().plan(request, &Job::silent())).await
    }

    /// Plans and carries out, at the usual pace.
    async fn sync(&self, scope: Scope) -> Run {
        self.sync_at(PACE, scope).await
    }

    async fn sync_at(&self, pace: Timeouts, scope: Scope) -> Run {
        let plan = self.plan(scope, WhenRunning::Refuse).await.unwrap();
        let ear = Ear::default();
        let (engine, job) = (self.engine().at_pace(pace), ear.job());
        let report = within("the end of a sync", engine.apply(plan, &job)).await;
        Run {
            report: report.unwrap(),
            events: ear.heard(),
        }
    }
}

fn sources(folder: &Path) -> Sources {
    Sources {
        config: Some(folder.join("config.toml")),
        environment: Environment::default(),
        folder: folder.to_owned(),
        home: Home::below(folder),
        host: "kantor".to_owned(),
    }
}

/// What came of a run, and what it said meanwhile.
struct Run {
    report: Report,
    events: Vec<Event>,
}

impl Run {
    /// The lines that `speaker` said.
    fn lines(&self, speaker: &str) -> Vec<&str> {
        let lines = self.events.iter().filter_map(|event| match event {
            Event::Line { source, text } if source == speaker => Some(text.as_str()),
            _ => None,
        });
        lines.collect()
    }

    /// How far `what` was, step by step.
    fn steps(&self, what: &str) -> Vec<u64> {
        let steps = self.events.iter().filter_map(|event| match event {
            Event::Step { scope, done, .. } if scope == what => Some(*done),
            _ => None,
        });
        steps.collect()
    }
}

/// Hears a job, and can stop it.
#[derive(Clone, Default)]
struct Ear {
    events: Arc<Mutex<Vec<Event>>>,
    cancel: CancellationToken,
}

impl World {
    /// Begins a global sync, and listens to it.
    async fn begin(&self, engine: Dapodik) -> (Ear, JoinHandle<Result<Report>>) {
        let ear = Ear::default();
        let plan = self.plan(Scope::Global, WhenRunning::Refuse).await;
        let (plan, job) = (plan.unwrap(), ear.job());
        let running = tokio::spawn(async move { engine.apply(plan, &job).await });
        (ear, running)
    }
}

impl Ear {
    fn job(&self) -> Job {
        let events = Arc::clone(&self.events);
        let sink = move |event| events.lock().unwrap().push(event);
        Job::new(sink, self.cancel.clone())
    }

    fn heard(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// Waits until something was said.
    async fn hears(&self, what: &str, wanted: impl Fn(&Event) -> bool) {
        eventually(what, || self.heard().iter().any(&wanted).then_some(())).await;
    }
}

fn chosen(codes: &[&str]) -> Scope {
    let codes = codes.iter().map(|code| KecamatanCode::parse(code).unwrap());
    Scope::Kecamatan {
        codes: codes.collect(),
    }
}
