//! Taking a run back.

use super::mask::mask;
use super::office::{Office, flat};

#[test]
fn the_last_run_at_a_location_is_taken_back_after_its_figure_is_typed() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("u")
        .until_words("Undo of")
        .settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("Enter").until_words("Type 25").settle();
    stage
        .type_text("25")
        .press("Enter")
        .until_words("Undo completed successfully!");
    assert!(flat(&stage.until_words("inactive").settle().screen()).contains("Dev 0"));
    stage.press("u").until_words("was already undone");
}

#[test]
fn any_run_can_be_taken_back_from_the_list_of_runs() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("R")
        .until_words("Runs of this machine")
        .settle();
    stage.press("u").until_words("Undo of");
}

#[test]
fn where_nothing_was_run_there_is_nothing_to_take_back() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("u")
        .until_words("no run of this machine wrote here");
}
