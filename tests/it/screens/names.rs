//! Names that begin alike stay different, however little room there is.

use selaras::tui::dashboard::News;

use super::office::{Office, flat};
use crate::tui::stage::Stage;

const PLACES: [(&str, &str); 3] = [
    (
        "Dev",
        "Dinas Pendidikan Pemuda dan Olahraga Kabupaten Sleman",
    ),
    (
        "Test",
        "Dinas Pendidikan Pemuda dan Olahraga Kabupaten Bantul",
    ),
    (
        "Prod",
        "Dinas Pendidikan Pemuda dan Olahraga Kota Yogyakarta",
    ),
];

fn offices(production: bool) -> Office {
    let office = Office::open();
    office.edit_config(|mut text| {
        for (short, long) in PLACES {
            let block = format!("name = \"{short}\"");
            assert!(text.contains(&block), "{text}");
            let mut name = format!("name = \"{long}\"");
            if production {
                name.push_str("\nproduction = true");
            }
            text = text.replace(&block, &name);
        }
        text
    });
    office
}

fn looked_at(office: &Office, width: u16, height: u16) -> Stage<News> {
    let mut stage = office.sit(width, height);
    stage.until_words("Malang").settle();
    stage
}

#[test]
fn every_name_is_told_apart_on_a_small_screen_and_whole_on_a_wide_one() {
    let office = offices(false);
    let mut stage = looked_at(&office, 80, 24);
    let screen = stage.screen();
    let pane: Vec<&str> = screen
        .lines()
        .filter_map(|line| line.get(..line.char_indices().nth(36)?.0))
        .collect();
    for end in ["Sleman", "Bantul", "akarta"] {
        let named = pane.iter().any(|line| line.contains(end));
        assert!(named, "no {end} in the locations\n{screen}");
    }
    stage.resize(200, 60).settle();
    let screen = stage.screen();
    for (_, name) in PLACES {
        assert!(screen.contains(name), "no {name}\n{screen}");
    }
    let screen = stage
        .press("S")
        .until_words("Preview · All")
        .settle()
        .screen();
    for (_, name) in PLACES {
        assert!(screen.contains(name), "no {name}\n{screen}");
    }
}

#[test]
fn the_preview_and_the_question_name_who_is_meant() {
    let office = offices(true);
    let mut stage = looked_at(&office, 80, 24);
    stage.press("S").until_words("Preview · All").settle();
    let screen = stage.screen();
    for end in ["Sleman", "Bantul", "akarta"] {
        assert!(screen.contains(end), "no {end}\n{screen}");
    }
    stage
        .press("a")
        .until_words("Apply to 3 locations")
        .settle();
    stage.press("Esc").settle();
    stage
        .press("Down")
        .press("Enter")
        .until_words("Bantul")
        .settle();
    stage.press("Enter").until_words("Production!").settle();
    let question = flat(&stage.screen());
    let name = PLACES[1].1;
    assert!(
        question.contains(&format!("at {name}")) && question.contains("to continue: ▸"),
        "{question}"
    );
    stage.type_text("Bantul").press("Enter").settle();
    let question = flat(&stage.screen());
    assert!(
        question.contains("“Bantul” is not it: type exactly Dinas Pendidikan"),
        "{question}"
    );
    for _ in 0..6 {
        stage.press("Backspace");
    }
    stage
        .type_text(name)
        .press("Enter")
        .until_words("3 users added, 2 users deactivated");
}
