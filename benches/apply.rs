//! An apply of 100,000 new users, by the database's own client importing the same rows in
//! statements of the same size, in one transaction, with the same journal and the same syncs.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot go on"
)]

#[path = "../tests/it"]
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests, which use more of it"
)]
mod it {
    pub mod mariadb;
    pub mod sweep {
        pub mod database;
        pub mod scene;
    }
}

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use it::sweep::database::Database;
use it::sweep::scene::{Scene, Spot};
use measure::{Best, Race, finish};
use selaras::engine::{Engine as _, Job};
use selaras::sim::locations::Setup;
use selaras::sim::people;
use selaras::users::model::Row;
use selaras::users::store::BATCH;
use selaras::users::{Plan, Request, Users};

const MANY: usize = 100_000;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    let rows: Vec<_> = people::named("u", MANY)
        .into_iter()
        .map(|person| person.email)
        .collect();
    let mut races = Vec::new();
    for database in Database::ALL {
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

        let rival = tempfile::tempdir().unwrap();
        let script = rival.path().join("rows.sql");
        let file = rival.path().join("users.db");
        fs::write(&script, import(emails)).unwrap();
        make(&file);
        let began = Instant::now();
        client(&file, &script);
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
        email: email.clone(),
        id: Some(id.to_string()),
    });
    location.new = new.collect();
    (location.deactivate, location.guards) = (Vec::new(), Vec::new());
    plan.sealed().unwrap()
}

/// The tables as ours are.
fn make(file: &Path) {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/users/schema/0001_users.sql"
    );
    client(file, Path::new(schema));
    let location = file.with_extension("sql");
    let sql = "PRAGMA journal_mode = WAL; INSERT INTO locations VALUES \
               (1, 'prod', 'prod', NULL, NULL, NULL, NULL, NULL);";
    fs::write(&location, sql).unwrap();
    client(file, &location);
}

/// The rows in statements of our size; journal and syncs are those of `db`.
fn import(emails: &[String]) -> String {
    let mut script =
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE;\n".to_owned();
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

fn client(file: &Path, script: &Path) {
    let input = File::open(script).unwrap();
    let status = Command::new("sqlite3")
        .arg("-bail")
        .arg(file)
        .stdin(input)
        .status();
    assert!(status.unwrap().success());
}
