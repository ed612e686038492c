//! Odd rows of a foreign schema, and what must not happen to values on their way.

use selaras::engine::Outcome;
use selaras::error::Kind;

use crate::users_engine::world::{DEV, Setup, World, people};

#[tokio::test]
async fn ids_beyond_signed_numbers_and_missing_values_are_read_and_written() {
    let setup = Setup::of(DEV, people(&["a@dkm", "b@dkm"])).here("active", &["a@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world
        .run("ALTER TABLE users MODIFY email VARCHAR(255) NULL")
        .await;
    for (id, email) in [
        ("18446744073709551613", "'b@dkm'"),
        ("18446744073709551612", "NULL"),
    ] {
        world
            .run(&format!(
                "INSERT INTO users (id, email, location_id, status) VALUES ({id}, {email}, 8, 'inactive')"
            ))
            .await;
    }
    let (_, plan) = world.sync().await;
    let row = &plan.locations[0].reactivate[0];
    assert_eq!(row.id.as_deref(), Some("18446744073709551613"));
    assert_eq!(
        world.everybody().await,
        [" 8 inactive", "a@dkm 8 active", "b@dkm 8 active"]
    );
}

#[tokio::test]
async fn a_status_of_another_kind_is_an_error_of_its_location_alone() {
    let setup = Setup {
        there: vec![
            (DEV, people(&["a@dkm"])),
            ((7, "test", "Test"), people(&["b@dkm"])),
        ],
        ..Setup::default()
    };
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world
        .run("ALTER TABLE users MODIFY status VARCHAR(20) NULL")
        .await;
    world
        .run("INSERT INTO users (email, location_id, status) VALUES ('x@dkm', 8, 'beku')")
        .await;
    let plan = world.plan().await;
    let kinds = plan
        .locations
        .iter()
        .map(|row| row.error.as_ref().map(|error| error.kind));
    assert_eq!(kinds.collect::<Vec<_>>(), [Some(Kind::Database), None]);
    assert!(
        plan.locations[0]
            .error
            .as_ref()
            .unwrap()
            .message
            .contains("«beku»")
    );
}

#[tokio::test]
async fn an_email_that_does_not_fit_is_refused_and_never_cut() {
    let long = format!("{}@dkm", "x".repeat(60));
    let setup = Setup::of(DEV, people(&["short@dkm", &long]));
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world
        .run("ALTER TABLE users MODIFY email VARCHAR(40) NOT NULL")
        .await;
    // The server is not strict: by itself it would cut it, and say so in a warning only.
    let plan = world.plan().await;
    let (_, report) = world.apply(&plan).await;
    let failure = report.failure().unwrap();
    assert_eq!(failure.kind, Kind::Database);
    assert!(
        failure.message.starts_with("Failed to execute sync: "),
        "{failure:?}"
    );
    assert!(
        failure.message.ends_with("nothing was written"),
        "{failure:?}"
    );
    assert_eq!(world.everybody().await, Vec::<String>::new());
}

#[tokio::test]
async fn times_are_the_servers_own() {
    let Some(world) = World::foreign(&Setup::of(DEV, people(&["a@dkm"]))).await else {
        return;
    };
    world.sync().await;
    // The server is seven hours ahead of UTC; a session in UTC would be seven hours behind it.
    let sql = "SELECT @@session.time_zone, ABS(TIMESTAMPDIFF(SECOND, u.created_at, NOW())) < 60, \
               ABS(TIMESTAMPDIFF(SECOND, m.applied_at, NOW())) < 60 \
               FROM users u JOIN selaras_runs m ON m.location_id = u.location_id";
    let rows = world.rows(sql).await;
    assert_eq!(
        (rows[0].text(0).as_str(), rows[0].int(1), rows[0].int(2)),
        ("+07:00", 1, 1)
    );
}

#[tokio::test]
async fn the_table_of_users_reads_rows_without_dates() {
    use selaras::users::store::browse::{Column, Created, Filter, Order};
    let setup = Setup::of(DEV, people(&["a@dkm"])).here("active", &["old@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world
        .run("INSERT INTO users (email, location_id) VALUES ('b@dkm', 8)")
        .await;
    world
        .run("INSERT INTO users (email, location_id, created_at) VALUES ('now@dkm', 8, NOW())")
        .await;
    let mut store = world.users().reading().await.unwrap().unwrap();
    for column in [
        Column::Email,
        Column::Location,
        Column::Status,
        Column::Created,
        Column::Updated,
    ] {
        for descending in [true, false] {
            let order = Order { column, descending };
            let ids = store.ids(&Filter::default(), order).await.unwrap();
            assert_eq!(store.rows(&ids).await.unwrap().len(), 3);
        }
    }
    let order = Order {
        column: Column::Email,
        descending: false,
    };
    let day = |text: &str| Some(text.parse().unwrap());
    let table = [
        (Created::Today, 1),
        (Created::LastWeek, 1),
        (Created::Range(day("2004-01-02"), day("2004-01-02")), 1),
        (Created::Range(None, day("2004-01-01")), 0),
    ];
    for (created, wanted) in table {
        let filter = Filter {
            created: Some(created),
            ..Filter::default()
        };
        let ids = store.ids(&filter, order).await.unwrap();
        assert_eq!(ids.len(), wanted, "{created:?}");
    }
    let filter = Filter {
        text: Some("W@".into()),
        location: Some(8),
        ..Filter::default()
    };
    let ids = store.ids(&filter, order).await.unwrap();
    let rows = store.rows(&ids).await.unwrap();
    assert_eq!(
        (rows[0].email.as_str(), rows[0].location_name.as_str()),
        ("now@dkm", "Dev")
    );
    assert_eq!(store.counts().await.unwrap()[0].active, 3);
}
