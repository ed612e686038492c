//! The check against a real PostgreSQL.

use selaras::db::{Access, Connection, Dialect, Security, Value};
use selaras::sim::backend::Setup;
use selaras::sim::backend::tables::Tables;

use super::World;
use super::checked::{PTK, is_seen_through, ways};
use super::watched::{
    a_killed_backend_is_told_by_what_is_known, all_ptk_is_told_by_what_it_empties,
};
pub(super) use crate::postgres::{Server, server};

#[tokio::test]
async fn what_a_backend_stored_is_counted_and_what_it_did_not_is_named() {
    let Some(server) = server().await else {
        return;
    };
    for storing in ways() {
        let url = server.database().await;
        let setup = Setup {
            storing: storing.clone(),
            ptk: PTK,
            database: Some(url.clone()),
            ..Setup::default()
        };
        Tables::at(&url).make(&setup.kecamatan).await.unwrap();
        let world = World::new(setup);
        world.store_before().await;
        is_seen_through(&world, &storing).await;
    }
}

#[tokio::test]
async fn rows_that_arrive_and_values_at_risk_are_counted() {
    let Some(server) = server().await else {
        return;
    };
    let url = server.database().await;
    let setup = Setup {
        database: Some(url.clone()),
        ..Setup::default()
    };
    Tables::at(&url).make(&setup.kecamatan).await.unwrap();
    let world = World::new(setup);
    a_killed_backend_is_told_by_what_is_known(&world).await;
    let url = server.database().await;
    let setup = Setup {
        database: Some(url.clone()),
        ..Setup::default()
    };
    Tables::at(&url).make(&setup.kecamatan).await.unwrap();
    let world = World::new(setup);
    all_ptk_is_told_by_what_it_empties(&world).await;
}

#[tokio::test]
async fn values_travel_both_ways_and_a_reader_cannot_write() {
    let Some(server) = server().await else {
        return;
    };
    let url = server.database().await;
    let mut connection = Connection::open(&url, Access::Write).await.unwrap();
    assert_eq!(connection.dialect(), Dialect::Postgres);
    assert_eq!(connection.security(&url).await.unwrap(), Security::Local);
    connection
        .command("CREATE TABLE contoh (a INT, b VARCHAR(8), c BOOLEAN)")
        .await
        .unwrap();
    connection.begin().await.unwrap();
    let values = [Value::Int(7), "a?'b".into(), Value::Null];
    let sql = "INSERT INTO contoh (a, b) SELECT CAST(? AS INT), ? WHERE CAST(? AS TEXT) IS NULL";
    assert_eq!(connection.execute(sql, &values).await.unwrap(), 1);
    connection.commit().await.unwrap();
    for (sql, values) in [
        (
            "SELECT a, b, c, COUNT(*), a = 7 FROM contoh GROUP BY a, b, c",
            vec![],
        ),
        (
            "SELECT a, b, c, COUNT(*), a = 7 FROM contoh WHERE b = ? GROUP BY a, b, c",
            vec![Value::from("a?'b")],
        ),
    ] {
        let rows = connection.query(sql, &values).await.unwrap();
        assert_eq!((rows[0].int(0), rows[0].text(1).as_str()), (7, "a?'b"));
        assert_eq!(
            (rows[0].maybe(2), rows[0].int(3), rows[0].int(4)),
            (None, 1, 1)
        );
    }
    connection.close().await.unwrap();
    let mut reader = Connection::open(&url, Access::Read).await.unwrap();
    let error = reader.command("DELETE FROM contoh").await.unwrap_err();
    assert!(
        error.advice().unwrap().contains("only reads"),
        "{}",
        error.chain()
    );
}
