//! What the central API refuses, and what one does about it.

use selaras::sim::central::{Official, Setup, Shape};
use selaras::sim::fault::Fault;

use super::hall::{Hall, RIGHT, flat, ids, push, until};

/// Somebody else there has the username of row 6.
fn taken(shape: Shape) -> Setup {
    let another = Official {
        id: 99,
        username: Some("kasi_pem".to_owned()),
        nama: Some("Lain".to_owned()),
        jabatan: None,
        role: Some("pimpinan".to_owned()),
    };
    Setup {
        shape,
        officials: vec![another],
        ..Setup::default()
    }
}

#[test]
fn a_wrong_key_is_named_and_a_corrected_one_works_after_a_retry() {
    let hall = Hall::open();
    hall.change_key(RIGHT, "salah");
    let mut stage = hall.sit(80, 24);
    until(&mut stage, "6 to send");
    push(&mut stage);
    let screen = until(&mut stage, "code 401");
    assert!(flat(&screen).contains("check PIMPINAN_API_KEY"), "{screen}");
    assert!(!screen.contains("salah"), "{screen}");
    hall.change_key("salah", RIGHT);
    stage.press("r").settle();
    until(&mut stage, "6 to send");
    push(&mut stage);
    until(&mut stage, "took in 6 officials");
}

#[test]
fn a_taken_username_marks_its_row_which_can_be_left_out() {
    let hall = Hall::open();
    let central = hall.central(taken(Shape::Classic));
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    push(&mut stage);
    let screen = until(&mut stage, "code 500");
    let told = flat(&screen);
    assert!(
        told.contains("✗ kasi_pem (id 6): the central database"),
        "{screen}"
    );
    assert!(told.contains("leave that row out"), "{screen}");
    stage.press("r").settle();
    let screen = until(&mut stage, "6 to send");
    assert!(screen.contains("! the central database"), "{screen}");
    stage
        .press("/")
        .type_text("kasi_pem")
        .press("Enter")
        .press("Space");
    until(&mut stage, "5 to send");
    push(&mut stage);
    until(&mut stage, "took in 5 officials");
    assert_eq!(ids(&central.payloads()[1]), [4, 7, 8, 9, 10]);
}

#[test]
fn errors_of_single_rows_make_a_push_partial() {
    let hall = Hall::open();
    let central = hall.central(taken(Shape::Stats));
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    push(&mut stage);
    let screen = until(&mut stage, "code 200");
    let told = flat(&screen);
    for words in [
        "1 of 6 officials not taken in",
        "✗ kasi_pem (id 6): username already taken",
        "5 inserted, 0 updated, 0 skipped",
        "the others are taken in",
    ] {
        assert!(told.contains(words), "{words}: {screen}");
    }
    assert_eq!(central.forwarded_to().len(), 6);
    stage.press("Esc").settle();
    let screen = until(&mut stage, "1 new, 0 changed, 0 gone");
    assert!(screen.contains("! username already taken"), "{screen}");
}

#[test]
fn a_central_api_that_is_down_is_told_and_the_log_knows_it() {
    let hall = Hall::open();
    hall.world.central().fault(Fault::Html);
    let mut stage = hall.sit(80, 24);
    until(&mut stage, "6 to send");
    push(&mut stage);
    until(&mut stage, "no JSON object");
    hall.world.central().clear_faults().unwrap();
    stage.press("r").settle();
    until(&mut stage, ": 0, 6 officials");
    push(&mut stage);
    until(&mut stage, "took in 6 officials");
}

#[test]
fn docku_that_cannot_be_read_is_a_page_and_r_tries_again() {
    let hall = Hall::open();
    let away = hall.world.docku().with_extension("away");
    std::fs::rename(hall.world.docku(), &away).unwrap();
    let mut stage = hall.sit(80, 24);
    until(&mut stage, "there is no database");
    until(&mut stage, "r tries again");
    std::fs::rename(&away, hall.world.docku()).unwrap();
    stage.press("r").settle();
    until(&mut stage, "6 to send");
}
