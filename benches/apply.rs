//! An apply of 100,000 new users, by the database's own client importing the same rows in
//! statements of the same size, in one transaction, with the same journal and the same syncs.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

mod measure;
#[path = "../tests/it"]
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests, which use more of it"
)]
mod it {
    pub mod harness;
    pub mod mariadb;
    pub mod sweep {
        pub mod database;
        pub mod scene;
    }
}

// Where the shared modules look for it.
use it::harness;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::process::{Command, ExitCode};
use std::time::Instant;

use it::sweep::database::Database;
use it::sweep::scene::{Scene, Spot};
use measure::{Best, Race, finish};
use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use selaras::engine::{Engine as _, Job, Seal};
use selaras::sim::locations::Setup;
use selaras::sim::people;
use selaras::users::plan::Row;
use selaras::users::store::BATCH;
use selaras::users::{Plan, Request, Users};
use tempfile::TempDir;
use url::Url;

const MANY: usize = 100_000;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    let rows: Vec<_> = people::named("u", MANY)
        .into_iter()
        .map(|person| person.email)
        .collect();
    let mut races = Vec::new();
    for database in Database::all().await {
        races.push(race(database, &rows).await);
    }
    finish("its client", &races)
}

async fn race(database: Database, emails: &[String]) -> Race {
    let setup = Setup::default();
    let (id, code, here) = (1, "prod", vec![("lama@dkm".to_owned(), "active")]);
    let scene = Scene::new(
        database,
        vec![Spot {
            id,
            code,
            setup,
            here,
        }],
    )
    .await;
    let users = scene.users(|_| {});
    let mut best = Best::new();
    for _ in 0..ROUNDS {
        scene.reset().await;
        let plan = plan(&users, emails).await;
        let began = Instant::now();
        let report = users.apply(plan, &Job::silent()).await.unwrap();
        best.ours(began);
        assert_eq!(report.locations[0].inserted, MANY as u64);

        let rival = Rival::new(database, emails).await;
        let began = Instant::now();
        rival.import();
        best.theirs(began);
    }
    best.race(format!("apply of {MANY} new users, {database:?}"), 2.0)
}

/// What a preview of these users would have come to.
async fn plan(users: &Users, emails: &[String]) -> Plan {
    let request = Request::default();
    let mut plan = users.plan(request, &Job::silent()).await.unwrap();
    let location = &mut plan.locations[0];
    let new = emails.iter().zip(1..).map(|(email, id): (_, u64)| Row {
        name: None,
        email: email.clone(),
        id: Some(id.to_string()),
    });
    location.new = new.collect();
    (location.deactivate, location.guards) = (Vec::new(), Vec::new());
    plan.sealed().unwrap()
}

/// The database's own client, with a database of its own of the same make.
struct Rival {
    folder: TempDir,
    client: Command,
}

impl Rival {
    async fn new(database: Database, emails: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = database.make(folder.path()).await;
        let url = DatabaseUrl::parse(&address, folder.path()).unwrap();
        let mut connection = Connection::open(&url, Access::Write).await.unwrap();
        let location = "INSERT INTO locations (id, location_code, location_name) \
                        VALUES (1, 'prod', 'prod')";
        connection.command(location).await.unwrap();
        connection.close().await.unwrap();
        // SQLite: the file is in WAL mode already; the rest is as `db` has it.
        let (client, begin) = match database {
            Database::Sqlite => {
                let mut client = Command::new("sqlite3");
                client.arg("-bail").arg(url.path().unwrap());
                let settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
                (client, format!("{settings} BEGIN IMMEDIATE;\n"))
            }
            Database::MariaDb => {
                let address = Url::parse(&address).unwrap();
                let (_, socket) = address.query_pairs().next().unwrap();
                let mut client = Command::new("mariadb");
                let name = address.path().trim_matches('/');
                client.args(["--no-defaults", "--user=root"]);
                client.args([&format!("--socket={socket}"), name]);
                (client, "START TRANSACTION;\n".to_owned())
            }
        };
        fs::write(folder.path().join("rows.sql"), script(begin, emails)).unwrap();
        Self { folder, client }
    }

    fn import(mut self) {
        let script = File::open(self.folder.path().join("rows.sql")).unwrap();
        let status = self.client.stdin(script).status().unwrap();
        assert!(status.success());
    }
}

/// The rows in statements of our size.
fn script(begin: String, emails: &[String]) -> String {
    let mut script = begin;
    for batch in emails.chunks(BATCH) {
        let rows = batch
            .iter()
            .map(|email| format!("('{email}', 1, 'active', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"));
        let rows = rows.collect::<Vec<_>>().join(", ");
        let columns = "email, location_id, status, created_at, updated_at";
        let _ = writeln!(script, "INSERT INTO users ({columns}) VALUES {rows};");
    }
    script.push_str("COMMIT;\n");
    script
}
