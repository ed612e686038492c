//! The database's collation decides which e-mails are one.

use crate::mariadb::Shape;
use crate::users_engine::world::{DEV, Setup, World, people};

fn setup(collation: &'static str, there: &[&str]) -> Setup {
    Setup {
        shape: Shape {
            collation,
            ..Shape::default()
        },
        ..Setup::of(DEV, people(there))
    }
}

#[tokio::test]
async fn two_emails_that_are_one_to_the_database_are_a_conflict() {
    let setup = setup("utf8mb4_unicode_ci", &["jose@dkm", "josé@dkm", "ana@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let (_, plan) = world.sync().await;
    let conflicts: Vec<_> = plan.locations[0]
        .conflict
        .iter()
        .map(|one| one.email.as_str())
        .collect();
    assert_eq!(conflicts, ["jose@dkm", "josé@dkm"]);
    assert_eq!(world.everybody().await, ["ana@dkm 8 active"]);
}

#[tokio::test]
async fn a_row_that_is_the_same_to_the_database_is_matched() {
    let setup = setup("utf8mb4_unicode_ci", &["josé@dkm"]).here("active", &["Jose@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let plan = world.plan().await;
    assert_eq!(
        (plan.locations[0].unchanged, plan.locations[0].changes()),
        (1, 0)
    );
}

#[tokio::test]
async fn under_a_binary_collation_they_are_two_users() {
    let setup = setup("utf8mb4_bin", &["jose@dkm", "josé@dkm"]).here("active", &["JOSE@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let (_, plan) = world.sync().await;
    assert_eq!(plan.locations[0].conflict, []);
    assert_eq!(
        world.everybody().await,
        ["JOSE@dkm 8 active", "josé@dkm 8 active"]
    );
}

#[tokio::test]
async fn rows_here_that_are_equal_but_for_capitals_are_a_conflict() {
    let setup = setup("utf8mb4_bin", &["two@dkm"]).here("active", &["two@dkm", "Two@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let plan = world.plan().await;
    assert_eq!(
        (
            plan.locations[0].conflict.len(),
            plan.locations[0].changes()
        ),
        (2, 0)
    );
}

#[tokio::test]
async fn a_column_of_an_old_character_set_is_asked_in_its_own_words() {
    let setup = setup("utf8mb4_unicode_ci", &["josé@dkm", "日本@dkm", "時計@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world
        .run("ALTER TABLE users MODIFY email VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin")
        .await;
    world
        .run("INSERT INTO users (email, location_id) VALUES ('jose@dkm', 8)")
        .await;
    let plan = world.plan().await;
    let location = &plan.locations[0];
    // What the column cannot hold is one and the same to it: never applied.
    let conflicts: Vec<_> = location
        .conflict
        .iter()
        .map(|one| one.email.as_str())
        .collect();
    assert_eq!(conflicts, ["日本@dkm", "時計@dkm"]);
    assert_eq!(location.new[0].email, "josé@dkm");
}

#[tokio::test]
async fn eight_hundred_emails_with_accents_are_compared() {
    let emails: Vec<_> = (0..800).map(|number| format!("é{number}@dkm")).collect();
    let emails: Vec<_> = emails.iter().map(String::as_str).collect();
    let setup = setup("utf8mb4_unicode_ci", &emails);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world.sync().await;
    let again = world.plan().await;
    assert_eq!(
        (again.locations[0].unchanged, again.locations[0].changes()),
        (800, 0)
    );
}
