//! The picture `screenshots/push.svg`: drawn from a real screen, so that it cannot go stale.
//!
//! `SELARAS_UPDATE_SCREENSHOTS=1 cargo test golden` draws it anew.

use std::fs;
use std::path::Path;

use super::hall::{Hall, mask, until};
use crate::tui::svg;

#[test]
fn the_picture_of_the_push_is_what_the_screen_is() {
    let mut hall = Hall::open();
    let demo = [("USER", "sari"), ("SELARAS_DEMO", "1")];
    hall.app.sources.environment = demo.into_iter().collect();
    hall.change("UPDATE users SET username = NULL WHERE id = 10");
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "5 to send, 1 refused");
    stage.press("G").press("Space").press("k").settle();
    until(&mut stage, "4 to send, 1 refused, 1 left out");
    let screen = stage.settle().buffer();
    let mut masked = screen.clone();
    for y in 0..screen.area.height {
        let row = (0..screen.area.width).map(|x| screen[(x, y)].symbol());
        for (x, symbol) in (0..).zip(mask(&row.collect::<String>()).chars()) {
            masked[(x, y)].set_char(symbol);
        }
    }
    let picture = svg::paint(&masked, "selaras — pimpinan push");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let path = folder.join("push.svg");
    if std::env::var_os("SELARAS_UPDATE_SCREENSHOTS").is_some() {
        fs::create_dir_all(folder).unwrap();
        fs::write(&path, picture).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let words = "the screen has changed; SELARAS_UPDATE_SCREENSHOTS=1 draws it anew";
    assert!(kept == picture, "{words}\n{}", stage.screen());
}
