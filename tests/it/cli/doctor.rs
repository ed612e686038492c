//! `selaras doctor`: each thing that is wrong is found, told with a hint, and decides the exit code.

use std::os::unix::fs::PermissionsExt as _;

use selaras::sim::world::Place;
use serde_json::Value;

use super::Office;
use super::office::ended;

/// The texts of one area at one level.
fn texts<'a>(document: &'a Value, area: &str, level: &str) -> Vec<&'a str> {
    let checks = document["checks"].as_array().unwrap().iter();
    let wanted = checks.filter(|check| check["area"] == area && check["level"] == level);
    wanted
        .map(|check| check["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_healthy_office_ends_with_0() {
    let office = Office::open().await;
    office.branch(Place::Malang).resume().unwrap();
    let done = office.run(&["doctor"]).await;
    done.expect(0, "✓ servers      Dev: login works (http://127.0.0.1:", "");
    for area in [
        "config",
        "database",
        "push",
        "script",
        "dapodik",
        "permissions",
        "sessions",
        "terminal",
        "disk",
        "clock",
    ] {
        assert!(
            done.out.contains(&format!(" {area:<11}  ")),
            "no {area} in {done:#?}"
        );
    }
    assert!(
        done.out.contains("answers: 12 active users, 0 inactive"),
        "{done:#?}"
    );
    assert!(
        done.out
            .contains("✓ database     users are unique by (email, location_id)")
    );
}

#[tokio::test]
async fn a_server_that_is_down_or_refuses_us_is_named_with_a_hint() {
    let office = Office::open().await;
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 4);
    let [malang] = texts(&document, "servers", "problem")[..] else {
        panic!("{document:#}");
    };
    assert!(malang.starts_with("Malang: Failed to login to external API: Connection refused"));
    office.set_password("salah");
    let done = office.run(&["doctor"]).await;
    done.expect(
        4,
        "✗ servers      Dev: Failed to login to external API: Unauthorized (401 Unauthorized, POST ",
        "",
    );
    assert!(
        done.out
            .contains("               hint: check EXTERNAL_API_EMAIL"),
        "{done:#?}"
    );
}

#[tokio::test]
async fn the_worst_kind_decides_the_exit_code() {
    let office = Office::open().await;
    std::fs::write(
        office.world.database(),
        "not a database, and longer than a header",
    )
    .unwrap();
    let done = office.run(&["doctor"]).await;
    done.expect(5, "✗ database", "1 problem, ");
    std::fs::remove_file(office.world.dotenv()).unwrap();
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(
        (exit, texts(&document, "config", "problem").is_empty()),
        (3, false)
    );
    std::fs::write(office.config(), "[users\n").unwrap();
    office.run(&["doctor"]).await.expect(3, "✗ config", "");
}

#[tokio::test]
async fn an_old_constraint_and_open_files_are_found() {
    let office = Office::open().await;
    office.branch(Place::Malang).resume().unwrap();
    office
        .sql("CREATE UNIQUE INDEX users_email_unique ON users (email)")
        .await;
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(office.world.dotenv(), open.clone()).unwrap();
    std::fs::set_permissions(office.world.database(), open).unwrap();
    std::fs::create_dir(office.world.state_dir()).unwrap();
    let wide = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(office.world.state_dir(), wide).unwrap();
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 5, "{document:#}");
    assert_eq!(
        texts(&document, "database", "problem"),
        ["users are unique by (email) alone: nothing can be applied"]
    );
    assert_eq!(
        texts(&document, "config", "warning").len(),
        1,
        "{document:#}"
    );
    assert_eq!(
        texts(&document, "permissions", "warning").len(),
        2,
        "{document:#}"
    );
}

#[tokio::test]
async fn a_last_sync_that_failed_and_a_database_that_cannot_be_read_are_problems() {
    let office = Office::open().await;
    office.branch(Place::Malang).resume().unwrap();
    let backend = office.world.backend();
    backend.set_metadata(Some("ERROR: \ndisk full\n  at pg"));
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 4, "{document:#}");
    let [failed] = texts(&document, "dapodik", "problem")[..] else {
        panic!("{document:#}");
    };
    assert!(
        failed.contains("the last global sync failed: disk full"),
        "{failed}"
    );
    let now = selaras::clock::Clock::System.now().to_string();
    backend.set_metadata(Some(&now));
    let text = std::fs::read_to_string(office.config()).unwrap();
    let text = text.replace("sqlite:data/alumni.db", "sqlite:data/lain.db");
    std::fs::write(office.config(), text).unwrap();
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 5, "{document:#}");
    let [unusable] = texts(&document, "dapodik", "problem")[..] else {
        panic!("{document:#}");
    };
    assert!(unusable.contains("lain.db is not there"), "{unusable}");
    assert_eq!(texts(&document, "dapodik", "note").len(), 1, "{document:#}");
}

#[tokio::test]
async fn a_users_table_that_a_sync_would_fail_at_is_named_with_what_mends_it() {
    let office = Office::open().await;
    office.branch(Place::Malang).resume().unwrap();
    office
        .sql("ALTER TABLE users ADD COLUMN phone VARCHAR(20) NOT NULL DEFAULT ''")
        .await;
    let (exit, _) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 0, "a default is enough");
    for sql in [
        "ALTER TABLE users RENAME TO old_users",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, location_id INTEGER, \
         status TEXT, created_at TEXT, nik TEXT NOT NULL)",
        "CREATE UNIQUE INDEX unique_users ON users (email, location_id)",
    ] {
        office.sql(sql).await;
    }
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 5, "{document:#}");
    assert_eq!(
        texts(&document, "database", "problem"),
        [
            "there is no column users.updated_at",
            "users.nik may not be NULL and has no default, and a sync has no value for it"
        ]
    );
    let done = office.run(&["doctor"]).await;
    done.expect(
        5,
        "hint: ALTER TABLE users ADD COLUMN updated_at TIMESTAMP NULL;",
        "",
    );
}

#[tokio::test]
async fn times_of_the_future_are_told_and_others_cannot_be_checked() {
    let office = Office::open().await;
    let (_, document) = office.json(&["doctor", "--json"]).await;
    let unchecked = texts(&document, "database", "skipped");
    assert_eq!(
        unchecked,
        ["the zone of the application's times cannot be checked: none lies in the future"]
    );
    let done = office.run(&["doctor"]).await;
    assert!(done.out.contains("· database     the zone"), "{done:#?}");
    office
        .sql("UPDATE users SET updated_at = datetime('now', '+7 hours')")
        .await;
    let (_, document) = office.json(&["doctor", "--json"]).await;
    let [told] = texts(&document, "database", "warning")[..] else {
        panic!("{document:#}");
    };
    assert!(
        told.contains("after the time that a sync would write now"),
        "{told}"
    );
}

#[tokio::test]
async fn without_a_configuration_there_is_little_to_find() {
    let office = Office::open().await;
    let mut command = office.command(&["doctor"]);
    command.env_remove("SELARAS_CONFIG");
    let done = ended(command).await;
    done.expect(
        0,
        "· config       there is no config file; it would be ",
        "",
    );
    done.expect(
        0,
        "· config       users is not set up: ",
        "nothing is set up yet",
    );
    assert!(!done.out.contains("✓ config"), "{done:#?}");
}

#[tokio::test]
async fn a_part_that_is_not_set_up_is_neither_well_nor_broken() {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    let without = |line: &&str| !line.contains("/api/v1/users/sync");
    let cut: Vec<&str> = text.lines().filter(without).collect();
    assert_eq!(cut.len() + 1, text.lines().count(), "the world has a push");
    std::fs::write(office.config(), cut.join("\n")).unwrap();
    let done = office.run(&["config", "check"]).await;
    done.expect(
        0,
        "· pimpinan is not set up: `pimpinan.url` is missing",
        "no problem found",
    );
    done.expect(0, "✓ users is set up", "");
    office.branch(Place::Malang).resume().unwrap();
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 0, "{document:#}");
    assert!(texts(&document, "config", "skipped")[0].starts_with("pimpinan is not set up"));
    let mut ascii = office.command(&["doctor"]);
    ascii.env("LC_ALL", "C");
    let done = ended(ascii).await;
    done.expect(0, "ok config       users is set up", "");
    done.expect(0, ".  config       pimpinan is not set up", "");
}

#[tokio::test]
async fn what_the_other_parts_would_meet_is_told_before_they_do() {
    let office = Office::open().await;
    std::fs::remove_file(office.world.docku()).unwrap();
    std::fs::remove_file(office.world.script().path).unwrap();
    let text = std::fs::read_to_string(office.config()).unwrap();
    let text = text.replace(&office.world.backend().url(), "http://127.0.0.1:9");
    std::fs::write(office.config(), text).unwrap();
    let (exit, document) = office.json(&["doctor", "--json"]).await;
    assert_eq!(exit, 5, "{document:#}");
    let problem = |area| {
        let [problem] = texts(&document, area, "problem")[..] else {
            panic!("{document:#}");
        };
        problem.to_owned()
    };
    assert!(problem("push").contains("docku.db"), "{document:#}");
    assert!(problem("script").contains("sync.sh"), "{document:#}");
    assert!(
        problem("dapodik").contains("Connection refused"),
        "{document:#}"
    );
}
