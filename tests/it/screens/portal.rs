//! Dapodik in the demo's world where selaras does the work: by keyboard from the preview to the
//! report, a school that fails and is continued, a stop in the middle.

use std::time::Duration;

use selaras::sim::portal::{ListState, Portal};
use selaras::sim::world::{DapodikSide, WorldOptions};
use selaras::tui::dashboard::News;

use super::office::{Office, flat};
use crate::tui::stage::Stage;

fn office() -> Office {
    Office::open_with(&WorldOptions {
        dapodik: DapodikSide::Portal {
            latency: Duration::ZERO,
        },
        ..WorldOptions::default()
    })
}

fn portal(office: &Office) -> &Portal {
    office.world.portal().unwrap()
}

/// Somebody at the tab, once it was looked at what there is.
fn at_the_tab(office: &Office, width: u16, height: u16) -> Stage<News> {
    let mut stage = office.sit(width, height);
    stage
        .settle()
        .press("4")
        .until_words("selaras writes to sqlite dapodik.db");
    stage
}

/// From the board to the yes.
fn start(stage: &mut Stage<News>, key: &str) {
    stage
        .press(key)
        .until_words("Nothing is started yet")
        .settle();
    stage.press("Enter").until_words("Esc back").settle();
    stage.press("Enter");
}

fn assert_facts(screen: &str, facts: &[&str]) {
    for fact in facts {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
}

#[test]
fn our_own_sync_is_previewed_sampled_followed_and_reported() {
    for (width, height) in [(100, 30), (80, 24)] {
        let office = office();
        let mut stage = at_the_tab(&office, width, height);
        stage.press("S").until_words("Nothing is started yet");
        let screen = flat(&stage.settle().screen());
        assert_facts(&screen, &["into sqlite dapodik.db", "v sample"]);
        stage.press("v").until_words("satuan_pendidikan");
        let screen = stage.settle().screen();
        assert_facts(&screen, &["Sample", "'SD NEGERI 1 GAMPING'", "NULL"]);
        stage.press("Esc").until_words("inserted into ref_wilayah");
        stage
            .settle()
            .press("Esc")
            .until_words("No sync is running");
        start(&mut stage, "S");
        stage.until_words("Global sync done in");
        let screen = stage.settle().screen();
        assert_facts(
            &screen,
            &["added     changed    the same", "763           0"],
        );
        let screen = stage.press("G").settle().screen();
        assert_facts(&screen, &["no date", "r tries again"]);
        // What it did is kept beside the kecamatan, and their schools.
        stage.press("Esc").until_words("17/17");
        stage.press("Enter").until_words("SMP NEGERI 7 GAMPING");
        stage.press("Esc").settle();
        start(&mut stage, "S");
        stage.until_words("Global sync done in").settle();
        let screen = stage.screen();
        assert_facts(&screen, &["schools            0           0         763"]);
    }
}

#[test]
fn a_school_that_fails_is_named_and_continued() {
    let office = office();
    let npsn = portal(&office).npsn(3, 5);
    portal(&office).set_staff(&npsn, ListState::Fails(500));
    let mut stage = at_the_tab(&office, 100, 30);
    let screen = stage.press("c").settle().screen();
    assert_facts(&screen, &["no global sync was stopped"]);
    start(&mut stage, "S");
    stage.until_words("Schools that failed: 1");
    let screen = flat(&stage.settle().screen());
    assert_facts(
        &screen,
        &[npsn.as_str(), "500", "without all of it", "times,"],
    );
    stage.press("Esc").until_words("c continue");
    stage
        .press("/")
        .type_text("minggir")
        .press("Enter")
        .settle();
    stage.press("Enter").settle().press("!");
    let screen = stage.settle().screen();
    assert_facts(&screen, &[npsn.as_str(), "1 failed", "500"]);
    stage.press("Esc").settle().press("Esc").settle();
    portal(&office).set_staff(&npsn, ListState::Usual);
    stage.press("c").until_words("continues run");
    stage
        .settle()
        .press("Enter")
        .until_words("Continue the global sync");
    stage.settle().press("Enter");
    stage.until_words("Global sync done in");
    let screen = stage.settle().screen();
    assert_facts(&screen, &["it continued run"]);
}

#[test]
fn a_stop_says_what_is_finished_and_what_continues_it() {
    let office = office();
    portal(&office).hold("/ptk", 200);
    let mut stage = at_the_tab(&office, 80, 24);
    start(&mut stage, "S");
    stage.until_words("schools/s").press("x");
    let screen = flat(&stage.until_words("Stop run").settle().screen());
    assert_facts(
        &screen,
        &["The batch in hand is finished", "continues later."],
    );
    stage.press("Enter");
    portal(&office).release();
    stage.until_words("what was stored stays");
    let screen = stage.settle().screen();
    assert_facts(&screen, &["c continues a global sync where it ended"]);
    stage.press("Esc").until_words("c continue");
}
