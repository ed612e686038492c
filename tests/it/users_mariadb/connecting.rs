//! Connections that do not come about, are seen by others, or are lost.

use std::path::Path;
use std::time::{Duration, Instant};

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection, Security};
use selaras::engine::Outcome;
use selaras::error::{Error, Kind};
use selaras::sim::people;
use tokio::net::TcpListener;

use super::proxy::{Cut, Proxy};
use crate::mariadb::{Database, Shape, open};
use crate::users_engine::world::{DEV, Setup, World};

async fn refusal(url: &str) -> Error {
    let url = DatabaseUrl::parse(url, Path::new("/")).unwrap();
    match Connection::open(&url, Access::Read).await {
        Ok(_) => panic!("it connects"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_real_cause_within_three_seconds() {
    let Some(database) = Database::new(Shape::default()).await else {
        return;
    };
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = mute.local_addr().unwrap();
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    database.user(&["SELECT ON *"]).await;
    let user = format!("{0}:sandi-{0}", database.name);
    let elsewhere = database
        .tcp(&user, "127.0.0.1", "")
        .replace(&database.name, "x");
    let table = [
        (
            format!("mysql://u@{closed}/x"),
            "Connection refused",
            "host and port",
        ),
        (
            database.tcp("nobody:salah", "127.0.0.1", ""),
            "Access denied",
            "user and password",
        ),
        (
            database
                .tcp("root", "127.0.0.1", "")
                .replace(&database.name, "x"),
            "Unknown database",
            "database name",
        ),
        (
            elsewhere.replace("x:sandi-x", &user),
            "Access denied",
            "database name",
        ),
        (
            format!("mysql://u@{mute}/x"),
            "no answer within 3 s",
            "firewall",
        ),
    ];
    for (url, says, hints) in table {
        let began = Instant::now();
        let error = refusal(&url).await;
        assert!(began.elapsed() < Duration::from_secs(4));
        let sentence = error.to_string();
        assert_eq!(error.kind(), Kind::Database);
        assert!(
            sentence.starts_with("Cannot connect to the database: "),
            "{sentence}"
        );
        assert!(sentence.contains(says), "{sentence}");
        assert!(error.advice().unwrap().contains(hints), "{error:?}");
        assert!(!error.chain().contains("salah"));
    }
}

#[tokio::test]
async fn an_open_connection_over_a_network_is_reported() {
    let Some(database) = Database::new(Shape::default()).await else {
        return;
    };
    let Some(ca) = &database.server().ca else {
        return;
    };
    // 0.0.0.0 leads to this machine too, but is not one of its loopback addresses.
    let checked = format!("?ssl-mode=verify_identity&ssl-ca={}", ca.display());
    let table = [
        (database.url(), Security::Local),
        (
            database.tcp("root", "127.0.0.1", "?ssl-mode=disabled"),
            Security::Local,
        ),
        (
            database.tcp("root", "0.0.0.0", "?ssl-mode=disabled"),
            Security::Plain,
        ),
        (database.tcp("root", "0.0.0.0", ""), Security::Unverified),
        (
            database.tcp("root", "0.0.0.0", &checked),
            Security::Verified,
        ),
    ];
    for (text, wanted) in table {
        let mut connection = open(&text, Access::Read).await;
        let url = DatabaseUrl::parse(&text, Path::new("/")).unwrap();
        assert_eq!(connection.security(&url).await.unwrap(), wanted, "{text}");
    }
    let stranger = refusal(&database.tcp("root", "0.0.0.0", "?ssl-mode=verify_identity")).await;
    assert!(
        stranger.to_string().starts_with("No safe connection"),
        "{stranger}"
    );
}

#[tokio::test]
async fn a_plan_says_that_the_connection_is_not_encrypted() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    let database = world.database.as_ref().unwrap();
    world.configure(&database.tcp("root", "0.0.0.0", "?ssl-mode=disabled"), "");
    let plan = world.plan().await;
    let says = "the connection to the database is not encrypted";
    assert!(plan.locations[0].notes.iter().any(|note| note == says));
}

#[tokio::test]
async fn a_commit_that_was_not_answered_is_decided_by_its_marker_row() {
    for (cut, rows) in [(Cut::Answer, 25), (Cut::Command, 0)] {
        let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
            return;
        };
        let database = world.database.as_ref().unwrap();
        let direct = database.tcp("root", "127.0.0.1", "?ssl-mode=disabled");
        let proxy = Proxy::start(database.server().port, b"COMMIT", cut).await;
        let port = format!(":{}/", database.server().port);
        world.configure(&direct.replace(&port, &format!(":{}/", proxy.port)), "");
        let plan = world.plan().await;
        let (_, report) = world.apply(&plan).await;
        assert_eq!(world.everybody().await.len(), rows);
        if cut == Cut::Answer {
            assert_eq!(report.failure(), None);
        } else {
            let failure = report.failure().unwrap();
            assert_eq!(failure.kind, Kind::Database);
            assert!(
                failure.message.ends_with("nothing was written"),
                "{failure:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_killed_in_the_middle_writes_nothing() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    let database = world.database.as_ref().unwrap();
    let direct = database.tcp("root", "127.0.0.1", "?ssl-mode=disabled");
    let port = format!(":{}/", database.server().port);
    for at in [
        &b"START TRANSACTION"[..],
        b"FOR UPDATE",
        b"INSERT INTO users",
        b"INSERT INTO selaras",
    ] {
        let proxy = Proxy::start(database.server().port, at, Cut::Answer).await;
        world.configure(&direct.replace(&port, &format!(":{}/", proxy.port)), "");
        let (_, report) = world.apply(&world.plan().await).await;
        let failure = report.failure().unwrap();
        assert!(
            failure
                .message
                .contains("connection to the database was lost"),
            "{failure:?}"
        );
        assert!(
            failure.message.ends_with("nothing was written"),
            "{failure:?}"
        );
        assert_eq!(world.everybody().await, Vec::<String>::new());
    }
}
