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
        let grant = format!("GRANT INSERT, UPDATE ON `{name}`.users TO '{name}'@'%'");
        assert!(hint.contains(&grant), "{hint}");
        assert!(
            failure
                .message
                .contains("this database user lacks INSERT, UPDATE on users"),
            "{}",
            failure.message
        );
        let (_, statements) = hint.split_once(" runs: ").unwrap();
        for statement in statements.trim_end_matches(';').split("; ") {
            world.run(statement).await;
        }
        world.sync().await;
        assert_eq!(world.everybody().await.len(), 25);
    }
}

#[tokio::test]
async fn rights_of_roles_patterns_columns_and_tables_are_enough() {
    // What is granted to the user NAME, who has a role of the same rights as nobody.
    let table: [&[&str]; 5] = [
        &["GRANT ALL PRIVILEGES ON *.* TO NAME@'%'"],
        &["GRANT SELECT, INSERT, UPDATE, CREATE ON `conto%`.* TO NAME@'%'"],
        &[
            "CREATE ROLE role_NAME",
            "GRANT SELECT, INSERT, UPDATE, CREATE ON NAME.* TO role_NAME",
            "GRANT role_NAME TO NAME@'%'",
            "SET DEFAULT ROLE role_NAME FOR NAME@'%'",
        ],
        &[
            "GRANT SELECT, CREATE ON NAME.* TO NAME@'%'",
            "GRANT INSERT, UPDATE ON NAME.users TO NAME@'%'",
            "GRANT CREATE, INSERT ON NAME.selaras_runs TO NAME@'%'",
        ],
        &[
            "GRANT SELECT, CREATE ON NAME.* TO NAME@'%'",
            "GRANT INSERT (email, location_id, status, created_at, updated_at), \
             UPDATE (status, updated_at) ON NAME.users TO NAME@'%'",
            "GRANT CREATE, INSERT ON NAME.selaras_runs TO NAME@'%'",
        ],
    ];
    for grants in table {
        let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
            return;
        };
        let database = world.database.as_ref().unwrap();
        let url = database.user(&[]).await;
        for grant in grants {
            world.run(&grant.replace("NAME", &database.name)).await;
        }
        world.configure(&url, "");
        world.sync().await;
        assert_eq!(world.everybody().await.len(), 25, "{grants:?}");
    }
}

#[tokio::test]
async fn a_narrow_right_hides_a_wide_one_as_it_does_on_the_server() {
    let Some(world) = World::foreign(&Setup::of(DEV, people::dev())).await else {
        return;
    };
    let database = world.database.as_ref().unwrap();
    let url = database.user(&["SELECT ON *"]).await;
    let wide = format!(
        "GRANT INSERT, UPDATE, CREATE ON `conto%`.* TO {}@'%'",
        database.name
    );
    world.run(&wide).await;
    world.configure(&url, "");
    let failure = world.plan().await.locations[0].error.clone().unwrap();
    assert!(
        failure.message.contains("lacks INSERT, UPDATE on users"),
        "{failure:?}"
    );
    let insert = "INSERT INTO users (email, location_id) VALUES ('x@dkm', 8)";
    let mut connection = crate::mariadb::open(&url, selaras::db::Access::Write).await;
    let refused = connection.execute(insert, &[]).await.unwrap_err();
    assert!(selaras::db::is_denied(&refused), "{refused:?}");
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
    let error = world.undo_with(request).await.unwrap_err();
    let hint = error.advice().unwrap();
    let name = &world.database.as_ref().unwrap().name;
    let grant = format!("GRANT DELETE ON `{name}`.users TO '{name}'@'%'");
    assert!(hint.contains(&grant), "{hint}");
    assert_eq!(world.everybody().await.len(), 25);
}
