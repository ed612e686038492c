//! What people meet when something is wrong, and how they get on with it.

use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::PASSWORD;
use selaras::sim::world::Place;

use super::mask::mask;
use super::office::{Office, flat};

#[test]
fn a_wrong_password_is_told_and_r_works_once_it_is_corrected() {
    let office = Office::open();
    office.set_password("wrong");
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("s")
        .until_words("Failed to login to external API: Unauthorized");
    let screen = stage.settle().press("Enter").settle().screen();
    assert!(
        !screen.contains("Enter apply") && !screen.contains("wrong"),
        "{screen}"
    );
    office.set_password(PASSWORD);
    stage.press("r").until_words("New 25");
}

#[test]
fn a_server_that_is_down_says_so_at_once() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("Down")
        .press("Down")
        .press("Down")
        .settle();
    stage
        .press("s")
        .until_words("Failed to login to external API: Connection refused");
    stage.settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("Esc").settle();
    let screen = stage.screen();
    assert!(
        screen.contains("Locations") && screen.contains("✗ refused"),
        "{screen}"
    );
    let said = flat(&screen);
    assert!(
        said.contains("✗ Malang at ") && said.contains("Connection refused"),
        "{said}"
    );
    assert!(said.contains("never synced so far"), "{said}");
}

#[test]
fn a_location_that_failed_in_a_run_says_so_on_every_screen_until_it_works_again() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("S")
        .until_words("Preview · All")
        .settle();
    stage
        .press("a")
        .until_words("Apply to")
        .settle()
        .press("Enter");
    stage.until_words("828 users added").settle();
    // Another screen knows it from the run.
    let mut stage = office.sit(100, 30);
    stage.until_words("✗ refused").settle();
    let screen = stage.screen();
    assert_eq!(screen.matches("✗ refused").count(), 1, "{screen}");
    assert!(
        screen.contains("just now"),
        "the others went well: {screen}"
    );
    office.branch(Place::Malang).resume().unwrap();
    stage.press("Down").press("Down").press("Down").settle();
    assert!(flat(&stage.screen()).contains("never synced so far"));
    stage.press("s").until_words("Preview · Malang").settle();
    let screen = stage.press("Esc").settle().screen();
    assert!(!screen.contains("✗ refused"), "it answered: {screen}");
}

#[test]
fn a_page_that_fails_deactivates_nobody_and_is_tried_again_before_the_eyes() {
    let office = Office::open();
    office
        .branch(Place::Test)
        .fault(Rule::new(Fault::Unavailable).on("/api/conf/users"));
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("Down")
        .settle()
        .press("s")
        .until_words("again in");
    stage.until_words("Failed to fetch users from external API");
    let screen = flat(&stage.settle().screen());
    assert!(screen.contains("Deactivate 0"), "{screen}");
    office.branch(Place::Test).clear_faults().unwrap();
    stage.press("r").until_words("Deactivate 2");
}

#[test]
fn looking_can_be_cancelled() {
    let office = Office::open();
    office.branch(Place::Dev).fault(Rule::new(Fault::BlackHole));
    let mut stage = office.sit(100, 30);
    stage.settle().press("s").until_words("Looking at Dev");
    let screen = stage.press("Esc").settle().screen();
    assert!(screen.contains("sync Dev"), "{screen}");
}

#[test]
fn rows_changed_since_the_preview_are_shown_and_nothing_is_written() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("Down")
        .settle()
        .press("s")
        .until_words("Deactivate 2")
        .settle();
    let mut store = office.store();
    office.runtime.block_on(async {
        let gone = store.local_users(7, false).await.unwrap();
        let all: Vec<_> = gone.iter().map(|user| user.id).collect();
        store
            .set_status(7, &all, selaras::users::model::Status::Inactive)
            .await
            .unwrap();
    });
    stage
        .press("Enter")
        .until_words("Apply to")
        .settle()
        .press("Enter");
    stage.until_words("changed since the preview; nothing was written");
    let screen = flat(&stage.settle().screen());
    assert!(screen.contains("was active, is now inactive"), "{screen}");
    stage.press("r").until_words("Reactivate 10");
}

#[test]
fn a_broken_configuration_is_a_page_and_r_reads_it_again() {
    let office = Office::open();
    let right = std::fs::read_to_string(office.world.config()).unwrap();
    office.edit_config(|text| text.replace("[users]", "[users"));
    let mut stage = office.sit(100, 30);
    stage.until_words("config.toml").settle();
    assert!(stage.screen().contains("look again"), "{}", stage.screen());
    std::fs::write(office.world.config(), right).unwrap();
    stage.press("r").until_words("Malang");
}

#[test]
fn the_first_start_is_a_page_of_two_ways_on() {
    let mut office = Office::open();
    office.app.sources.config = None;
    let mut stage = office.sit(80, 24);
    stage.until_words("selaras demo").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
}

#[test]
fn a_part_without_its_keys_says_which_it_needs() {
    let office = Office::open();
    office.edit_config(|_| "operator = \"admin@kantor\"\n".to_owned());
    let mut stage = office.sit(80, 24);
    stage.until_words("[[users.location]]").settle();
    assert!(stage.screen().contains("It needs"), "{}", stage.screen());
}

#[test]
fn a_database_that_cannot_be_read_is_a_page_with_a_way_on() {
    let office = Office::open();
    let database = office.world.database();
    let kept = std::fs::read(&database).unwrap();
    std::fs::write(&database, "this is no database, however one looks at it").unwrap();
    let mut stage = office.sit(100, 30);
    stage.until_words("✗").settle();
    assert!(
        flat(&stage.screen()).contains("r tries again"),
        "{}",
        stage.screen()
    );
    std::fs::write(&database, kept).unwrap();
    stage.press("r").until_words("Malang");
}
