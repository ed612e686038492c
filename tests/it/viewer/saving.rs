//! Saving whole, and the pager.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use selaras::tui::keys::Action;
use selaras::tui::widget::viewer::Ask;

use super::hand::{Hand, lines};

#[test]
fn the_whole_file_is_saved_for_its_owner_only() {
    let mut hand = Hand::new(&lines(1..=50_000));
    let copy = hand.beside("copy.log");
    hand.press("e")
        .press("Ctrl-U")
        .enter(copy.to_str().unwrap());
    assert_eq!(fs::read(&copy).unwrap(), fs::read(hand.file()).unwrap());
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(
        hand.said[0].starts_with("saved 538 894 bytes as "),
        "{:?}",
        hand.said
    );
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_a_question() {
    let mut hand = Hand::new("new\n");
    let copy = hand.beside("copy.log");
    fs::write(&copy, "old\n").unwrap();
    hand.press("e")
        .press("Ctrl-U")
        .enter(copy.to_str().unwrap());
    assert!(matches!(hand.asked.pop(), Some(Ask::Overwrite(path)) if path == copy));
    assert_eq!(fs::read_to_string(&copy).unwrap(), "old\n");
    hand.act(Action::Replace);
    assert_eq!(fs::read_to_string(&copy).unwrap(), "new\n");
    hand.act(Action::Replace);
    assert!(
        hand.asked.is_empty() && hand.said.len() == 1,
        "{:?}",
        hand.said
    );
}

#[test]
fn what_cannot_be_saved_says_why_and_leaves_nothing() {
    let mut hand = Hand::new("new\n");
    let nowhere = hand.beside("no/such/folder");
    hand.press("e")
        .press("Ctrl-U")
        .enter(nowhere.to_str().unwrap());
    assert!(
        hand.said[0].contains("nothing was left there"),
        "{:?}",
        hand.said
    );
    let folder = hand.beside("folder");
    fs::create_dir(&folder).unwrap();
    hand.press("e")
        .press("Ctrl-U")
        .enter(folder.to_str().unwrap());
    hand.act(Action::Replace);
    assert!(
        hand.said[1].contains("not a regular file"),
        "{:?}",
        hand.said
    );
    assert_eq!(
        fs::read_dir(hand.file().parent().unwrap()).unwrap().count(),
        2
    );
}

#[test]
fn the_pager_gets_the_file_and_copy_what_is_on_the_screen() {
    let mut hand = Hand::new(&lines(1..=9));
    hand.press("|").press("y");
    assert!(matches!(&hand.asked[0], Ask::Page(path) if *path == hand.file()));
    assert!(matches!(&hand.asked[1], Ask::Copy(words) if words == lines(5..=9).trim_end()));
}
