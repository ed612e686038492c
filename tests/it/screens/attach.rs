//! Runs that somebody else started appear by themselves, from their first event.

use super::office::{Office, flat};
use crate::harness::wait::status_of;
use crate::tui::elsewhere::elsewhere;

#[test]
fn a_run_of_another_process_is_seen_followed_and_told() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle();
    // The worker waits for the database as long as somebody writes to it.
    let mut store = office.store();
    office.runtime.block_on(store.begin()).unwrap();
    let other = elsewhere(&office.world.config(), &["users", "apply", "dev", "--yes"]);
    stage.until(|screen| screen.contains("f follow"));
    let screen = stage.press("f").until_words("Sync · Dev").screen();
    assert!(flat(&screen).contains("by admin@kantor"), "{screen}");
    office.runtime.block_on(store.rollback()).unwrap();
    stage
        .until_words("Sync completed successfully! 25 users added")
        .settle();
    assert!(status_of(other).success());
}

#[test]
fn a_screen_that_comes_later_sees_what_was_said_before() {
    let office = Office::open();
    let mut store = office.store();
    office.runtime.block_on(store.begin()).unwrap();
    let other = elsewhere(
        &office.world.config(),
        &["users", "apply", "dev", "--yes", "--detach"],
    );
    assert!(status_of(other).success());
    let mut stage = office.sit(100, 30);
    stage
        .until(|screen| screen.contains("f follow"))
        .press("f")
        .until_words("apply Dev");
    stage.press("Esc").until_words("sync Dev");
    office.runtime.block_on(store.rollback()).unwrap();
    stage
        .until_words("Sync completed")
        .until_words("vendor1@dkm");
}

#[test]
fn a_run_that_ended_elsewhere_is_in_the_table_and_in_the_list() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle();
    let other = elsewhere(&office.world.config(), &["users", "apply", "dev", "--yes"]);
    stage
        .until_words("Sync completed")
        .until_words("vendor1@dkm");
    assert!(status_of(other).success());
    let screen = stage.press("R").until_words("clean").screen();
    assert!(screen.contains("users"), "{screen}");
}
