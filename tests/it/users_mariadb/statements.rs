//! How many statements an apply takes: over a slow line each is a round trip.

use selaras::sim::people;

use crate::users_engine::world::{PROD, Setup, World};

#[tokio::test]
async fn eight_hundred_users_are_added_in_at_most_twenty_statements() {
    let Some(world) = World::foreign(&Setup::of(PROD, people::prod())).await else {
        return;
    };
    let database = world.database.as_ref().unwrap();
    let plan = world.plan().await;
    world.configure(&database.user(&["ALL ON *"]).await, "");
    // Never off again: other tests of this server look at it too.
    database.run("SET GLOBAL general_log = 1").await;
    let (_, report) = world.apply(&plan).await;
    assert_eq!(report.locations[0].inserted, 800);
    let sql = format!(
        "SELECT command_type, LEFT(argument, 120) FROM mysql.general_log \
         WHERE user_host LIKE '{}[%' AND command_type NOT IN ('Connect', 'Quit', 'Close stmt')",
        database.name
    );
    let rows = database.rows(&sql).await;
    let said: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {}", row.text(0), row.text(1)))
        .collect();
    assert!((10..=20).contains(&said.len()), "{}: {said:#?}", said.len());
}
