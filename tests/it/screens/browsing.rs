//! Looking through the users: filters, order, detail, copies, files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::mask::mask;
use super::office::{Office, flat, mono};
use crate::tui::stage::Asked;

#[test]
fn without_colours_and_on_a_small_screen_everything_is_still_there() {
    let office = Office::open();
    let mut stage = office.sit_with(80, 24, mono());
    stage.sync_selected().until_words("vendor1@dkm").settle();
    insta::assert_snapshot!(mask(&stage.styled()));
}

#[test]
fn filters_narrow_and_esc_shows_all_again() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("/")
        .type_text("ADMIN")
        .until_words("4 of 25");
    stage
        .press("Enter")
        .press("t")
        .press("t")
        .until_words("No user fits");
    stage
        .press("t")
        .until_words("4 of 25")
        .press("Esc")
        .until_words("vendor1@dkm");
    stage
        .press("d")
        .until_words("added today")
        .until_words("vendor1@dkm");
    stage
        .press("d")
        .until_words("added in 7 days")
        .press("d")
        .until_words("Added (");
    stage
        .type_text("soon")
        .press("Enter")
        .until_words("is no day");
    for _ in 0..4 {
        stage.press("Backspace");
    }
    stage
        .type_text("..2020-01-01")
        .press("Enter")
        .until_words("No user fits");
    stage.press("d").until_words("vendor1@dkm");
}

#[test]
fn the_order_is_chosen_by_column() {
    let office = Office::open();
    let mut stage = office.sit(120, 30);
    stage
        .sync_selected()
        .press("o")
        .until_words("Updated ↓")
        .press("o")
        .until_words("Email ↑");
    stage.until(|screen| screen.contains("▸ dev_admin1@dkm"));
    stage
        .press("O")
        .until_words("Email ↓")
        .until(|screen| screen.contains("▸ vendor1@dkm"));
}

#[test]
fn a_user_is_shown_whole_and_copied() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .until_words("vendor1@dkm")
        .press("Tab")
        .press("Enter")
        .settle();
    assert!(
        flat(&stage.screen()).contains("location Dev (dev)"),
        "{}",
        stage.screen()
    );
    stage.press("y").settle();
    assert!(
        stage
            .asked()
            .contains(&Asked::Copy("vendor1@dkm".to_owned()))
    );
}

#[test]
fn a_file_is_the_owners_alone_and_is_not_replaced_unasked() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("e")
        .until_words("users-dev.csv")
        .press("Enter");
    stage.until_words("25 users written to");
    let file = office.path("users-dev.csv");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 26);
    fs::write(&file, "mine").unwrap();
    stage
        .press("e")
        .until_words("users-dev.csv")
        .press("Enter")
        .until_words("is there already");
    stage.press("Esc").settle();
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    stage
        .press("e")
        .until_words("users-dev.csv")
        .press("Enter")
        .until_words("replace it");
    stage
        .settle()
        .press("Enter")
        .until(|_| fs::metadata(&file).unwrap().len() > 100);
}

#[test]
fn an_ending_of_json_makes_it_json() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .press("e")
        .until_words("users-dev.csv");
    for _ in 0..4 {
        stage.press("Backspace");
    }
    stage
        .type_text(".json")
        .press("Enter")
        .until_words("25 users written to");
    let text = fs::read_to_string(office.path("users-dev.json")).unwrap();
    let users: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(users.len(), 25);
}
