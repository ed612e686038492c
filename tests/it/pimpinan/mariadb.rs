//! Docku on a real MariaDB, read by somebody who may read five columns and nothing else.

use std::path::Path;

use selaras::config::DatabaseUrl;
use selaras::db::Access;
use selaras::engine::Outcome as _;
use selaras::error::Kind;
use selaras::pimpinan::Request;
use selaras::sim::central::Setup;
use selaras::sim::docku::{self, OFFICE, Row};

use super::office::{Office, SEKCAM};
use crate::mariadb::{Database, Shape, open};

/// Docku's table in a database of its own; `None` where there is no server.
async fn docku(rows: &[Row]) -> Option<Database> {
    let database = Database::new(Shape::default()).await?;
    database.run("SET FOREIGN_KEY_CHECKS = 0").await;
    database.run("DROP TABLE users").await;
    let url = DatabaseUrl::parse(&database.url(), Path::new("/")).unwrap();
    docku::create(&url, rows).await.unwrap();
    Some(database)
}

#[tokio::test]
async fn select_on_five_columns_is_all_that_a_push_needs() {
    let Some(database) = docku(&OFFICE).await else {
        return;
    };
    let right = "SELECT (id, username, nama, jabatan, role) ON users";
    let reader = database.user(&[right]).await;
    let office = Office::without_docku(Setup::default());
    office.configure(&reader, "");
    let plan = office.plan().await;
    assert_eq!((plan.rows, plan.excluded, plan.send.len()), (13, 7, 6));
    assert_eq!(plan.notes, Vec::<String>::new());
    let report = office.apply(plan).await.unwrap();
    assert_eq!((report.failure(), report.sent), (None, 6));
    assert_eq!(office.forwarded_to(), [4, 6, 7, 8, 9, 10]);

    let mut connection = open(&reader, Access::Read).await;
    let denied = connection.query("SELECT password FROM users", &[]).await;
    assert!(denied.is_err(), "the reader may not see passwords");
}

#[tokio::test]
async fn a_reader_without_a_column_is_told_what_is_needed() {
    let Some(database) = docku(&OFFICE).await else {
        return;
    };
    let reader = database
        .user(&["SELECT (id, username, nama) ON users"])
        .await;
    let office = Office::without_docku(Setup::default());
    office.configure(&reader, "");
    let error = office.plan_of(Request::default()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Database);
    assert!(error.advice().is_some());
}

#[tokio::test]
async fn null_empty_and_padded_usernames_come_as_they_are() {
    let row = |id, username| Row {
        id,
        username,
        ..SEKCAM
    };
    let rows = [
        row(1, None),
        row(2, None),
        row(3, Some("")),
        row(4, Some(" kasi")),
        Row {
            jabatan: None,
            ..row(5, Some("lurah"))
        },
    ];
    let Some(database) = docku(&rows).await else {
        return;
    };
    let office = Office::without_docku(Setup::default());
    office.configure(&database.url(), "");
    let plan = office.plan().await;
    let refused: Vec<_> = plan.refused.iter().map(|one| &*one.reason).collect();
    let expected = [
        "username is NULL",
        "username is NULL",
        "username is empty",
        "username is padded with blanks",
    ];
    assert_eq!(refused, expected);
    assert_eq!((plan.send[0].id, &plan.send[0].jabatan), (5, &None));
}
