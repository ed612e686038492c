//! Questions: nothing is applied that was not asked on the screen first.

use std::time::{Duration, Instant};

use selaras::tui::console::Input;
use selaras::tui::keys::Key;

use super::probe::{News, Probe, places};
use super::stage::{Asked, Stage};

fn stage() -> Stage<News> {
    Stage::new(80, 24, places(Probe::with_rows(5)))
}

fn applied(stage: &mut Stage<News>, times: u32) -> bool {
    stage.screen().contains(&format!("{times} applied"))
}

#[test]
fn enter_applies_and_esc_goes_back() {
    let mut stage = stage();
    insta::assert_snapshot!(stage.press("a").settle().screen());
    stage.press("Esc").settle();
    assert!(applied(&mut stage, 0) && !stage.screen().contains("Apply to Dev"));
    stage.press("a").settle().press("Enter").settle();
    assert!(applied(&mut stage, 1));
    assert_eq!(stage.asked(), [Asked::Bell]);
}

#[test]
fn keys_typed_before_the_question_was_drawn_do_not_count() {
    let mut stage = stage();
    stage.press("a").press("Enter").press("Enter").settle();
    assert!(applied(&mut stage, 0) && stage.screen().contains("Apply to Dev"));
    stage.press("Enter").settle();
    assert!(applied(&mut stage, 1));
}

#[test]
fn a_key_read_before_the_frame_does_not_count_whenever_it_is_looked_at() {
    let mut stage = stage();
    let early = Instant::now();
    stage.press("a").settle();
    stage.input(Input::Key(Key::ENTER.into(), early)).settle();
    assert!(applied(&mut stage, 0));
    let late = Instant::now() + Duration::from_millis(1);
    stage.input(Input::Key(Key::ENTER.into(), late)).settle();
    assert!(applied(&mut stage, 1));
}

#[test]
fn a_dangerous_question_wants_its_figure_typed() {
    let mut stage = stage();
    insta::assert_snapshot!(stage.press("d").settle().screen());
    let screen = stage.press("Enter").settle().screen();
    assert!(
        screen.contains("Nothing was typed yet: type exactly 3, then Enter"),
        "{screen}"
    );
    let screen = stage.type_text("4").press("Enter").settle().screen();
    assert!(
        screen.contains("“4” is not it: type exactly 3, then Enter"),
        "{screen}"
    );
    assert!(applied(&mut stage, 0));
    stage
        .press("Backspace")
        .type_text("3")
        .press("Enter")
        .settle();
    assert!(applied(&mut stage, 1));
}

#[test]
fn a_question_is_not_answered_on_a_screen_too_small_to_show_it() {
    let mut stage = stage();
    stage
        .resize(50, 10)
        .press("a")
        .settle()
        .press("Enter")
        .settle();
    assert!(applied(stage.resize(80, 24).settle(), 0));
    stage
        .press("a")
        .settle()
        .resize(50, 10)
        .settle()
        .press("Enter")
        .settle();
    stage.resize(80, 24).press("Enter").settle();
    assert!(
        applied(&mut stage, 0),
        "the key came before the question was back"
    );
    stage.press("Enter").settle();
    assert!(applied(&mut stage, 1));
}

#[test]
fn the_smallest_screen_shows_a_whole_question() {
    let mut stage = stage();
    let screen = stage.resize(60, 16).press("d").settle().screen();
    for words in [
        "Apply to Dev",
        "(75",
        "Type 3 to continue",
        "Enter apply",
        "Esc back",
    ] {
        assert!(screen.contains(words), "{screen}");
    }
}

#[test]
fn a_paste_goes_into_what_is_being_typed_and_nowhere_else() {
    let mut stage = stage();
    stage.paste("a\n").settle();
    assert!(!stage.screen().contains("Apply to Dev"));
    let screen = stage.press("/").settle().paste("dev\nq").settle().screen();
    assert!(screen.contains("/ dev q"), "{screen}");
    assert_eq!(stage.end(), None);
}

#[test]
fn letters_typed_into_a_filter_are_not_commands() {
    let mut stage = stage();
    let screen = stage.press("/").type_text("adq").settle().screen();
    assert!(screen.contains("/ adq"), "{screen}");
    assert_eq!(stage.press("Esc").settle().end(), None);
    assert!(stage.press("a").settle().screen().contains("Apply to Dev"));
}

#[test]
fn an_arrow_in_pieces_walks_and_types_nothing() {
    let mut stage = stage();
    stage
        .press("Esc")
        .press("[")
        .press("B")
        .settle()
        .press("y")
        .settle();
    assert_eq!(stage.asked(), [Asked::Copy("user001@dkm".to_owned())]);
}
