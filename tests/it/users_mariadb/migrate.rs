//! From one user per e-mail to one per e-mail and location, and nothing else.

use selaras::engine::{Engine, Job, Outcome, Summary};
use selaras::error::Kind;
use selaras::sim::people;
use selaras::users::migrate::{Migrate, Plan, Report, Request};
use selaras::users::plan::GuardName;

use crate::harness::wait::within;
use crate::mariadb::{Shape, Unique};
use crate::users_engine::world::{DEV, Setup, TEST, World};

fn setup(unique: Unique) -> Setup {
    Setup {
        there: vec![(DEV, people::dev()), (TEST, people::test())],
        shape: Shape {
            unique,
            ..Shape::default()
        },
        ..Setup::default()
    }
}

async fn plan(world: &World) -> Plan {
    let engine = Migrate::new(world.config()).unwrap();
    let job = Job::silent();
    within("a plan", engine.plan(Request {}, &job))
        .await
        .unwrap()
}

async fn apply(world: &World, plan: &Plan) -> selaras::error::Result<Report> {
    let engine = Migrate::new(world.config()).unwrap();
    within("a report", engine.apply(plan.clone(), &Job::silent())).await
}

#[tokio::test]
async fn the_old_constraint_trips_the_guard_until_it_is_migrated() {
    let Some(world) = World::foreign(&setup(Unique::Old)).await else {
        return;
    };
    let tripped = world.plan().await;
    let guard = tripped.locations[0].tripped().unwrap();
    assert_eq!(guard.name, GuardName::Schema);
    assert!(guard.detail.contains("selaras users migrate"), "{guard:?}");
    let (_, report) = world.apply(&tripped).await;
    assert_eq!(report.failure().unwrap().kind, Kind::Guard);

    let plan = plan(&world).await;
    let begins: Vec<_> = plan
        .changes
        .iter()
        .map(|change| &change.sql[..29])
        .collect();
    assert_eq!(
        begins,
        [
            "CREATE TABLE IF NOT EXISTS se",
            "ALTER TABLE users ADD UNIQUE ",
            "ALTER TABLE users DROP INDEX "
        ]
    );
    assert_eq!(plan.resources(), ["users-schema", "users-8", "users-7"]);
    let report = apply(&world, &plan).await.unwrap();
    assert_eq!(
        report.sentence(),
        "Migration completed: 3 changes, users are unique by (email, location_id)."
    );
    world.sync().await;
    assert_eq!(world.everybody().await.len(), 38);
}

#[tokio::test]
async fn where_nothing_is_left_to_do_it_says_so() {
    let Some(world) = World::foreign(&setup(Unique::New)).await else {
        return;
    };
    let first = plan(&world).await;
    assert_eq!(
        first.changes.len(),
        1,
        "only the marker table is missing: {first:?}"
    );
    apply(&world, &first).await.unwrap();
    let again = apply(&world, &first).await.unwrap_err();
    assert_eq!(again.kind(), Kind::Stale);
    let nothing = plan(&world).await;
    assert!(nothing.is_empty());
    let report = apply(&world, &nothing).await.unwrap();
    assert_eq!(
        report.sentence(),
        "Nothing to do: users are unique by (email, location_id)."
    );
}

#[tokio::test]
async fn duplicates_are_named_and_nothing_is_changed() {
    let setup = setup(Unique::None).here("active", &["two@dkm", "Two@dkm", "one@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let plan = plan(&world).await;
    let failure = plan.failure().unwrap();
    assert!(plan.is_empty());
    assert!(
        failure.message.contains("at location 8 (rows 1, 2)"),
        "{failure:?}"
    );
    let report = apply(&world, &plan).await.unwrap();
    assert_eq!(report.failure().unwrap().kind, Kind::Guard);
    assert!(
        world
            .rows("SHOW TABLES LIKE 'selaras_runs'")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_migration_that_was_cut_short_goes_on() {
    let Some(world) = World::foreign(&setup(Unique::Old)).await else {
        return;
    };
    let whole = plan(&world).await;
    for change in &whole.changes[..2] {
        world.run(&change.sql).await;
    }
    let rest = plan(&world).await;
    assert_eq!(rest.changes, whole.changes[2..]);
    assert_eq!(apply(&world, &whole).await.unwrap_err().kind(), Kind::Stale);
    apply(&world, &rest).await.unwrap();
    assert!(plan(&world).await.changes.is_empty());
}

#[tokio::test]
async fn denied_rights_show_every_statement_that_is_left() {
    let Some(world) = World::foreign(&setup(Unique::Old)).await else {
        return;
    };
    let rights = ["SELECT ON *", "INSERT ON *", "UPDATE ON *", "CREATE ON *"];
    let url = world.database.as_ref().unwrap().user(&rights).await;
    world.configure(&url, "");
    let plan = plan(&world).await;
    let report = apply(&world, &plan).await.unwrap();
    let failure = report.failure().unwrap();
    assert_eq!((failure.kind, report.done.len()), (Kind::Database, 1));
    let hint = failure.hint.unwrap();
    assert!(
        plan.changes[1..]
            .iter()
            .all(|change| hint.contains(&change.sql)),
        "{hint}"
    );
    assert!(
        failure.message.contains("ALTER command denied"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_sync_that_is_writing_keeps_the_migration_waiting() {
    let Some(world) = World::foreign(&setup(Unique::Old)).await else {
        return;
    };
    let plan = plan(&world).await;
    let mut other = world.connect().await;
    let lock = "SELECT GET_LOCK(CONCAT('selaras:', LEFT(SHA2(DATABASE(), 256), 16), ':7'), 0)";
    other.query(lock, &[]).await.unwrap();
    assert_eq!(apply(&world, &plan).await.unwrap_err().kind(), Kind::Busy);
}

#[tokio::test]
async fn an_embedded_database_is_right_from_the_beginning() {
    let world = World::embedded(&Setup::of(DEV, people::dev())).await;
    assert!(plan(&world).await.is_empty());
    world.sync().await;
    assert!(plan(&world).await.is_empty());
    // As a file from elsewhere may have it.
    world
        .run("CREATE UNIQUE INDEX users_email_unique ON users (email)")
        .await;
    assert_eq!(
        world.plan().await.locations[0].tripped().unwrap().name,
        GuardName::Schema
    );
    apply(&world, &plan(&world).await).await.unwrap();
    assert_eq!(world.plan().await.locations[0].tripped(), None);
}

#[tokio::test]
async fn an_application_with_a_list_of_its_migrations_is_to_be_told() {
    let Some(world) = World::foreign(&setup(Unique::Old)).await else {
        return;
    };
    assert_eq!(plan(&world).await.after, Vec::<String>::new());
    world
        .run(
            "CREATE TABLE migrations (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, \
             migration VARCHAR(255) NOT NULL, batch INT NOT NULL)",
        )
        .await;
    world
        .run("INSERT INTO migrations (migration, batch) VALUES ('2014_create_users_table', 1)")
        .await;
    let first = plan(&world).await;
    let [told] = &first.after[..] else {
        panic!("{:?}", first.after);
    };
    assert!(told.contains("1091"), "{told}");
    let report = apply(&world, &first).await.unwrap();
    assert_eq!((&report.notes, report.failure()), (&first.after, None));
    // We never write there; the statement works as it is printed.
    let list = "SELECT migration, batch FROM migrations ORDER BY id";
    assert_eq!(world.rows(list).await.len(), 1);
    let statement = &told[told.find("INSERT INTO").unwrap()..];
    world.run(statement.trim_end_matches(';')).await;
    let rows = world.rows(list).await;
    assert_eq!((rows.len(), rows[1].int(1)), (2, 2));
    assert_eq!(plan(&world).await.after, Vec::<String>::new());
}
