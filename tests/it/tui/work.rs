//! Work beside the screen: its news arrive, a flood is bounded, a panic is reported.

use std::time::Instant;

use super::probe::{News, Probe, places};
use super::stage::Stage;

fn stage() -> Stage<News> {
    Stage::new(80, 24, places(Probe::with_rows(5)))
}

#[test]
fn news_arrive_in_order_and_the_last_word_is_drawn() {
    let mut stage = stage();
    let screen = stage.press("s").settle().screen();
    assert!(screen.contains("Done: looked. 3 steps"), "{screen}");
}

#[test]
fn a_flood_of_progress_is_drawn_four_times_a_second_at_most() {
    let mut stage = stage();
    let start = Instant::now();
    let before = stage.frames();
    let screen = stage.press("f").settle().screen();
    assert!(
        screen.contains("Done: said it all. 20000 steps"),
        "{screen}"
    );
    let allowed = 4 * start.elapsed().as_secs() + 4 + 3;
    let drawn = stage.frames() - before;
    assert!(u64::try_from(drawn).unwrap() <= allowed, "{drawn} frames");
}

#[test]
fn a_panic_in_a_task_is_told_and_the_screen_goes_on() {
    let mut stage = stage();
    let screen = stage.press("x").settle().screen();
    assert!(screen.contains("✗"), "{screen}");
    assert!(screen.contains("broke off"), "{screen}");
    stage.press("s").until(|screen| screen.contains("3 steps"));
    assert!(stage.settle().screen().contains("Done: looked"));
}

#[test]
fn work_that_was_replaced_is_not_heard_any_more() {
    let mut stage = stage();
    let screen = stage.press("s").press("s").press("s").settle().screen();
    assert!(screen.contains("Done: looked. 3 steps"), "{screen}");
}
