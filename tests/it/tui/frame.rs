//! The frame: sizes, bar, footer, status, colours.

use std::time::Instant;

use selaras::tui::app::App;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::console::{End, Input};
use selaras::tui::input::Press;
use selaras::tui::keys::Key;
use selaras::tui::tab::Badge;
use selaras::tui::theme::{Choice, Theme};

use super::probe::{Probe, places};
use super::stage::{Asked, Stage, now};

fn stage() -> Stage<super::probe::News> {
    Stage::new(100, 30, places(Probe::with_rows(50)))
}

#[test]
fn every_size_draws_without_a_panic_and_small_ones_say_what_is_needed() {
    for key in ["1", "2", "a", "d", "?", ":", "L", "R"] {
        let mut stage = stage();
        stage.press("u").press(key).settle();
        for width in [0, 1, 2, 3, 10, 40, 59, 60, 61, 73, 80, 100, 300] {
            for height in [0, 1, 2, 3, 8, 15, 16, 17, 24, 100] {
                let screen = stage.resize(width, height).settle().screen();
                if width >= 40 && height >= 1 && (width < 60 || height < 16) {
                    assert!(
                        screen.contains("selaras needs 60×16"),
                        "{width}×{height}\n{screen}"
                    );
                }
            }
        }
    }
}

#[test]
fn all_four_tabs_are_named_on_every_width_that_works() {
    let mut probe = Probe::with_rows(3);
    probe.badge = Badge::Busy {
        since: now() - jiff::SignedDuration::from_secs(133),
        percent: None,
    };
    let mut stage = Stage::new(100, 30, places(probe));
    for width in 60..130 {
        let screen = stage.resize(width, 16).settle().screen();
        for title in ["1 Users", "2 Pimpinan Push", "3 DB Script", "4 Dapodik"] {
            assert!(screen.contains(title), "{width}: {screen}");
        }
    }
    let screen = stage.resize(80, 24).settle().screen();
    assert!(screen.contains("⠋ 02:13"), "{screen}");
    assert!(
        stage
            .resize(100, 24)
            .settle()
            .screen()
            .contains("demo · sqlite")
    );
}

#[test]
fn the_footer_shows_what_works_and_only_that() {
    let mut stage = stage();
    let screen = stage.screen();
    let footer = screen.lines().last().unwrap();
    for hint in [
        "s sync Dev",
        "a apply",
        "/ filter",
        "R runs",
        "? help",
        "q quit",
    ] {
        assert!(footer.contains(hint), "{footer}");
    }
    assert!(!footer.contains("undo"), "{footer}");
    let screen = stage.resize(60, 16).settle().screen();
    let footer = screen.lines().last().unwrap();
    assert!(
        footer.contains("…") && footer.ends_with("q quit"),
        "{footer}"
    );
}

#[test]
fn no_key_means_two_things_in_one_place() {
    let theme = Theme::new(Choice::Auto, Switch::On, &TerminalCapabilities::default());
    let mut app = App::new(places(Probe::with_rows(3)), theme, false);
    for place in ["1", "2", "3", "4", "R"] {
        let key: Key = place.parse().unwrap();
        app.press(Press::Key(key), Instant::now());
        let bindings = app.bindings();
        let mut keys: Vec<String> = bindings
            .iter()
            .flat_map(|binding| &binding.keys)
            .map(Key::to_string)
            .collect();
        keys.sort();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all, "{place}: {keys:?}");
    }
}

#[test]
fn a_disabled_key_says_why() {
    let mut stage = stage();
    assert!(
        stage
            .press("u")
            .settle()
            .screen()
            .contains("nothing was applied yet")
    );
}

#[test]
fn the_result_sentence_wraps_and_is_never_cut() {
    let mut probe = Probe::with_rows(3);
    probe.sentence = "A long sentence that has to be read to its very end. ".repeat(6);
    let mut stage = Stage::new(60, 24, places(probe));
    let screen = stage.settle().screen();
    let words: Vec<&str> = screen.split_whitespace().collect();
    let ends = words
        .windows(3)
        .filter(|three| three == &["its", "very", "end."])
        .count();
    let broken = words.iter().filter(|word| **word == "end.").count();
    assert!(ends <= broken && broken == 6, "{screen}");
    assert!(screen.contains("0 steps, 0 applied"), "{screen}");
}

#[test]
fn tabs_are_reached_by_digit_and_by_click() {
    let mut stage = stage();
    let screen = stage.press("3").settle().screen();
    assert!(
        screen.contains("▸DB Script") && screen.contains("[script] path"),
        "{screen}"
    );
    let bar = screen.lines().next().unwrap();
    let column = bar
        .find("4 Dapodik")
        .map(|byte| bar[..byte].chars().count())
        .unwrap();
    let screen = stage
        .click(u16::try_from(column).unwrap(), 0)
        .settle()
        .screen();
    assert!(screen.contains("▸Dapodik"), "{screen}");
}

#[test]
fn without_colours_the_selection_is_still_reversed() {
    let capabilities = TerminalCapabilities {
        no_color: true,
        ..TerminalCapabilities::default()
    };
    let theme = Theme::new(Choice::Auto, Switch::On, &capabilities);
    let mut stage = Stage::with_theme(80, 24, places(Probe::with_rows(9)), theme);
    insta::assert_snapshot!(stage.press("j").settle().styled());
}

#[test]
fn a_screen_in_colour_looks_like_this() {
    let mut stage = stage();
    insta::assert_snapshot!(stage.press("Space").press("G").settle().styled());
}

#[test]
fn an_ascii_locale_gets_ascii_only() {
    let theme = Theme::new(Choice::Auto, Switch::Auto, &TerminalCapabilities::default());
    let mut stage = Stage::with_theme(80, 24, places(Probe::with_rows(99)), theme);
    for key in ["?", "Esc", "a", "Esc", "u", "2"] {
        let screen = stage.press(key).settle().screen();
        assert!(screen.is_ascii(), "{screen}");
    }
}

#[test]
fn leaving_is_one_key_and_a_signal_or_a_lost_line_end_it_too() {
    let mut left = stage();
    assert_eq!(left.press("q").settle().end(), Some(End::Quit));
    for end in [End::Signal(15), End::Lost] {
        let mut stage = stage();
        assert_eq!(stage.input(Input::End(end)).settle().end(), Some(end));
    }
}

#[test]
fn the_mouse_is_a_key_away_and_copy_says_which_way_it_went() {
    let mut stage = stage();
    let screen = stage.press("M").press("y").settle().screen();
    let copied = Asked::Copy("user000@dkm".to_owned());
    assert_eq!(stage.asked(), [Asked::Mouse(true), copied]);
    assert!(screen.contains("through the terminal (OSC"), "{screen}");
    stage.wheel_down().settle();
    stage.press("y").settle();
    assert_eq!(
        stage.asked().last(),
        Some(&Asked::Copy("user003@dkm".to_owned()))
    );
}

#[test]
fn nothing_is_drawn_when_nothing_happens() {
    let mut stage = stage();
    let before = stage.settle().frames();
    stage.settle().settle();
    assert_eq!(stage.frames(), before);
}
