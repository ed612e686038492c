//! A small world: Docku, the central API, a configuration; and what a push left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use selaras::config::{Config, DatabaseUrl, Environment, Home, Sources};
use selaras::db::{Access, Connection};
use selaras::engine::{Engine as _, Event, Job};
use selaras::error::Result;
use selaras::pimpinan::{Pimpinan, Plan, Report, Request};
use selaras::sim::central::{Central, KEY, SYNC, Setup};
use selaras::sim::docku::{self, OFFICE, Row};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::harness::wait::within;

/// A row of Docku's that can be sent.
pub const SEKCAM: Row = OFFICE[3];

/// A world of its own; it ends when it is dropped.
pub struct Office {
    pub central: Central,
    pub key: String,
    folder: TempDir,
}

impl Office {
    /// The 13 rows of Docku, and a central API that takes in everybody.
    pub async fn usual() -> Self {
        Self::with(Setup::default(), &OFFICE).await
    }

    /// Another central API, or other rows.
    pub async fn with(setup: Setup, rows: &[Row]) -> Self {
        let office = Self::without_docku(setup);
        docku::create(&office.docku(), rows).await.unwrap();
        office
    }

    /// No database yet.
    pub fn without_docku(setup: Setup) -> Self {
        selaras::http::install_tls();
        let office = Self {
            central: Central::start(setup).unwrap(),
            key: KEY.to_owned(),
            folder: tempfile::tempdir().unwrap(),
        };
        let database = format!("sqlite:{}", office.path("docku.db").display());
        office.configure(&database, "");
        office
    }

    /// Writes the configuration: where Docku is, and more lines for [pimpinan].
    pub fn configure(&self, database: &str, more: &str) {
        let url = self.central.url();
        let text = format!(
            "operator = \"admin@kantor\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n\n[pimpinan]\n\
             database = \"{database}\"\nurl = \"{url}{SYNC}\"\ntimeout = \"5s\"\n{more}\n"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn docku(&self) -> DatabaseUrl {
        DatabaseUrl::file(self.path("docku.db"))
    }

    /// Runs a statement on Docku.
    pub async fn change(&self, sql: &str) {
        let mut connection = Connection::open(&self.docku(), Access::Write)
            .await
            .unwrap();
        connection.command(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The engine, with the configuration as it is now.
    pub fn engine(&self) -> Pimpinan {
        let key = [("PIMPINAN_API_KEY", self.key.as_str())];
        let sources = Sources {
            config: Some(self.path("config.toml")),
            environment: key.into_iter().collect::<Environment>(),
            folder: self.folder.path().to_owned(),
            home: Home::below(self.folder.path()),
            host: "contoh".into(),
        };
        Pimpinan::new(Arc::new(Config::load(&sources).unwrap())).unwrap()
    }

    pub async fn plan(&self) -> Plan {
        self.plan_of(Request::default()).await.unwrap()
    }

    pub async fn plan_of(&self, request: Request) -> Result<Plan> {
        within("a plan", self.engine().plan(request, &Job::silent())).await
    }

    pub async fn apply(&self, plan: Plan) -> Result<Report> {
        within("a push", self.engine().apply(plan, &Job::silent())).await
    }

    /// Plans and pushes.
    pub async fn push(&self) -> Report {
        self.apply(self.plan().await).await.unwrap()
    }

    /// The lines of the integration log.
    pub fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("logs/integration.log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The statuses of all requests so far.
    pub fn statuses(&self) -> Vec<Option<u16>> {
        let requests = self.central.requests();
        requests.iter().map(|seen| seen.status).collect()
    }

    /// The ids in the list "Diteruskan Kepada".
    pub fn forwarded_to(&self) -> Vec<i64> {
        let officials = self.central.forwarded_to();
        officials.iter().map(|one| one.id).collect()
    }

    /// All files, with their content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.folder.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.push((path, content));
        }
    }
}

/// A job that can be stopped, and what it says.
pub fn heard(cancel: CancellationToken) -> (Job, Arc<Mutex<Vec<Event>>>) {
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let ear = Arc::clone(&events);
    let sink = move |event| ear.lock().unwrap().push(event);
    (Job::new(sink, cancel), events)
}
