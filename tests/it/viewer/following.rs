//! Following, pausing, walking.

use super::hand::{Hand, lines};

#[test]
fn a_file_opens_at_its_end_and_grows_there() {
    let mut hand = Hand::new(&lines(1..=1_000));
    assert_eq!(
        hand.rows(),
        ["line 996", "line 997", "line 998", "line 999", "line 1000"]
    );
    assert_eq!(hand.viewer.remark(), "following · 1 000 lines");
    hand.append("line 1001\nunfini");
    assert_eq!(hand.rows()[3..], ["line 1001", "unfini"]);
    hand.append("shed\n");
    assert_eq!(hand.rows()[3..], ["line 1001", "unfinished"]);
}

#[test]
fn a_bar_that_rewrites_its_line_is_shown_as_it_is_now() {
    let mut hand = Hand::new("start\n\x1b[32m 10 %\x1b[0m");
    hand.append("\r 50 %").append("\r100 %");
    assert_eq!(hand.rows()[..2], ["start", "100 %"]);
    hand.append(&"\r 42 % of a very long transfer".repeat(40_000));
    assert_eq!(hand.rows()[..2], ["start", " 42 % of a very long transfer"]);
}

#[test]
fn scrolling_up_pauses_and_counts_what_comes() {
    let mut hand = Hand::new(&lines(1..=100));
    hand.press("k").append(&lines(101..=314));
    let screen = hand.screen();
    assert!(
        screen.contains("line 95") && screen.contains("214 new lines ↓"),
        "{screen}"
    );
    assert_eq!(hand.viewer.remark(), "line 95 of 314 · 27 %");
    hand.press("G");
    assert_eq!(hand.rows()[4], "line 314");
    assert!(hand.viewer.follows());
    hand.append("more\n");
    assert_eq!(hand.rows()[4], "more");
}

#[test]
fn a_pause_is_not_lost_in_what_came_and_walking_down_ends_it_at_the_end() {
    let mut hand = Hand::new(&lines(1..=20));
    hand.press("f").append(&lines(21..=5_000));
    assert!(hand.screen().contains("4 980 new lines ↓"));
    for _ in 0..800 {
        hand.press("PgDn");
    }
    assert!(
        !hand.viewer.follows() && hand.rows()[0] == "line 4016",
        "{:?}",
        hand.rows()
    );
    for _ in 0..250 {
        hand.press("PgDn");
    }
    assert!(hand.viewer.follows());
    assert_eq!(hand.rows()[4], "line 5000");
}

#[test]
fn every_walk_through_a_long_file_arrives() {
    let mut hand = Hand::new(&lines(1..=20_000));
    assert_eq!(hand.press("g").rows()[0], "line 1");
    hand.press("PgDn").press("j").press("Ctrl-D");
    assert_eq!(hand.rows()[0], "line 9");
    hand.press("Ctrl-U").press("k").press("PgUp");
    assert_eq!(hand.rows()[0], "line 1");
    for _ in 0..3_000 {
        hand.press("j");
    }
    assert_eq!(hand.rows()[0], "line 3001");
    hand.press("#").enter("12 345");
    assert_eq!(hand.rows()[0], "line 12345");
    hand.press("#").enter("99999");
    assert_eq!(hand.rows()[4], "line 20000");
    hand.press("#").enter("many");
    assert_eq!(hand.said, ["“many” is not the number of a line"]);
}

#[test]
fn a_short_file_has_nowhere_to_scroll_to() {
    let mut hand = Hand::new("one\ntwo\n");
    hand.press("k").press("PgUp").press("g");
    assert_eq!(hand.rows()[..3], ["one", "two", ""]);
    hand.press("G").append("three\n");
    assert_eq!(hand.rows()[..3], ["one", "two", "three"]);
}

#[test]
fn wrapped_lines_are_walked_row_by_row() {
    let long: String = (0..26).fold(String::new(), |line, index| {
        line + &format!("{index:02}-word ")
    });
    let mut hand = Hand::new(&format!("first\n{long}\nlast\n"));
    assert!(hand.rows()[1].ends_with('…'));
    hand.press("w");
    assert_eq!(hand.rows()[4], "last");
    hand.press("k");
    assert_eq!(hand.rows()[4], "word");
    hand.press("g").press("j");
    assert_eq!(hand.rows()[0], "00-word 01-word 02-word 03-wo");
    hand.press("j");
    assert_eq!(hand.rows()[0], "rd 04-word 05-word 06-word 07");
    for width in 3..40 {
        for height in 1..8 {
            let rows = hand.resize(width, height).rows().len();
            assert_eq!(rows, usize::from(height));
            hand.press("j").press("k").press("w").press("w");
        }
    }
}

#[test]
fn numbers_come_when_the_index_is_there() {
    let mut hand = Hand::closed();
    std::fs::write(hand.file(), lines(1..=200_000)).unwrap();
    hand.watch_only();
    assert!(hand.look_once());
    assert_eq!(hand.rows()[4], "line 200000");
    assert!(
        hand.viewer.remark().starts_with("counting lines 0 %"),
        "{}",
        hand.viewer.remark()
    );
    hand.press("k").append_unseen("more\n");
    assert!(hand.look_once());
    assert!(hand.screen().contains(" new lines ↓"), "{}", hand.screen());
    hand.look();
    assert!(hand.screen().contains("1 new line ↓"), "{}", hand.screen());
    assert_eq!(hand.viewer.remark(), "line 199 995 of 200 001 · 99 %");
}
