//! Database users who may do less than a sync needs.

use selaras::engine::Outcome;
use selaras::error::{Failure, Kind};
use selaras::sim::people;
use selaras::users::undo;

use crate::users_engine::world::{DEV, Setup, World};

/// A world whose configuration names a user with `rights`, and how its apply fails.
async fn apply_with(rights: &[&str], before: &[&str]) -> Option<(World, Failure)> {
    let world = World::foreign(&Setup::of(DEV, people::dev())).await?;
    let database = world.database.as_ref().unwrap();
    for sql in before {
        database.run(sql).await;
    }
    world.configure(&database.user(rights).await, "");
    let plan = world.plan().await;
    assert_eq!(plan.locations[0].new.len(), 25);
    let (_, report) = world.apply(&plan).await;
    assert_eq!(world.everybody().await, Vec::<String>::new());
    Some((world, report.failure().unwrap()))
}

/// The marker table as it was before it knew of undoing.
const OLD_MARKERS: &str = "CREATE TABLE selaras_runs (run_id CHAR(36) NOT NULL, \
    location_id BIGINT NOT NULL, plan_id CHAR(36) NOT NULL, applied_at TIMESTAMP NOT NULL, \
    operator VARCHAR(255) NOT NULL, PRIMARY KEY (run_id, location_id))";
const MARKERS: &str = "CREATE TABLE selaras_runs (run_id CHAR(36) NOT NULL, \
    location_id BIGINT NOT NULL, plan_id CHAR(36) NOT NULL, applied_at TIMESTAMP NOT NULL, \
    operator VARCHAR(255) NOT NULL, undoes CHAR(36) NULL, PRIMARY KEY (run_id, location_id))";

#[tokio::test]
async fn who_may_only_read_can_plan_and_is_told_the_missing_grants() {
    let reading = ["SELECT ON *"];
    for before in [&[][..], &[MARKERS]] {
        let Some((world, failure)) = apply_with(&reading, before).await else {
            return;
        };
        let hint = failure.hint.unwrap();
        let name = &world.database.as_ref().unwrap().name;
        assert_eq!(failure.kind, Kind::Database);
        let grant = format!("GRANT SELECT, INSERT, UPDATE ON `{name}`.users TO '{name}'@'%'");
        assert!(hint.contains(&grant), "{hint}");
        assert!(
            failure.message.ends_with("nothing was written"),
            "{}",
            failure.message
        );
    }
}

#[tokio::test]
async fn who_may_not_create_tables_is_told_the_exact_statement_and_it_helps() {
    let rights = ["SELECT ON *", "INSERT ON *", "UPDATE ON *"];
    let Some((world, failure)) = apply_with(&rights, &[]).await else {
        return;
    };
    let hint = failure.hint.unwrap();
    let begin = hint.find("CREATE TABLE").unwrap();
    let statement = hint[begin..].split(';').next().unwrap();
    world.run(statement).await;
    let (_, report) = world.apply(&world.plan().await).await;
    assert_eq!(report.failure(), None);
    assert_eq!(world.everybody().await.len(), 25);
}

#[tokio::test]
async fn an_earlier_marker_table_gets_its_missing_column() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    world.run(OLD_MARKERS).await;
    let done = world.sync().await;
    let undone = world.undo(&done, Some(25)).await.unwrap();
    assert_eq!(world.apply(&undone).await.1.failure(), None);
}

#[tokio::test]
async fn the_suggested_rights_are_enough() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    world.run(MARKERS).await;
    let rights = [
        "SELECT ON locations",
        "SELECT, INSERT, UPDATE ON users",
        "SELECT, INSERT ON selaras_runs",
    ];
    world.configure(&world.database.as_ref().unwrap().user(&rights).await, "");
    let done = world.sync().await;
    let undone = world.undo(&done, Some(25)).await.unwrap();
    assert_eq!(world.apply(&undone).await.1.failure(), None);
}

#[tokio::test]
async fn who_may_not_delete_is_told_so_when_users_are_to_be_removed() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    let rights = ["SELECT ON *", "INSERT ON *", "UPDATE ON *", "CREATE ON *"];
    let url = world.database.as_ref().unwrap().user(&rights).await;
    world.configure(&url, "");
    let (run, plan) = world.sync().await;
    let request = undo::Request {
        run,
        plan,
        delete: true,
        max_deactivate: Some(25),
    };
    let plan = world.undo_with(request).await.unwrap();
    let failure = world.apply(&plan).await.1.failure().unwrap();
    assert!(
        failure
            .hint
            .unwrap()
            .contains("GRANT SELECT, INSERT, UPDATE, DELETE ON")
    );
    assert_eq!(world.everybody().await.len(), 25);
}
