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
    let (_, plan) = world.sync().await;
    let conflict = &plan.locations[0].conflict;
    assert_eq!(
        (conflict[0].email.as_str(), conflict[0].reason.as_str()),
        (long.as_str(), "users.email takes 40 characters")
    );
    assert_eq!(world.everybody().await, ["short@dkm 8 active"]);
    // One that the plan could not know of: the server is not strict, by itself it would cut it and
    // say so in a warning only.
    let setup = Setup::of(DEV, people(&["another-short@dkm"]));
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let plan = world.plan().await;
    world
        .run("ALTER TABLE users MODIFY email VARCHAR(10) NOT NULL")
        .await;
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
async fn times_are_written_in_the_zone_of_the_application() {
    let setup = Setup::of(DEV, people(&["new@dkm", "back@dkm"])).here("inactive", &["back@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world.set_users("timezone = \"+13:00\"\n");
    let done = world.sync().await;
    let sql = "SELECT email, ABS(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), updated_at) - 13 * 3600) \
               < 60 FROM users ORDER BY email";
    let rows = world.rows(sql).await;
    let near = rows.iter().map(|row| (row.text(0), row.int(1)));
    assert_eq!(
        near.collect::<Vec<_>>(),
        [("back@dkm".to_owned(), 1), ("new@dkm".to_owned(), 1)]
    );
    let again = world.plan().await;
    assert_eq!(again.locations[0].notes, Vec::<String>::new());
    // Nobody has written to these rows since, whatever zone they are dated in.
    let undone = world.undo(&done, Some(2)).await.unwrap();
    assert_eq!(undone.locations[0].changed, []);
    assert_eq!(undone.locations[0].changes(), 2);
    let later =
        "UPDATE users SET updated_at = updated_at + INTERVAL 1 MINUTE WHERE email = 'new@dkm'";
    world.run(later).await;
    let undone = world.undo(&done, Some(2)).await.unwrap();
    assert_eq!(undone.locations[0].changed.len(), 1);
}

#[tokio::test]
async fn users_of_the_future_tell_that_the_application_writes_another_zones_time() {
    for (ahead, told) in [
        ("7 HOUR", true),
        ("6 MINUTE", true),
        ("4 MINUTE", false),
        ("-7 HOUR", false),
    ] {
        let Some(world) = World::foreign(&Setup::of(DEV, people(&["a@dkm"]))).await else {
            return;
        };
        world
            .run(&format!(
                "INSERT INTO users (email, location_id, created_at) \
                 VALUES ('a@dkm', 8, NOW() + INTERVAL {ahead})"
            ))
            .await;
        let notes = world.plan().await.locations[0].notes.clone();
        let says = |note: &String| {
            note.contains("after the time that a sync would write now")
                && note.contains("set [users] timezone")
        };
        assert_eq!(notes.iter().any(says), told, "{ahead}: {notes:?}");
    }
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
