//! Text from servers, files and databases is visible text everywhere.

use selaras::sim::attack::KIT;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::world::Place;
use selaras::tui::dashboard::News;
use selaras::users::plan::Row;

use super::office::Office;
use crate::tui::attack::without_our_own;
use crate::tui::stage::Stage;
use crate::tui::wire::{Line, terminal};

/// Sends the screen as it is to a terminal, and looks at every byte.
fn inspect(stage: &mut Stage<News>) {
    let screen = stage.settle().buffer().clone();
    let line = Line::default();
    let mut terminal = terminal(&line);
    let area = terminal.get_frame().area();
    let draw = |frame: &mut ratatui::Frame<'_>| {
        let buffer = frame.buffer_mut();
        for position in screen.area.intersection(area).positions() {
            buffer[position] = screen[position].clone();
        }
    };
    terminal.draw(draw).unwrap();
    let bytes = String::from_utf8(line.take().concat()).unwrap();
    let text = without_our_own(&bytes);
    let odd = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(odd), "{}", stage.screen());
    assert!(!text.contains(['\u{200b}', '\u{200f}', '\u{feff}', '\u{2066}']));
    assert!(!text.contains(&"\u{301}".repeat(4)));
}

#[test]
fn what_a_server_says_never_drives_the_terminal() {
    let office = Office::open();
    office.branch(Place::Dev).fault(Rule::new(Fault::Attack));
    let mut stage = office.sit(80, 24);
    stage.settle().press("s").until_words("Preview ·");
    inspect(&mut stage);
    for _ in 0..6 {
        stage.press("Right");
        inspect(&mut stage);
    }
    stage.press("Enter");
    inspect(&mut stage);
    office.branch(Place::Dev).clear_faults().unwrap();
    office
        .branch(Place::Dev)
        .fault(Rule::new(Fault::EchoPassword));
    stage.press("Esc").press("r").settle();
    inspect(&mut stage);
    let log = stage.press("L").settle().screen();
    assert!(!log.contains(selaras::sim::locations::PASSWORD));
    inspect(&mut stage);
}

#[test]
fn what_stands_in_the_database_and_the_configuration_never_drives_it_either() {
    let office = Office::open();
    let mut store = office.store();
    let emails = KIT.iter().map(|text| format!("x{text}@dkm"));
    let rows: Vec<_> = emails.map(Row::of_email).collect();
    office.runtime.block_on(async {
        store.begin().await.unwrap();
        store.insert(8, &rows, &[]).await.unwrap();
        store.commit().await.unwrap();
    });
    office.edit_config(|text| {
        text.replace("name = \"Dev\"", "name = \"D\\u001b[2Je\\u202ev\"")
            .replace("admin@kantor", "ad\\u001b]0;x\\u0007min@kantor")
    });
    let mut stage = office.sit(80, 24);
    stage.until(|screen| screen.contains("x^[[2J^[[H@dkm"));
    inspect(&mut stage);
    stage.press("Tab").press("Enter");
    inspect(&mut stage);
    stage.press("Esc").press("s").until_words("Preview ·");
    inspect(&mut stage);
    // All but one would be gone: the figure is wanted.
    stage.press("Enter");
    inspect(&mut stage);
    stage
        .type_text(&KIT.len().to_string())
        .press("Enter")
        .until_words("Sync completed");
    inspect(&mut stage);
    stage.press("R").until_words("clean");
    inspect(&mut stage);
    stage.press("Enter").until_words("100 %");
    inspect(&mut stage);
}
