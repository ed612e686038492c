//! Dapodik in the demo's world: a global sync by keyboard, a terminal that is closed in the middle
//! of it, a backend that falls silent.

use selaras::sim::backend::StreamFault;
use selaras::tui::dashboard::News;

use super::mask::mask;
use super::office::{Office, flat};
use crate::tui::stage::Stage;

/// A frame in the middle of the eighth of 17 kecamatan.
const MIDDLE: usize = 90;

/// Somebody at the tab, once the list is there and the backend has answered.
fn at_the_tab(office: &Office, width: u16, height: u16) -> Stage<News> {
    shown(office.sit(width, height))
}

fn shown(mut stage: Stage<News>) -> Stage<News> {
    stage.settle().press("4").until_words("34.04.01");
    stage
}

/// From the board to the yes.
fn start(stage: &mut Stage<News>) {
    stage
        .press("S")
        .until_words("Nothing is started yet")
        .settle();
    stage.press("Enter").until_words("Enter start").settle();
    stage.press("Enter");
}

/// The screen with what differs from run to run masked.
fn picture(stage: &mut Stage<News>, office: &Office) -> String {
    let screen = stage.settle().screen();
    mask(&screen.replace(&office.world.backend().url(), "http://127.0.0.1:40000"))
}

#[test]
fn a_global_sync_is_previewed_asked_for_and_followed_to_its_end() {
    for ((width, height), [preview, question]) in [
        ((80, 24), ["preview_80", "question_80"]),
        ((100, 30), ["preview_100", "question_100"]),
    ] {
        let office = Office::open();
        let backend = office.world.backend();
        // How long ago the last one was is part of the pictures.
        let mut stage = shown(office.sit_still(width, height));
        stage.press("S").until_words("Nothing is started yet");
        insta::assert_snapshot!(preview, picture(&mut stage, &office));
        stage.press("Enter").until_words("Enter start");
        insta::assert_snapshot!(question, picture(&mut stage, &office));
        assert_eq!(backend.syncs(), 0, "nothing is started before the yes");
        drop(stage);
        let mut stage = at_the_tab(&office, width, height);
        start(&mut stage);
        stage.until_words("Global sync done in");
        stage.until_words("17/17").until_words("34.04.01 Gamping");
        let screen = flat(&stage.screen());
        for fact in [
            "17 kecamatan",
            "170 schools",
            "verified",
            "100 %",
            "through",
        ] {
            assert!(screen.contains(fact), "{fact}\n{screen}");
        }
        // What metadata says by then is on the card.
        stage.until_words("just now");
        assert_eq!((backend.streams_asked(), backend.syncs()), (1, 1));
    }
}

#[test]
fn a_terminal_closed_in_the_middle_is_opened_again_and_sees_all_from_the_first_event() {
    let office = Office::open();
    let backend = office.world.backend();
    backend.stream_fault(StreamFault::HoldBefore(MIDDLE));
    let mut stage = at_the_tab(&office, 100, 30);
    start(&mut stage);
    stage.until_words("7/17").until_words("! RUNNING");
    drop(stage);
    assert_eq!(office.runs().len(), 1);
    assert_eq!(
        office.runs()[0].exit(),
        None,
        "it continues without a screen"
    );
    let mut stage = at_the_tab(&office, 80, 24);
    stage.until_words("7/17").until_words("! RUNNING");
    // From the end of the events to their beginning.
    stage.until_words("Berbah").press("Tab").press("g");
    stage.until_words("follow the global sync");
    stage.until_words("34.04.01 running");
    backend.release();
    stage
        .until_words("Global sync done in")
        .until_words("17/17");
    assert_eq!((backend.streams_asked(), backend.syncs()), (1, 1));
    assert_eq!(office.runs().len(), 1);
}

#[test]
fn a_silence_is_told_on_the_screen_and_the_sync_continues() {
    let office = Office::open();
    office.edit_config(|text| text.replace("[dapodik]\n", "[dapodik]\nsilence = \"1s\"\n"));
    let backend = office.world.backend();
    backend.stream_fault(StreamFault::HoldBefore(MIDDLE));
    let mut stage = at_the_tab(&office, 100, 30);
    start(&mut stage);
    stage.until_words("connected, silent for");
    stage.press("x").until_words("Stop run").settle();
    stage
        .press("Esc")
        .until(|screen| !screen.contains("Stop run"));
    backend.release();
    stage.until_words("Global sync done in");
    assert_eq!((backend.streams_asked(), backend.syncs()), (1, 1));
}
