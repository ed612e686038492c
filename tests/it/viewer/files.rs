//! Files that are not there yet, begin anew, are replaced, or are none.

use std::fs;
use std::os::unix::fs::symlink;

use super::hand::{Hand, append, lines};

#[test]
fn a_missing_file_is_waited_for() {
    let mut hand = Hand::closed().opened();
    assert!(
        hand.resize(90, 5)
            .screen()
            .contains("run.log is not there yet")
    );
    hand.append("here\n");
    assert_eq!(hand.rows()[0], "here");
}

#[test]
fn an_empty_file_says_so() {
    let mut hand = Hand::new("");
    assert_eq!(hand.rows()[0], "Nothing was written so far");
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_upon() {
    let hand = Hand::closed();
    rustix::fs::mkfifoat(rustix::fs::CWD, hand.file(), rustix::fs::Mode::from(0o600)).unwrap();
    let screen = hand.opened().resize(90, 5).screen();
    assert!(screen.contains("not a regular file"), "{screen}");
}

#[test]
fn a_truncated_file_is_read_from_its_begin_even_while_somebody_reads_it() {
    for pause in [false, true] {
        let mut hand = Hand::new(&lines(1..=50));
        if pause {
            hand.press("g");
        }
        fs::write(hand.file(), "anew\n").unwrap();
        assert_eq!(hand.look().rows()[..2], ["anew", ""]);
        assert!(
            hand.said[0].contains("replaced or emptied"),
            "{:?}",
            hand.said
        );
    }
}

#[test]
fn a_file_written_anew_is_noticed_even_when_it_is_longer_than_before_or_as_long() {
    for words in [
        lines(101..=200),
        "LINE 1\nline 2\n".replace("line 2", "LINE 2"),
    ] {
        let mut hand = Hand::new("line 1\nline 2\n");
        fs::write(hand.file(), &words).unwrap();
        let last = words.lines().last().unwrap().to_owned();
        assert!(hand.look().rows().contains(&last), "{:?}", hand.rows());
        assert_eq!(hand.said.len(), 1);
    }
}

#[test]
fn a_rotated_file_is_followed_by_its_name() {
    let mut hand = Hand::new(&lines(1..=50));
    fs::rename(hand.file(), hand.beside("run.log.1")).unwrap();
    hand.look();
    assert_eq!(hand.rows()[4], "line 50");
    hand.append("new day\n");
    assert_eq!(hand.rows()[..2], ["new day", ""]);
}

#[test]
fn who_reads_the_old_file_keeps_it_until_they_leave() {
    let mut hand = Hand::new(&lines(1..=50));
    hand.press("g");
    fs::remove_file(hand.file()).unwrap();
    hand.append("new day\n").append("continues\n");
    assert_eq!(hand.press("j").rows()[0], "line 2");
    assert_eq!(hand.said.len(), 1);
    assert!(
        hand.said[0].contains("you still read the old one"),
        "{:?}",
        hand.said
    );
    hand.press("G");
    assert_eq!(hand.rows()[..2], ["new day", "continues"]);
}

#[test]
fn a_symlink_to_the_newest_log_is_followed_when_it_switches() {
    let hand = Hand::closed();
    append(&hand.beside("one.log"), "first run\n");
    append(&hand.beside("two.log"), "second run\n");
    symlink("one.log", hand.file()).unwrap();
    let mut hand = hand.opened();
    assert_eq!(hand.rows()[0], "first run");
    symlink("two.log", hand.beside("next")).unwrap();
    fs::rename(hand.beside("next"), hand.file()).unwrap();
    assert_eq!(hand.look().rows()[0], "second run");
}

#[test]
fn another_file_can_be_opened_in_its_place() {
    let mut hand = Hand::new(&lines(1..=50));
    hand.press("g").press("w");
    fs::rename(hand.file(), hand.beside("old")).unwrap();
    append(&hand.file(), "another\n");
    let mut hand = hand.opened();
    assert_eq!(hand.rows()[0], "another");
    assert!(hand.viewer.follows() && hand.said.is_empty());
}
