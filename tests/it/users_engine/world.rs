//! Branch servers, a database of either kind, a configuration; and what a scenario wrote down.

mod setup;
mod transcript;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use selaras::config::{Config, DatabaseUrl, Environment, Home, Sources};
use selaras::db::{Access, Connection, Row};
use selaras::engine::{Engine, Job, RunIdentity};
use selaras::http;
use selaras::sim::locations::{Branch, EMAIL, PASSWORD, Setup as BranchSetup};
use selaras::sim::people::Person;
use selaras::users::store::Store;
use selaras::users::undo::{self, Undo};
use selaras::users::{Plan, Report};
use selaras::users::{Request, Users};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::wait::within;
use crate::mariadb::Database;
pub use setup::{DEV, PROD, Place, Setup, TEST, people};
pub use transcript::Transcript;

/// A world; it ends when it is dropped.
pub struct World {
    folder: TempDir,
    branches: Vec<(Place, Branch)>,
    url: String,
    pub database: Option<Database>,
}

impl World {
    /// A world on an embedded SQLite file.
    pub async fn embedded(setup: &Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("users.db").display());
        Self::furnish(setup, folder, url, None).await
    }

    /// A world on MariaDB; `None` where there is none.
    pub async fn foreign(setup: &Setup) -> Option<Self> {
        let database = Database::new(setup.shape).await?;
        let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
        Some(Self::furnish(setup, folder, url, Some(database)).await)
    }

    async fn furnish(
        setup: &Setup,
        folder: TempDir,
        url: String,
        database: Option<Database>,
    ) -> Self {
        http::install_tls();
        let start = |(place, people): &(Place, Vec<Person>)| {
            let setup = BranchSetup {
                people: people.clone(),
                ..BranchSetup::default()
            };
            (*place, Branch::start(setup).unwrap())
        };
        let world = Self {
            branches: setup.there.iter().map(start).collect(),
            folder,
            url,
            database,
        };
        world.configure(&world.url, setup.protected);
        world.seed(setup).await;
        world
    }

    /// Writes the configuration: which database, and which e-mails are protected.
    pub fn configure(&self, url: &str, protected: &str) {
        let mut text = format!(
            "operator = \"admin@kantor\"\nretry_base = \"1ms\"\n[users]\ndatabase = \"{url}\"\n\
             protected = [{protected}]\n"
        );
        for ((id, code, name), branch) in &self.branches {
            let _ = write!(
                text,
                "[[users.location]]\nid = {id}\ncode = \"{code}\"\nname = \"{name}\"\nurl = \"{}\"\n",
                branch.url()
            );
        }
        std::fs::write(self.folder.path().join("config.toml"), text).unwrap();
    }

    /// Adds a section to the configuration.
    pub fn set(&self, lines: &str) {
        let path = self.folder.path().join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}{lines}")).unwrap();
    }

    /// Adds lines to `[users]`.
    pub fn set_users(&self, lines: &str) {
        let path = self.folder.path().join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("[users]\n", &format!("[users]\n{lines}"));
        std::fs::write(path, text).unwrap();
    }

    /// Adds keys of the top level.
    pub fn set_top(&self, lines: &str) {
        let path = self.folder.path().join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{lines}{text}")).unwrap();
    }

    async fn seed(&self, setup: &Setup) {
        let url = DatabaseUrl::parse(&self.url, Path::new("/")).unwrap();
        if self.database.is_none() && setup.here.is_empty() {
            return;
        }
        // Makes the tables of an embedded file.
        Store::for_writing(&url, &[])
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        for ((id, code, name), branch) in &self.branches {
            self.run(&format!(
                "INSERT INTO locations (id, location_code, location_name, online_url) \
                 VALUES ({id}, '{code}', '{name}', '{}')",
                branch.url()
            ))
            .await;
        }
        for (location, email, status) in &setup.here {
            self.run(&format!(
                "INSERT INTO users (email, location_id, status, created_at, updated_at) \
                 VALUES ('{email}', {location}, '{status}', '2004-01-02 03:04:05', NULL)"
            ))
            .await;
        }
    }

    /// The configuration, read anew.
    pub fn config(&self) -> Arc<Config> {
        let folder = self.folder.path();
        let login = [
            ("EXTERNAL_API_EMAIL", EMAIL),
            ("EXTERNAL_API_PASSWORD", PASSWORD),
        ];
        let sources = Sources {
            config: Some(folder.join("config.toml")),
            environment: login.into_iter().collect::<Environment>(),
            folder: folder.to_owned(),
            home: Home::below(folder),
            host: "contoh".into(),
        };
        Arc::new(Config::load(&sources).unwrap())
    }

    pub fn users(&self) -> Users {
        Users::new(self.config()).unwrap()
    }

    pub fn branch(&self, wanted: Place) -> &Branch {
        let mut branches = self.branches.iter();
        &branches.find(|(place, _)| *place == wanted).unwrap().1
    }

    /// The plan of all locations.
    pub async fn plan(&self) -> Plan {
        let (users, job) = (self.users(), Job::silent());
        within("a plan", users.plan(Request::default(), &job))
            .await
            .unwrap()
    }

    /// As [`World::plan`], where it may fail.
    pub async fn try_plan(&self) -> selaras::error::Result<Plan> {
        self.users().plan(Request::default(), &Job::silent()).await
    }

    /// The plan of all locations, where so many may be deactivated.
    pub async fn plan_allowing(&self, max_deactivate: u64) -> Plan {
        let request = Request {
            max_deactivate: Some(max_deactivate),
            ..Request::default()
        };
        let (users, job) = (self.users(), Job::silent());
        within("a plan", users.plan(request, &job)).await.unwrap()
    }

    /// Carries out a plan as a new run.
    pub async fn apply(&self, plan: &Plan) -> (Uuid, Report) {
        let run = Uuid::now_v7();
        let (users, job) = (self.users(), job_of(run));
        let report = within("a report", users.apply(plan.clone(), &job)).await;
        (run, report.unwrap())
    }

    /// Plans and applies.
    pub async fn sync(&self) -> (Uuid, Plan) {
        let plan = self.plan().await;
        let (run, report) = self.apply(&plan).await;
        assert!(
            report.locations.iter().all(|row| row.error.is_none()),
            "{report:?}"
        );
        (run, plan)
    }

    /// The plan that takes back `run`; `allowed` replaces the limits of the guard.
    pub async fn undo(
        &self,
        (run, plan): &(Uuid, Plan),
        allowed: Option<u64>,
    ) -> selaras::error::Result<Plan> {
        self.undo_with(undo::Request {
            run: *run,
            plan: plan.clone(),
            delete: Default::default(),
            max_deactivate: allowed,
        })
        .await
    }

    pub async fn undo_with(&self, request: undo::Request) -> selaras::error::Result<Plan> {
        let engine = Undo::new(self.config()).unwrap();
        within("a plan", engine.plan(request, &Job::silent())).await
    }

    /// A connection of the test's own.
    pub async fn connect(&self) -> Connection {
        let url = DatabaseUrl::parse(&self.url, Path::new("/")).unwrap();
        Connection::open(&url, Access::Write).await.unwrap()
    }

    /// What somebody else does to the database.
    pub async fn run(&self, sql: &str) {
        let mut connection = self.connect().await;
        connection.execute(sql, &[]).await.unwrap();
        connection.close().await.unwrap();
    }

    pub async fn rows(&self, sql: &str) -> Vec<Row> {
        self.connect().await.query(sql, &[]).await.unwrap()
    }

    /// All users as `e-mail location status`, sorted.
    pub async fn everybody(&self) -> Vec<String> {
        let rows = self
            .rows("SELECT email, location_id, status FROM users")
            .await;
        let line = |row: &Row| format!("{} {} {}", row.text(0), row.int(1), row.text(2));
        let mut lines: Vec<_> = rows.iter().map(line).collect();
        lines.sort();
        lines
    }
}

/// A job in the name of a run.
pub fn job_of(run: Uuid) -> Job {
    let identity = RunIdentity {
        run,
        operator: "admin@kantor".into(),
        refused: BTreeMap::new(),
    };
    let never = CancellationToken::new;
    Job::for_run(|_| {}, never(), never(), identity)
}

/// Plays a scenario on both databases: what it writes down must be the same.
pub async fn on_both(setup: &Setup, scenario: impl AsyncFn(&World, &mut Transcript)) {
    let mut embedded = Transcript::default();
    let world = World::embedded(setup).await;
    scenario(&world, &mut embedded).await;
    if let Some(world) = World::foreign(setup).await {
        let mut foreign = Transcript::default();
        scenario(&world, &mut foreign).await;
        assert_eq!(embedded.text(), foreign.text());
    }
}
