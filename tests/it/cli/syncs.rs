//! Syncs that go well, and one of which a part does.

use selaras::sim::people::EVERYWHERE;
use selaras::sim::world::Place;
use sha2::{Digest as _, Sha256};

use super::files::files;
use super::{Office, sentence};

#[tokio::test]
async fn a_first_sync_adds_everybody_and_says_so_word_for_word() {
    let office = Office::open().await;
    let done = office.run(&["users", "apply", "dev", "--yes"]).await;
    assert_eq!(done.out, format!("{}\n", sentence(25, 0, 0)), "{done:#?}");
    done.expect(0, "", "it continues if this connection drops");
    assert_eq!(office.active(Place::Dev).await, 25);
}

#[tokio::test]
async fn a_sync_again_has_nothing_to_do_and_makes_no_run() {
    let office = Office::open().await;
    office.run(&["users", "apply", "dev", "--yes"]).await;
    let done = office.run(&["users", "apply", "DEV"]).await;
    assert_eq!(
        (done.exit, &*done.out),
        (0, &*format!("{}\n", sentence(0, 0, 25)))
    );
    assert_eq!(office.runs().readable().unwrap().len(), 1);
}

#[tokio::test]
async fn a_sync_adds_deactivates_and_leaves_alone() {
    let office = Office::open().await;
    let done = office.run(&["users", "apply", "test", "--yes"]).await;
    assert_eq!(done.out, format!("{}\n", sentence(3, 2, 10)), "{done:#?}");
    let gone = "SELECT email FROM users WHERE location_id = 7 AND status = 'inactive'";
    assert_eq!(office.query(gone).await.len(), 2);
}

#[tokio::test]
async fn the_same_email_at_three_locations_is_three_users() {
    let office = Office::open().await;
    let done = office
        .run(&["users", "apply", "dev", "test", "prod", "--yes"])
        .await;
    done.expect(
        0,
        &sentence(25 + 3 + 800, 2, 10),
        "✓ Prod: Sync completed successfully! 800",
    );
    let rows = format!("SELECT location_id FROM users WHERE email = '{EVERYWHERE}' ORDER BY 1");
    assert_eq!(office.query(&rows).await, ["1", "7", "8"]);
}

#[tokio::test]
async fn one_dead_server_of_four_keeps_nobody_from_the_rest() {
    let office = Office::open().await;
    let done = office.run(&["users", "apply", "--all", "--yes"]).await;
    done.expect(
        11,
        "Sync completed for 3 of 4 locations: 828 users added",
        "error: Malang: Failed to login to external API: Connection refused",
    );
    assert!(
        done.err
            .contains("hint: Malang: nobody listens at 127.0.0.1:"),
        "{done:#?}"
    );
    // 828 users were.
    assert!(!done.err.contains("nothing was written"), "{done:#?}");
    assert!(done.err.contains("✗ Malang: "), "{done:#?}");
    assert_eq!(office.active(Place::Prod).await, 800);
    let shown = office.run(&["runs", "list"]).await;
    shown.expect(0, "  partial    11  users ", "");
}

/// Every file with its content, but for the two that SQLite keeps beside a database to read it.
fn on_disk(office: &Office) -> Vec<(String, usize, Vec<u8>)> {
    let files = files(office.root.path()).into_iter();
    let files = files.map(|(path, content)| (path.display().to_string(), content));
    files
        .filter(|(path, _)| !path.ends_with("-shm") && !path.ends_with("-wal"))
        .map(|(path, content)| (path, content.len(), Sha256::digest(content).to_vec()))
        .collect()
}

#[tokio::test]
async fn a_plan_writes_nothing_and_tells_by_its_exit_code_that_something_would_change() {
    let office = Office::open().await;
    let before = on_disk(&office);
    let done = office.run(&["users", "plan", "dev"]).await;
    done.expect(0, "dev    25     0    0     0         0  ready  Dev\n", "");
    let detailed = ["users", "plan", "dev", "--detailed-exitcode"];
    assert_eq!(office.run(&detailed).await.exit, 10);
    for quiet in [
        &["runs", "list"][..],
        &["users", "list"],
        &["doctor"],
        &["-vv", "runs", "list"],
    ] {
        office.run(quiet).await;
    }
    assert_eq!(on_disk(&office), before);
    office.run(&["users", "apply", "dev", "--yes"]).await;
    assert_eq!(office.run(&detailed).await.exit, 0);
}

#[tokio::test]
async fn an_undo_takes_a_first_sync_back_when_its_figure_is_given() {
    let office = Office::open().await;
    office.run(&["users", "apply", "dev", "--yes"]).await;
    let run = office.runs().readable().unwrap().remove(0).id().short();
    let guarded = office.run(&["users", "undo", &run, "--yes"]).await;
    guarded.expect(7, "", "25 of 25 active users would be deactivated");
    let undo = ["users", "undo", &run, "--max-deactivate", "25", "--yes"];
    office
        .run(&undo)
        .await
        .expect(0, "25 users deactivated", "Undo of run ");
    assert_eq!(office.active(Place::Dev).await, 0);
    office.run(&undo).await.expect(8, "", "error: ");
}

#[tokio::test]
async fn our_own_database_needs_no_migration() {
    let office = Office::open().await;
    let done = office.run(&["users", "migrate", "--yes"]).await;
    done.expect(
        0,
        "",
        "unique index users_email_location_unique (email, location_id)",
    );
    assert!(office.runs().readable().unwrap().is_empty());
}
