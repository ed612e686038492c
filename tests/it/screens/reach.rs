//! What a key applies is what title, question and footer name: one location, or all not left out.

use selaras::tui::dashboard::News;

use super::office::{Office, flat};
use crate::tui::stage::Stage;

/// Looks at all four locations, of which Malang is down.
fn all_locations(office: &Office) -> Stage<News> {
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("S")
        .until_words("Preview · All")
        .settle();
    stage
}

/// The last row of a screen.
fn footer(stage: &mut Stage<News>) -> String {
    let screen = stage.settle().screen();
    screen.lines().last().unwrap_or_default().to_owned()
}

/// The codes of the locations that the only run was about.
fn written(office: &Office) -> Vec<String> {
    let [run] = &office.runs()[..] else {
        panic!("one run, not {:?}", office.runs());
    };
    let plan: selaras::users::Plan = office.kept().plan(run.id()).unwrap();
    plan.locations.into_iter().map(|one| one.code).collect()
}

#[test]
fn inside_one_of_several_enter_is_about_that_one() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    assert!(footer(&mut stage).contains("a apply 3 of 4"));
    stage
        .press("Down")
        .press("Enter")
        .until_words("Preview · Test");
    let keys = footer(&mut stage);
    assert!(
        keys.contains("Enter apply Test") && keys.contains("a apply 3 of 4"),
        "{keys}"
    );
    assert!(flat(&stage.screen()).contains("add 3 · deactivate 2"));
    stage.press("Enter").until_words("Apply to Test").settle();
    let question = flat(&stage.screen());
    assert!(
        question.contains("add 3 · deactivate 2 in users") && !question.contains("Prod"),
        "{question}"
    );
    stage
        .press("Enter")
        .until_words("3 users added, 2 users deactivated, 10 users unchanged.");
    assert_eq!(written(&office), ["test"]);
}

#[test]
fn inside_one_of_several_a_is_still_about_all() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    stage.press("Enter").until_words("Preview · Dev").settle();
    stage
        .press("a")
        .until_words("Apply to Dev, Test, Prod")
        .settle();
    assert!(flat(&stage.screen()).contains("add 828 · deactivate 2"));
    stage.press("Enter").until_words("828 users added");
    assert_eq!(written(&office).len(), 4);
}

#[test]
fn a_question_about_one_that_was_not_answered_leaves_the_others_in() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    stage.press("Enter").until_words("Preview · Dev").settle();
    stage.press("Enter").until_words("Apply to Dev").settle();
    stage.press("Esc").settle().press("a");
    stage.until_words("Apply to Dev, Test, Prod").settle();
    stage.press("Enter").until_words("828 users added");
    assert_eq!(written(&office).len(), 4);
}

#[test]
fn space_leaves_out_one_and_stays_where_it_is() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    let rows = |screen: &str| {
        let left_out = screen.matches("left out").count();
        (left_out, screen.contains("▸ ○  Dev"))
    };
    let screen = stage.press("Space").settle().screen();
    assert_eq!(rows(&screen), (1, true), "{screen}");
    let screen = stage.press("Space").settle().screen();
    assert_eq!(rows(&screen), (0, false), "{screen}");
    // One that was left out is not applied by name either, and says why.
    stage
        .press("Space")
        .press("Enter")
        .until_words("Preview · Dev");
    let screen = flat(&stage.press("Enter").settle().screen());
    assert!(
        screen.contains("Dev was left out") && !screen.contains("Enter apply Dev"),
        "{screen}"
    );
}

#[test]
fn with_everything_left_out_nothing_else_is_blamed() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    for _ in 0..4 {
        stage.press("Space").press("Down");
    }
    stage.press("g").settle();
    let screen = flat(&stage.press("a").settle().screen());
    assert!(
        screen.contains("every location with something to do was left out"),
        "{screen}"
    );
    assert!(!screen.contains("refused"), "{screen}");
    assert_eq!(office.runs().len(), 0);
}

#[test]
fn inside_one_that_failed_its_own_reason_is_told() {
    let office = Office::open();
    let mut stage = all_locations(&office);
    stage
        .press("G")
        .press("Enter")
        .until_words("Preview · Malang");
    let screen = flat(&stage.press("Enter").settle().screen());
    assert!(
        screen.contains("Connection refused") && !screen.contains("Enter apply Malang"),
        "{screen}"
    );
    assert!(flat(&stage.press("a").settle().screen()).contains("Apply to Dev, Test, Prod"));
}
