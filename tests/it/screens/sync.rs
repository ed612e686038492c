//! The syncs of the original's documents, by keyboard.

use selaras::sim::world::Place;

use super::mask::mask;
use super::office::{Office, flat};

#[test]
fn the_first_sync_of_dev_is_previewed_asked_for_done_and_told() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle().press("s").until_words("New 25").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("Enter").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    assert_eq!(office.runs().len(), 0, "nothing is written before the yes");
    stage.press("Enter").until_ended(
        "Sync completed successfully! 25 users added, 0 users deactivated, 0 users unchanged.",
    );
    stage.until_words("vendor1@dkm").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    assert_eq!(office.runs().len(), 1);
}

#[test]
fn test_gets_three_loses_two_and_keeps_ten() {
    let office = Office::open();
    let mut stage = office.sit(80, 24);
    stage
        .settle()
        .press("Down")
        .settle()
        .press("s")
        .until_words("New 3");
    let screen = flat(&stage.settle().screen());
    assert!(
        screen.contains("Deactivate 2") && screen.contains("Unchanged 10"),
        "{screen}"
    );
    assert!(
        screen.contains("✓ 2 of 12 active users would be deactivated"),
        "{screen}"
    );
    stage
        .press("Enter")
        .until_words("Apply to")
        .settle()
        .press("Enter")
        .until_ended("3 users added, 2 users deactivated,");
    let screen = stage
        .press("t")
        .press("t")
        .until_words("inactive")
        .settle()
        .screen();
    assert!(flat(&screen).contains("2 of 15"), "{screen}");
}

#[test]
fn planned_again_there_is_nothing_to_do_and_nothing_to_confirm() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("s")
        .until_words("Unchanged 25")
        .settle();
    let screen = flat(&stage.screen());
    let zeros = "0 users added, 0 users deactivated, 25 users unchanged.";
    assert!(screen.contains(zeros), "{screen}");
    let screen = stage.press("Enter").settle().screen();
    assert!(screen.contains("there is nothing to do"), "{screen}");
    assert_eq!(office.runs().len(), 1);
}

#[test]
fn the_same_email_on_three_servers_is_three_users() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("S")
        .until_words("Preview · All")
        .settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("a").until_words("Apply to").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("Enter").until_ended("828 users added");
    stage.press("Esc").settle();
    for _ in 0..4 {
        stage.press("Down").settle();
    }
    stage
        .press("/")
        .type_text("vendor1@dkm")
        // With the filter itself.
        .until(|screen| screen.matches(" vendor1@dkm  ").count() == 4);
    let screen = stage.settle().screen();
    for place in ["Dev", "Test", "Prod"] {
        assert!(screen.contains(place), "{screen}");
    }
}

#[test]
fn what_is_left_out_is_not_written() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("S")
        .until_words("Preview · All")
        .settle();
    stage.press("Down").press("Down").press("Space").settle();
    let screen = stage.screen();
    assert!(flat(&screen).contains("add 28 · deactivate 2"), "{screen}");
    stage.press("a").until_words("Apply to").settle();
    assert!(flat(&stage.screen()).contains("Prod: nothing (left out)"));
    stage
        .press("Enter")
        .until_words("28 users added, 2 users deactivated");
    let plan: selaras::users::Plan = office.kept().plan(office.runs()[0].id()).unwrap();
    let codes: Vec<_> = plan.locations.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["dev", "test", "malang"]);
}

#[test]
fn eight_hundred_users_are_added_at_once() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle().press("Down").press("Down").settle();
    stage.press("s").until_words("New 800");
    let screen = stage.settle().screen();
    assert!(screen.contains("fetched 800 of 800 · 8 pages"), "{screen}");
    stage
        .press("Enter")
        .until_words("Apply to")
        .settle()
        .press("Enter");
    stage.until_words("800 users added");
    assert!(flat(&stage.until_words("prod_").settle().screen()).contains("Prod 800"));
    assert_eq!(
        office.branch(Place::Prod).url().len(),
        office.branch(Place::Dev).url().len()
    );
}
