//! The picker and the form: what can be chosen or typed, and what cannot be gone on with.

use selaras::sim::backend::{Setup, Storing, diy};

use selaras::tui::dashboard::News;

use super::office::Office;
use super::{small, start};
use crate::tui::stage::Stage;

#[test]
fn both_jetis_are_told_apart_by_code_and_kabupaten() {
    let setup = Setup {
        kecamatan: diy(),
        ..small()
    };
    let office = Office::without_database(setup);
    let mut stage = office.stage(80, 24);
    stage.press("s").settle().press("/").type_text("jetis");
    let screen = stage.press("Enter").press("a").settle().screen();
    for fact in [
        "34.02.09",
        "34.71.02",
        "Bantul",
        "Kota Yogyakarta",
        "2 of 78 chosen",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    start(&mut stage, "Enter");
    stage.until(|screen| screen.contains(" done in "));
    let screen = stage.settle().screen();
    for fact in ["2 kecamatan", "verified"] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    assert_eq!(office.backend.syncs(), 1);
}

#[test]
fn an_empty_choice_cannot_be_confirmed() {
    let office = Office::without_database(small());
    let mut stage = office.stage(100, 30);
    stage.press("s").settle();
    let screen = stage.press("a").press("i").press("Enter").settle().screen();
    assert!(screen.contains("0 of 78 chosen"), "{screen}");
    assert!(screen.contains("no kecamatan is chosen"), "{screen}");
    assert_eq!(office.backend.streams_asked(), 0);
}

#[test]
fn a_click_selects_a_row_and_the_wheel_moves_on() {
    let office = Office::without_database(small());
    let mut stage = office.stage(100, 30);
    // The pane begins below the card: border, heading, and the rows.
    let top = row_of(&mut stage, "34.01.01");
    let screen = stage.click(10, top + 4).settle().screen();
    assert!(screen.contains("▸    34.01.05  Lendah"), "{screen}");
    let screen = stage.wheel_down().settle().screen();
    assert!(screen.contains("▸    34.01.08  Kokap"), "{screen}");
    stage.press("s").settle();
    let top = row_of(&mut stage, "34.01.01");
    let screen = stage.click(10, top + 2).press("Space").settle().screen();
    assert!(screen.contains("Chosen: 34.01.03 Panjatan"), "{screen}");
    let screen = stage.press("/").type_text("jetis").settle().screen();
    assert!(screen.contains("34.02.09"), "{screen}");
    let row = row_of(&mut stage, "34.71.02");
    let screen = stage
        .press("Enter")
        .click(10, row)
        .press("Space")
        .settle()
        .screen();
    assert!(
        screen.contains("34.71.02 Jetis (Kota Yogyakarta)"),
        "{screen}"
    );
}

#[test]
fn a_click_goes_to_the_other_field_and_the_other_pane() {
    let office = Office::open(small());
    let mut stage = office.stage(100, 30);
    stage.press("p").settle().type_text("3404");
    let row = row_of(&mut stage, "NPSN");
    stage.click(12, row).type_text("20401234").settle();
    let screen = stage.screen();
    assert!(screen.contains("▸ NPSN  20401234"), "{screen}");
    stage.press("Esc").settle();
    start(&mut stage, "S");
    stage.until(|screen| screen.contains("Global sync done in"));
    let row = row_of(&mut stage, "Events");
    let screen = stage.click(70, row + 2).settle().screen();
    assert!(screen.contains("▸Events"), "{screen}");
    let row = row_of(&mut stage, "34.04.03");
    let screen = stage.click(10, row).settle().screen();
    assert!(screen.contains("▸Kecamatan"), "{screen}");
    assert!(screen.contains("▸ ✓  34.04.03"), "{screen}");
}

/// The first row of the screen with these words.
fn row_of(stage: &mut Stage<News>, words: &str) -> u16 {
    let screen = stage.settle().screen();
    let row = screen.lines().position(|line| line.contains(words));
    u16::try_from(row.unwrap_or_else(|| panic!("{words}\n{screen}"))).unwrap()
}

#[test]
fn those_that_failed_last_time_are_chosen_with_one_key() {
    let codes = ["34.04.07", "34.04.10"].map(str::to_owned).to_vec();
    let office = Office::open(Setup {
        storing: Storing::Without(codes),
        ..small()
    });
    let mut stage = office.stage(100, 30);
    start(&mut stage, "S");
    let screen = stage
        .until(|screen| screen.contains("Kecamatan that are not there"))
        .settle()
        .screen();
    assert!(screen.contains("checked in the database"), "{screen}");
    let screen = stage.press("Esc").settle().screen();
    assert!(screen.contains("17 · 2 failed"), "{screen}");
    let screen = stage.press("s").settle().press("!").settle().screen();
    assert!(screen.contains("2 of 17 chosen"), "{screen}");
    assert!(screen.contains("Chosen: 34.04.07"), "{screen}");
}

#[test]
fn a_form_is_checked_while_it_is_typed() {
    let office = Office::open(small());
    let mut stage = office.stage(100, 30);
    let screen = stage
        .press("p")
        .settle()
        .type_text("340407")
        .press("Enter")
        .settle()
        .screen();
    assert!(
        screen.contains("a NIK has 16 digits, this one has 6"),
        "{screen}"
    );
    assert!(screen.contains("Sync one PTK"), "{screen}");
    let screen = stage.type_text("9913850001").settle().screen();
    assert!(
        screen.contains("are no birth date: is it mistyped?"),
        "{screen}"
    );
    let screen = stage.press("Tab").type_text("20x").settle().screen();
    assert!(screen.contains("is no NPSN"), "{screen}");
    stage.press("Backspace").type_text("401234").settle();
    let screen = stage.press("Enter").settle().screen();
    assert!(screen.contains("POST http"), "{screen}");
    assert!(
        screen.contains("••••0001") && !screen.contains("3404079913850001"),
        "{screen}"
    );
}

#[test]
fn one_ptk_is_synced_or_the_reason_is_said() {
    let office = Office::open(small());
    let mut stage = office.stage(100, 30);
    for (nik, said) in [
        ("3404075502850001", "GURU"),
        ("3404075502850404", "ditemukan"),
        ("3404075502850500", "value too long"),
    ] {
        stage
            .press("p")
            .settle()
            .type_text(nik)
            .press("Tab")
            .type_text("20401234")
            .settle();
        start(&mut stage, "Enter");
        stage.until(|screen| screen.contains(said)).settle();
        stage.press("Esc").settle();
    }
}
