//! Help, palette, log and runs.

use super::probe::{News, Probe, places};
use super::stage::{Asked, Stage};

fn stage() -> Stage<News> {
    Stage::new(100, 30, places(Probe::with_rows(5)))
}

#[test]
fn help_lists_every_key_and_can_be_searched() {
    let mut stage = stage();
    insta::assert_snapshot!(stage.press("?").settle().screen());
    let screen = stage.type_text("undo").settle().screen();
    assert!(
        screen.contains("Undoes the last run. Not now: nothing was applied yet"),
        "{screen}"
    );
    assert!(!screen.contains("Filters the users"), "{screen}");
    assert!(!stage.press("Esc").settle().screen().contains("▸Keys"));
}

#[test]
fn the_palette_finds_by_name_by_description_and_does_it() {
    let mut stage = stage();
    insta::assert_snapshot!(stage.press("Ctrl-P").settle().screen());
    let screen = stage.type_text("cpyuser").press("Enter").settle().screen();
    assert!(!screen.contains("Find an action"), "{screen}");
    assert_eq!(stage.asked(), [Asked::Copy("user000@dkm".to_owned())]);
}

#[test]
fn the_palette_says_why_something_cannot_be_done() {
    let mut stage = stage();
    let screen = stage
        .press(":")
        .type_text("undo")
        .press("Enter")
        .settle()
        .screen();
    assert!(screen.contains("undo: nothing was applied yet"), "{screen}");
    assert!(screen.contains("Find an action"), "{screen}");
}

#[test]
fn the_palette_reaches_other_tabs_and_opens_questions_that_must_be_seen_first() {
    let mut stage = stage();
    let screen = stage
        .press(":")
        .type_text("Shows Dapodik")
        .press("Enter")
        .settle()
        .screen();
    assert!(screen.contains("▸Dapodik"), "{screen}");
    let screen = stage
        .press(":")
        .type_text("sync Dev")
        .press("Enter")
        .settle()
        .screen();
    assert!(screen.contains("Done: looked"), "{screen}");
    stage
        .press(":")
        .type_text("typed question")
        .press("Enter")
        .press("Enter")
        .settle();
    let screen = stage.screen();
    assert!(
        screen.contains("Type 3 to go on") && screen.contains("0 applied"),
        "{screen}"
    );
}

#[test]
fn a_very_long_search_finds_nothing_and_breaks_nothing() {
    let mut stage = stage();
    let screen = stage
        .press(":")
        .paste(&"x".repeat(5_000))
        .press("Enter")
        .settle()
        .screen();
    assert!(screen.contains("No action is called that"), "{screen}");
}

#[test]
fn the_log_keeps_what_was_said() {
    let mut stage = stage();
    let screen = stage.press("u").press("L").settle().screen();
    assert!(screen.contains("! nothing was applied yet"), "{screen}");
    assert!(
        !stage
            .press("q")
            .settle()
            .screen()
            .contains("Log of this screen")
    );
    assert_eq!(stage.end(), None);
}

#[test]
fn runs_open_from_anywhere_and_esc_goes_back_to_the_tab() {
    let mut stage = stage();
    let screen = stage.press("3").press("R").settle().screen();
    assert!(screen.contains("▸Runs"), "{screen}");
    assert!(stage.press("Esc").settle().screen().contains("▸DB Script"));
}
