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

/// The conflicts of the only location, as e-mail and reason.
fn conflicts(plan: &selaras::users::Plan) -> Vec<(&str, &str)> {
    let conflicts = plan.locations[0].conflict.iter();
    conflicts
        .map(|one| (one.email.as_str(), one.reason.as_str()))
        .collect()
}

#[tokio::test]
async fn a_row_that_is_the_same_only_to_the_database_is_a_conflict_and_left_alone() {
    let setup = setup("utf8mb4_unicode_ci", &["munoz@dkm"]).here("inactive", &["muñoz@dkm"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    let (_, plan) = world.sync().await;
    assert_eq!(
        conflicts(&plan),
        [(
            "munoz@dkm",
            "the database holds it equal to muñoz@dkm (row 1 here)"
        )]
    );
    assert_eq!(world.everybody().await, ["muñoz@dkm 8 inactive"]);
}

#[tokio::test]
async fn composed_and_in_lower_case_alike_is_a_match_under_every_collation() {
    for collation in ["utf8mb4_unicode_ci", "utf8mb4_bin"] {
        let setup = setup(collation, &["cafe\u{301}2@DKM", "ÉTÉ@dkm"])
            .here("active", &["CAFÉ2@dkm", "été@dkm"]);
        let Some(world) = World::foreign(&setup).await else {
            return;
        };
        let plan = world.plan().await;
        assert_eq!(conflicts(&plan), []);
        assert_eq!(
            (plan.locations[0].unchanged, plan.locations[0].changes()),
            (2, 0),
            "{collation}"
        );
    }
}

#[tokio::test]
async fn only_a_to_z_are_lower_cased_on_the_way_into_the_table() {
    let setup = setup("utf8mb4_unicode_ci", &["CAFÉ2@DKM"]);
    let Some(world) = World::foreign(&setup).await else {
        return;
    };
    world.sync().await;
    assert_eq!(world.everybody().await, ["cafÉ2@dkm 8 active"]);
    assert_eq!(world.plan().await.locations[0].unchanged, 1);
}

#[tokio::test]
async fn emails_that_differ_only_by_what_nobody_sees_are_a_conflict() {
    for collation in ["utf8mb4_unicode_ci", "utf8mb4_bin"] {
        let there = [
            "a\u{200b}ni@dkm",
            "bu\u{202e}di@dkm",
            "budi@dkm",
            "cici@dkm",
        ];
        let setup = setup(collation, &there).here("active", &["ani@dkm"]);
        let Some(world) = World::foreign(&setup).await else {
            return;
        };
        let (_, plan) = world.sync().await;
        let named: Vec<_> = conflicts(&plan).iter().map(|one| one.0).collect();
        assert_eq!(named, [there[0], there[2], there[1]], "{collation}");
        let unseen = "differs from ani@dkm only by invisible characters (row 1 here)";
        assert!(
            conflicts(&plan)[0].1.ends_with(unseen),
            "{:?}",
            conflicts(&plan)
        );
        assert_eq!(
            world.everybody().await,
            ["ani@dkm 8 active", "cici@dkm 8 active"]
        );
    }
}

#[tokio::test]
async fn an_email_that_the_column_cannot_hold_is_left_out_of_the_plan() {
    for charset in ["utf8mb3", "latin1"] {
        let there = ["ok@dkm", "wah😀@dkm"];
        let Some(world) = World::foreign(&setup("utf8mb4_unicode_ci", &there)).await else {
            return;
        };
        let narrow = "ALTER TABLE users MODIFY email VARCHAR(255) CHARACTER SET";
        world.run(&format!("{narrow} {charset} NOT NULL")).await;
        let (_, plan) = world.sync().await;
        let reason =
            format!("a character of it is not in {charset}, the character set of users.email");
        assert_eq!(conflicts(&plan), [("wah😀@dkm", reason.as_str())]);
        assert_eq!(world.everybody().await, ["ok@dkm 8 active"]);
    }
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
    // What the column cannot hold is never applied.
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
