//! Help, palette, log and runs.

use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::theme::{Choice, Theme};

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
        screen.contains("Type 3 to continue") && screen.contains("0 applied"),
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

/// The last row of a screen.
fn footer(stage: &mut Stage<News>) -> String {
    let screen = stage.settle().screen();
    screen.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_key_that_means_nothing_says_so_until_the_next_one_and_the_log_does_not_keep_it() {
    let mut stage = stage();
    let keys = footer(&mut stage);
    let said = footer(stage.press("F5"));
    assert!(
        said.contains("F5 does nothing here · ? shows the keys"),
        "{said}"
    );
    assert_eq!(footer(stage.press("j")), keys);
    assert!(footer(stage.press("Esc")).contains("Nothing to go back from · q leaves"));
    assert!(!stage.press("L").settle().screen().contains("does nothing"));
    for overlay in ["L", "?", ":"] {
        stage.press("Esc").settle();
        let said = footer(stage.press(overlay).press("F5"));
        assert!(
            said.contains("F5 does nothing here · Esc closes"),
            "{overlay}: {said}"
        );
    }
    stage.press("Esc").press("a").settle();
    let screen = stage.press("q").settle().screen();
    assert!(
        screen.contains("q does nothing here; Enter: apply, Esc: back"),
        "{screen}"
    );
    assert_eq!(stage.end(), None);
}

#[test]
fn what_is_said_of_a_key_goes_by_itself() {
    let capabilities = TerminalCapabilities::default();
    let theme = Theme::new(Choice::Dark, Switch::On, &capabilities);
    let mut stage = Stage::live(100, 30, places(Probe::with_rows(5)), theme);
    stage
        .press("F5")
        .until(|screen| screen.contains("F5 does nothing"));
    stage.until(|screen| !screen.contains("F5 does nothing"));
}

#[test]
fn while_somebody_types_the_footer_shows_the_keys_of_that() {
    let mut stage = stage();
    let said = footer(stage.press("/"));
    assert_eq!(said.trim(), "Esc clear");
    let said = footer(stage.press("F5"));
    assert!(
        said.contains("F5 does nothing while you type · Esc goes back"),
        "{said}"
    );
    assert!(footer(stage.press("Esc")).contains("q quit"));
}

#[test]
fn runs_open_from_anywhere_and_esc_goes_back_to_the_tab() {
    let mut stage = stage();
    let screen = stage.press("3").press("R").settle().screen();
    assert!(screen.contains("▸Runs"), "{screen}");
    assert!(stage.press("Esc").settle().screen().contains("▸DB Script"));
}
