//! The pictures in `screenshots/`: drawn from real screens, so that they cannot go stale.
//!
//! `SELARAS_UPDATE_SCREENSHOTS=1 cargo test golden` draws them anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use selaras::sim::people;
use selaras::sim::script::{Kind, Script};
use selaras::sim::world::Place;
use selaras::tui::dashboard::News;

use super::mask::mask;
use super::office::Office;
use crate::tui::stage::Stage;
use crate::tui::svg;

/// Compares the screen with the picture of this name, or draws it.
fn compare(stage: &mut Stage<News>, name: &str, title: &str) {
    let screen = stage.settle().buffer();
    let mut masked = screen.clone();
    for y in 0..screen.area.height {
        let row: String = (0..screen.area.width)
            .map(|x| screen[(x, y)].symbol())
            .collect();
        for (x, symbol) in (0..).zip(mask(&row).chars()) {
            masked[(x, y)].set_char(symbol);
        }
    }
    let picture = svg::paint(&masked, title);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("screenshots")
        .join(format!("{name}.svg"));
    if std::env::var_os("SELARAS_UPDATE_SCREENSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, picture).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let words = "the screen has changed; SELARAS_UPDATE_SCREENSHOTS=1 draws it anew";
    assert!(
        kept == picture,
        "{}: {words}\n{}",
        path.display(),
        stage.screen()
    );
}

#[test]
fn the_pictures_are_what_the_screens_are() {
    let mut office = Office::open();
    let demo = [("USER", "sari"), ("SELARAS_DEMO", "1")];
    office.app.sources.environment = demo.into_iter().collect();
    let mut stage = office.sit(100, 30);
    stage
        .sync_selected()
        .until_words("vendor1@dkm")
        .press("Down")
        .until_words("test_");
    compare(&mut stage, "users", "selaras — users");
    stage
        .press("s")
        .until_words("Deactivate 2")
        .press("Right")
        .press("Right");
    compare(&mut stage, "preview", "selaras — what a sync would do");
    stage.press("Esc").settle();
    office
        .branch(Place::Test)
        .set_people(people::test().into_iter().take(5).collect());
    stage
        .press("s")
        .until_words("Deactivate 8")
        .press("Enter")
        .until_words("Type 8");
    compare(&mut stage, "confirm", "selaras — what must be typed");
    stage.press("Esc").press("Esc").settle();
    stage.press("S").until_words("Preview · All");
    compare(&mut stage, "locations", "selaras — all locations");
    stage.press("Esc").settle().press("R").until_words("clean");
    compare(&mut stage, "runs", "selaras — runs");
}

#[test]
fn the_picture_of_the_script_is_what_its_screen_is() {
    let office = Office::open();
    let folder = office.path("script");
    Script::write(&folder, Kind::Usual, Duration::from_millis(300)).unwrap();
    let mut stage = office.sit(100, 30);
    stage
        .press("3")
        .until_words("lock: absent")
        .settle()
        .press("s")
        .until_words("Ready to run")
        .settle()
        .press("Enter")
        .until_words("on this machine")
        .settle()
        .press("Enter")
        .until_words("All tables match")
        .until_words("unchanged since the last run")
        // The viewer counts a moment after it shows.
        .until_words("following · 19 lines")
        .until_words("idle");
    stage.settle();
    compare(&mut stage, "script", "selaras — the database script");
}
