//! The runs of this machine: listed, replayed, stopped.

use selaras::run::State;

use super::mask::mask;
use super::office::{Office, flat};
use crate::tui::stage::Asked;

#[test]
fn a_run_is_listed_replayed_and_its_id_copied() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("R")
        .until_words("clean")
        .settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("Enter").until_words("100 %").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("y").settle();
    let id = office.runs()[0].id().to_string();
    assert!(stage.asked().contains(&Asked::Copy(id)));
    stage
        .press("Esc")
        .until_words("Runs of this machine")
        .press("Esc")
        .until_words("sync Dev");
}

#[test]
fn a_stop_is_asked_for_and_the_run_reports_what_it_did() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle().press("s").until_words("New 25").settle();
    let mut store = office.store();
    office.runtime.block_on(store.begin()).unwrap();
    stage
        .press("Enter")
        .until_words("Apply to")
        .settle()
        .press("Enter")
        .until_words("apply Dev");
    stage
        .press("R")
        .until_words("running")
        .press("x")
        .until_words("Stop run");
    assert!(flat(&stage.screen()).contains("finishes the batch in hand"));
    stage.press("Enter").until_words("is stopping");
    office.runtime.block_on(store.rollback()).unwrap();
    stage.until(|screen| !screen.contains("running"));
    assert!(matches!(office.runs()[0].state, State::Finished(_)));
}

#[test]
fn the_list_can_be_filtered() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("R")
        .until_words("clean")
        .press("/")
        .type_text("nobody");
    stage
        .until_words("No run fits")
        .press("Esc")
        .until_words("clean");
    let screen = stage.press("Esc").settle().screen();
    assert!(screen.contains("sync Dev"), "{screen}");
}

#[test]
fn without_a_run_the_list_says_so() {
    let office = Office::open();
    let mut stage = office.sit(80, 24);
    stage
        .settle()
        .press("R")
        .until_words("Nothing was run from this machine yet");
}
