//! What stays on the screen after a run, and what is shown while nobody sees the sync work.

use selaras::dapodik::Metadata;
use selaras::sim::backend::{Backend, Setup, Storing, StreamFault};
use selaras::tui::dashboard::News;
use selaras::tui::tab::TabContext;
use selaras::tui::tab::engine_tab::{self, EngineTab};
use selaras::tui::tab::{Tab as _, dapodik};
use serde_json::json;

use super::office::Office;
use super::{small, start};
use crate::tui::stage::{Stage, now};

/// Syncs one kecamatan of the list by its row of the picker.
fn sync_one(stage: &mut Stage<News>, name: &str) {
    stage.press("s").settle().press("/").type_text(name);
    stage.press("Enter").press("Space").settle();
    start(stage, "Enter");
    stage.until(|screen| screen.contains(" done in ")).settle();
}

#[test]
fn a_partial_end_stays_visible_until_a_later_run_has_mended_it() {
    let setup = Setup {
        storing: Storing::SkippingOneOf(vec!["34.04.07".to_owned()]),
        ..small()
    };
    let office = Office::open(setup).filled(2, 2);
    let mut stage = office.stage(140, 40);
    start(&mut stage, "S");
    stage
        .until(|screen| screen.contains("1 school left out"))
        .settle();
    // It is not only the page of the result: another screen, another day.
    let mut stage = office.stage(140, 40);
    let screen = stage.settle().screen();
    for fact in [
        "17 · 1 failed",
        "The last sync: the backend says",
        "Depok (Sleman)",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    office.backend.set_storing(Storing::All);
    sync_one(&mut stage, "Gamping");
    let screen = stage.screen();
    assert!(
        screen.contains("17 · 1 failed"),
        "another one mends nothing\n{screen}"
    );
    let screen = stage.press("s").settle().press("!").settle().screen();
    assert!(
        screen.contains("Chosen: 34.04.07 Depok (Sleman)"),
        "{screen}"
    );
    start(&mut stage, "Enter");
    stage.until(|screen| screen.contains(" done in "));
    stage.until(|screen| !screen.contains("1 failed"));
}

#[test]
fn a_sync_of_which_only_metadata_is_seen_shows_no_progress() {
    let office = Office::open(small());
    office.backend.stream_fault(StreamFault::KilledBefore(20));
    for (width, height) in [(80, 24), (140, 40)] {
        let mut stage = office.stage(width, height);
        if office.backend.syncs() == 0 {
            start(&mut stage, "S");
        }
        stage.until(|screen| screen.contains("watching; the connection broke at"));
        let screen = stage.screen();
        for fact in ["RUNNING, seen so since", "unknown"] {
            assert!(screen.contains(fact), "{fact}\n{screen}");
        }
        for figure in ["%/min", "ETA"] {
            assert!(!screen.contains(figure), "{figure}\n{screen}");
        }
    }
    let mut stage = office.stage(140, 40);
    stage.until(|screen| screen.contains("watching;"));
    stage.press("x").until(|screen| screen.contains("Stop run"));
    stage.press("Enter");
    stage.until(|screen| screen.contains("topped watching"));
    let screen = stage.settle().screen();
    assert!(screen.contains("cannot be seen from here"), "{screen}");
    assert!(
        !screen.contains("the sync continues at the backend"),
        "{screen}"
    );
}

/// What a tab does about what its work says, by name.
fn effects(tab: &mut EngineTab<dapodik::Sync>, said: dapodik::Said) -> Vec<String> {
    let effects = tab.on(engine_tab::News::Own(said)).into_iter();
    effects.map(|effect| format!("{effect:?}")).collect()
}

#[test]
fn a_running_on_the_screen_is_asked_for_again_and_one_behind_another_tab_is_not() {
    let office = Office::open(small());
    let app = office.app_context();
    let operator = app.operator(&app.config().unwrap());
    let mut tab = dapodik::Sync::tab(TabContext::new(app, operator));
    let said = |value: &str| {
        let metadata = Metadata::read(&json!({ "value": value })).unwrap();
        dapodik::Said::Metadata(Ok(metadata), now())
    };
    tab.shown();
    assert!(effects(&mut tab, said("2026-11-20T01:00:00Z")).is_empty());
    let waits = effects(&mut tab, said("RUNNING"));
    assert_eq!(waits, ["Work(Work(metadata later))"]);
    let asks = effects(&mut tab, dapodik::Said::AskAgain);
    assert_eq!(asks, ["Work(Work(metadata))"]);
    tab.hidden();
    assert!(effects(&mut tab, said("RUNNING")).is_empty());
    assert!(effects(&mut tab, dapodik::Said::AskAgain).is_empty());
    // Whoever comes back sees it as it is by then.
    let asks = tab.shown().into_iter().map(|effect| format!("{effect:?}"));
    let asks: Vec<String> = asks.collect();
    assert_eq!(asks, ["Work(Work(metadata))", "Work(Work(look))"]);
    effects(&mut tab, said("2026-11-20T01:00:00Z"));
    assert!(effects(&mut tab, dapodik::Said::AskAgain).is_empty());
}

#[test]
fn all_ptk_wants_the_figure_typed_of_what_it_empties() {
    let office = Office::open(small()).filled(3, 4);
    let mut stage = office.stage(100, 30);
    let screen = stage.press("P").settle().screen();
    assert!(screen.contains("204 of 204 rows lose a value"), "{screen}");
    let screen = stage.press("Enter").settle().screen();
    assert!(screen.contains("Type 204 to continue"), "{screen}");
    stage.press("Enter").settle();
    assert_eq!(posts(&office.backend), 0, "nothing without the figure");
    stage.type_text("204").press("Enter");
    stage.until(|screen| screen.contains("All PTK started"));
    assert_eq!(posts(&office.backend), 1);
}

fn posts(backend: &Backend) -> usize {
    let requests = backend.requests();
    requests.iter().filter(|seen| seen.method == "POST").count()
}
