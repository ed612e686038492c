//! Every state of the dashboard on every size of a screen.

use selaras::tui::dashboard::News;

use super::office::Office;
use crate::tui::stage::Stage;

fn drag(stage: &mut Stage<News>, what: &str) {
    for (width, height) in [
        (0, 0),
        (1, 1),
        (3, 2),
        (59, 16),
        (60, 15),
        (60, 16),
        (61, 17),
        (71, 18),
        (72, 18),
        (73, 24),
        (80, 24),
        (100, 30),
        (200, 60),
        (300, 100),
    ] {
        let screen = stage.resize(width, height).settle().screen();
        if width >= 60 && height >= 16 {
            for title in ["Users", "Pimpinan", "Script", "Dapodik"] {
                assert!(screen.contains(title), "{what} {width}×{height}\n{screen}");
            }
            assert!(
                screen.contains("? help") || screen.contains("Esc"),
                "{what}\n{screen}"
            );
        }
    }
    stage.resize(100, 30).settle();
}

#[test]
fn every_state_is_drawn_at_every_size() {
    let office = Office::open();
    let mut stage = office.sit(100, 30);
    stage.settle();
    drag(&mut stage, "browsing");
    stage.press("s").until_words("New 25").settle();
    drag(&mut stage, "preview");
    stage.press("Enter").until_words("Apply to").settle();
    drag(&mut stage, "question");
    stage.press("Enter").until_ended("Sync completed").settle();
    drag(&mut stage, "result");
    stage.press("S").until_words("Preview · All").settle();
    drag(&mut stage, "all locations");
    stage.press("Esc").press("R").until_words("clean").settle();
    drag(&mut stage, "runs");
    stage.press("Enter").until_words("100 %").settle();
    drag(&mut stage, "a run");
}
