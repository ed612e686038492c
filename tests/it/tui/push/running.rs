//! Pushes that others started, and every state on every size of a screen.

use std::time::Duration;

use selaras::sim::fault::Fault;
use selaras::tui::dashboard::News;

use super::hall::{Hall, push, until};
use crate::harness::wait::status_of;
use crate::tui::elsewhere::elsewhere;
use crate::tui::stage::Stage;

#[test]
fn a_push_of_another_process_is_seen_followed_and_told() {
    let hall = Hall::open();
    let slow = Fault::Slow(Duration::from_secs(2));
    hall.world.central().fault(slow);
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    let other = elsewhere(&hall.world.config(), &["push", "apply", "--yes"]);
    stage.until(|screen| screen.contains("f follow")).press("f");
    stage.until(|screen| screen.contains("send 6 officials to"));
    until(&mut stage, "took in 6 officials");
    assert!(status_of(other).success());
    stage.press("Esc").settle();
    until(&mut stage, "nothing changed since");
}

#[test]
fn a_question_about_an_outdated_list_sends_nothing_and_says_why() {
    let hall = Hall::open();
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    stage.press("s");
    until(&mut stage, "Enter push");
    let other = elsewhere(&hall.world.config(), &["push", "apply", "--yes"]);
    assert!(status_of(other).success());
    until(&mut stage, "changes nothing changed since");
    stage.press("Enter");
    until(&mut stage, "read anew meanwhile");
    assert_eq!(hall.world.central().payloads().len(), 1);
}

#[test]
fn a_push_goes_on_while_one_looks_at_something_else() {
    let hall = Hall::open();
    let slow = Fault::Slow(Duration::from_secs(1));
    hall.world.central().fault(slow);
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    push(&mut stage);
    stage.until(|screen| screen.contains("send 6 officials to"));
    stage.press("3");
    stage.until(|screen| screen.contains("2 Pimpinan Push ✓"));
    stage.press("2");
    until(&mut stage, "took in 6 officials");
}

fn drag(stage: &mut Stage<News>, what: &str) {
    for (width, height) in [
        (1, 1),
        (59, 16),
        (60, 16),
        (80, 24),
        (149, 20),
        (150, 40),
        (300, 100),
    ] {
        let screen = stage.resize(width, height).settle().screen();
        if width >= 60 {
            let title = "Pimpinan";
            assert!(screen.contains(title), "{what} {width}×{height}\n{screen}");
        }
    }
    stage.resize(60, 16).settle();
}

#[test]
fn every_state_is_drawn_at_every_size() {
    let hall = Hall::open();
    hall.change("UPDATE users SET username = NULL WHERE id = 10");
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "5 to send");
    drag(&mut stage, "candidates");
    stage.press("Enter").settle();
    drag(&mut stage, "detail");
    stage.press("v").press("G").settle();
    drag(&mut stage, "payload");
    stage.press("Esc").press("Esc").press("s").settle();
    drag(&mut stage, "question");
    stage.press("Enter");
    until(&mut stage, "took in 5 officials");
    drag(&mut stage, "result");
}
