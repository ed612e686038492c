//! Two writers at one location, and rows that somebody else holds.

use selaras::engine::Outcome;
use selaras::error::Kind;
use selaras::sim::people;

use crate::users_engine::world::{DEV, Setup, TEST, World};

const LOCK: &str = "SELECT GET_LOCK(CONCAT('selaras:', LEFT(SHA2(DATABASE(), 256), 16), ':8'), 0), \
                    CONNECTION_ID()";

#[tokio::test]
async fn a_second_writer_is_told_at_once_who_holds_the_location() {
    let setup = Setup {
        there: vec![(DEV, people::dev()), (TEST, people::test())],
        ..Setup::default()
    };
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let mut other = world.connect().await;
    let rows = other.query(LOCK, &[]).await.unwrap();
    assert_eq!(rows[0].int(0), 1);
    let plan = world.plan().await;
    let (_, report) = world.apply(&plan).await;
    let failure = report.locations[0].error.clone().unwrap();
    assert_eq!(
        (failure.kind, report.failure().unwrap().kind),
        (Kind::Busy, Kind::Busy)
    );
    let holder = format!("(connection {}, root from localhost)", rows[0].int(1));
    assert!(failure.message.contains(&holder), "{failure:?}");
    // The other location is written all the same.
    assert_eq!(
        (world.everybody().await.len(), report.locations[1].inserted),
        (13, 13)
    );
    other.close().await.unwrap();
    assert_eq!(world.apply(&plan).await.1.locations[0].error, None);
}

#[tokio::test]
async fn two_applies_at_once_write_once() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    let (one, other) = (world.plan().await, world.plan().await);
    let ((_, first), (_, second)) = tokio::join!(world.apply(&one), world.apply(&other));
    let failures: Vec<_> = [first, second]
        .iter()
        .filter_map(Outcome::failure)
        .collect();
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}");
    };
    assert!(
        matches!(failure.kind, Kind::Busy | Kind::Stale),
        "{failure:?}"
    );
    assert_eq!(world.everybody().await.len(), 25);
}

#[tokio::test]
async fn the_lock_is_given_back() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    world.sync().await;
    let mut other = world.connect().await;
    assert_eq!(other.query(LOCK, &[]).await.unwrap()[0].int(0), 1);
}

#[tokio::test]
async fn rows_that_somebody_holds_are_waited_for_a_few_seconds_only() {
    let setup = Setup::of(DEV, people::dev()).here("active", &["gone@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let plan = world.plan().await;
    let mut other = world.connect().await;
    other.begin().await.unwrap();
    other
        .execute("UPDATE users SET updated_at = NOW()", &[])
        .await
        .unwrap();
    let (_, report) = world.apply(&plan).await;
    let failure = report.failure().unwrap();
    assert_eq!(failure.kind, Kind::Database);
    assert!(
        failure
            .hint
            .unwrap()
            .contains("another transaction holds the rows")
    );
    other.rollback().await.unwrap();
    assert_eq!(world.everybody().await, ["gone@dkm 8 active"]);
}
