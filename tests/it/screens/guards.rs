//! The questions that want something typed.

use selaras::sim::people;
use selaras::sim::world::Place;
use selaras::tui::dashboard::News;

use super::mask::mask;
use super::office::{Office, flat};
use crate::tui::stage::Stage;

/// A world in which Test lists only its first five people.
fn shrunk() -> Office {
    let office = Office::open();
    let people = people::test().into_iter().take(5).collect();
    office.branch(Place::Test).set_people(people);
    office
}

fn at_the_question(stage: &mut Stage<News>) -> String {
    stage
        .settle()
        .press("Down")
        .settle()
        .press("s")
        .until_words("Deactivate 8")
        .settle();
    stage
        .press("Enter")
        .until_words("to continue")
        .settle()
        .screen()
}

#[test]
fn too_many_deactivations_want_their_figure() {
    let office = shrunk();
    let mut stage = office.sit(80, 24);
    let screen = at_the_question(&mut stage);
    insta::assert_snapshot!(mask(&screen));
    stage
        .press("Enter")
        .settle()
        .type_text("9")
        .press("Enter")
        .settle();
    assert_eq!(office.runs().len(), 0);
    stage
        .press("Backspace")
        .type_text("8")
        .press("Enter")
        .until_words("8 users deactivated");
}

#[test]
fn of_several_locations_each_wants_its_own_figure() {
    let office = shrunk();
    let mut stage = office.sit(100, 30);
    stage.sync_selected();
    office
        .branch(Place::Dev)
        .set_people(people::dev().into_iter().take(20).collect());
    stage.press("S").until_words("Preview · All").settle();
    // 5 of 25 passes; 6 of 25 does not.
    office
        .branch(Place::Dev)
        .set_people(people::dev().into_iter().take(19).collect());
    stage.press("r").until_words("6 of 25").settle();
    stage
        .press("a")
        .until_words("1 of 2")
        .settle()
        .type_text("6")
        .press("Enter")
        .settle();
    assert!(
        flat(&stage.screen()).contains("2 of 2: type 8 for Test"),
        "{}",
        stage.screen()
    );
    stage
        .type_text("8")
        .press("Enter")
        .until_words("14 users deactivated");
}

#[test]
fn production_wants_its_name() {
    let office = Office::open();
    office
        .edit_config(|text| text.replace("code = \"prod\"", "code = \"prod\"\nproduction = true"));
    let mut stage = office.sit(100, 30);
    stage.settle().press("Down").press("Down").settle();
    stage.press("s").until_words("New 800").settle();
    stage
        .press("Enter")
        .until_words("Type Prod")
        .settle()
        .press("Enter")
        .settle();
    stage.type_text("prod").press("Enter").settle();
    assert_eq!(office.runs().len(), 0, "its name is Prod");
    for _ in 0..4 {
        stage.press("Backspace");
    }
    stage
        .type_text("Prod")
        .press("Enter")
        .until_words("800 users added");
}

#[test]
fn an_empty_list_cannot_be_confirmed_and_says_why() {
    let office = Office::open();
    office.branch(Place::Test).set_people(Vec::new());
    let mut stage = office.sit(80, 24);
    stage
        .settle()
        .press("Down")
        .settle()
        .press("s")
        .until_words("the list is empty")
        .settle();
    let screen = stage.press("Enter").settle().screen();
    assert!(!screen.contains("Enter apply"), "{screen}");
    assert!(flat(&screen).contains("--allow-empty"), "{screen}");
}

#[test]
fn read_only_shows_everything_and_writes_nothing() {
    let mut office = Office::open();
    office.app.read_only = true;
    let mut stage = office.sit(100, 30);
    stage.settle().press("s").until_words("New 25").settle();
    let screen = stage.press("Enter").settle().screen();
    assert!(
        screen.contains("nothing may be written: read_only is set"),
        "{screen}"
    );
    assert!(
        screen.contains("read only"),
        "the bar says so, too: {screen}"
    );
}
