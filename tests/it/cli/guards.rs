//! Guards that trip at a shell: exit code, hint, and what lifts them.

use selaras::sim::people::named;
use selaras::sim::world::Place;

use super::{Office, sentence};

/// An office with four users at Dev, `left` of whom the server lists.
async fn office_with(left: usize) -> Office {
    let office = Office::open().await;
    office.branch(Place::Dev).set_people(named("dev", 4));
    let done = office.run(&["users", "apply", "dev", "--yes"]).await;
    done.expect(0, &sentence(4, 0, 0), "");
    office.branch(Place::Dev).set_people(named("dev", left));
    office
}

#[tokio::test]
async fn three_of_four_missing_are_deactivated_only_when_that_figure_is_given() {
    let office = office_with(1).await;
    let apply = ["users", "apply", "dev", "--yes"];
    let done = office.run(&apply).await;
    done.expect(
        7,
        "",
        "error: Not applied: 3 of 4 active users would be deactivated (75 %; limits: 100 and 20 %)\n\
         hint: if that is right, add --max-deactivate 3\n",
    );
    assert!(done.err.contains("  ✗ 3 of 4 active users"), "{done:#?}");
    assert_eq!(office.active(Place::Dev).await, 4);
    let two = office
        .run(&[&apply[..], &["--max-deactivate", "2"]].concat())
        .await;
    assert_eq!(two.exit, 7, "{two:#?}");
    let three = office
        .run(&[&apply[..], &["--max-deactivate", "3"]].concat())
        .await;
    three.expect(0, &sentence(0, 3, 1), "");
}

#[tokio::test]
async fn an_empty_list_needs_its_own_word_besides_the_figure() {
    let office = office_with(0).await;
    let apply = ["users", "apply", "dev", "--yes"];
    let done = office.run(&apply).await;
    done.expect(7, "", "the list is empty while 4 users are active here");
    let empty = office.run(&[&apply[..], &["--allow-empty"]].concat()).await;
    empty.expect(7, "", "4 of 4 active users would be deactivated");
    let both = [&apply[..], &["--allow-empty", "--max-deactivate", "4"]].concat();
    office.run(&both).await.expect(0, &sentence(0, 4, 0), "");
}

#[tokio::test]
async fn a_tripped_guard_at_one_location_leaves_the_others_to_be_done() {
    let office = office_with(1).await;
    let done = office
        .run(&["users", "apply", "dev", "test", "--yes"])
        .await;
    done.expect(
        7,
        "Sync completed for 1 of 2 locations: 3 users added",
        "✗ Dev: Not applied",
    );
    assert_eq!(office.active(Place::Dev).await, 4);
    assert_eq!(office.active(Place::Test).await, 13);
}

#[tokio::test]
async fn nothing_is_written_when_only_reading_is_allowed() {
    let office = Office::open().await;
    let done = office
        .run(&["users", "apply", "dev", "--yes", "--read-only"])
        .await;
    done.expect(
        3,
        "",
        "error: nothing may be written: read_only is set\nhint: ",
    );
    assert!(office.branch(Place::Dev).requests().is_empty());
    office.set_top("read_only = true");
    assert_eq!(
        office.run(&["users", "apply", "dev", "--yes"]).await.exit,
        3
    );
    assert_eq!(office.run(&["users", "plan", "dev"]).await.exit, 0);
}
