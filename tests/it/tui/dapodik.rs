//! The tab of Dapodik before a simulated backend: every way to start a sync, and how each ends.

mod board;
mod choose;
mod lasting;
mod office;
mod work;

use selaras::sim::backend::{Setup, Storing, StreamFault, diy};
use selaras::tui::dashboard::News;

use super::stage::Stage;
use office::Office;

/// Few schools: the ways of the screen are tested, not the backend's patience.
fn small() -> Setup {
    Setup {
        schools: 2,
        ptk: 2,
        ..Setup::default()
    }
}

/// From the board into a followed run: preview, question, yes.
fn start(stage: &mut Stage<News>, key: &str) {
    let screen = stage.press(key).settle().screen();
    assert!(screen.contains("Nothing is started yet"), "{screen}");
    let screen = stage.press("Enter").settle().screen();
    assert!(screen.contains("Enter start"), "{screen}");
    stage.press("Enter");
}

#[test]
fn a_global_sync_is_previewed_confirmed_followed_and_verified_by_keyboard_alone() {
    let office = Office::open(small());
    let mut stage = office.stage(100, 30);
    let screen = stage.press("S").settle().screen();
    for fact in [
        "global sync",
        "/api/sync/global",
        "last global sync",
        "is looked at",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    assert_eq!(office.backend.syncs(), 0);
    stage.press("Esc").settle();
    start(&mut stage, "S");
    let screen = stage
        .until(|screen| screen.contains("Global sync done in"))
        .settle()
        .screen();
    for fact in [
        "17 kecamatan",
        "34 schools and 68 PTK stored",
        "100 %",
        "17/17",
        "through",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    assert_eq!(office.backend.syncs(), 1);
    let screen = stage.press("S").settle().screen();
    assert!(screen.contains("last time it took"), "{screen}");
}

#[test]
fn all_78_kecamatan_are_followed_on_a_small_screen() {
    let office = Office::open(Setup {
        kecamatan: diy(),
        ..small()
    });
    let mut stage = office.stage(80, 24);
    start(&mut stage, "S");
    stage
        .until(|screen| screen.contains("Global sync done in"))
        .until(|screen| screen.contains("78/78"));
    let screen = stage.settle().screen();
    for fact in ["78 kecamatan", "156 schools", "verified"] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    let screen = stage.press("G").settle().screen();
    assert!(screen.contains("34.71.14"), "{screen}");
    assert_eq!(office.backend.streams_asked(), 1);
}

#[test]
fn a_backend_that_says_done_over_nothing_is_seen_through() {
    let office = Office::open(Setup {
        storing: Storing::Nothing,
        ..small()
    });
    let mut stage = office.stage(100, 30);
    start(&mut stage, "S");
    stage.until(|screen| screen.contains("Kecamatan that are not there"));
    let screen = stage.settle().screen();
    for fact in [
        "the backend says that it is done",
        "checked in the database: 17 kecamatan are not there",
        "34.04.01: no school was stored",
        "34.04.12: no school was stored",
        "17 of 17 kecamatan are not",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    let office = Office::without_database(Setup {
        storing: Storing::Nothing,
        ..small()
    });
    let mut stage = office.stage(100, 30);
    start(&mut stage, "S");
    stage
        .until(|screen| screen.contains("Global sync done in"))
        .until(|screen| screen.contains("Not verified"));
}

#[test]
fn a_stop_says_what_the_backend_then_does() {
    let office = Office::open(small());
    office.backend.stream_fault(StreamFault::HoldBefore(6));
    let mut stage = office.stage(100, 30);
    start(&mut stage, "S");
    stage.until(|screen| screen.contains("34.04.01 running"));
    let screen = stage.press("x").settle().screen();
    assert!(
        screen.contains("The deployed backend continues"),
        "{screen}"
    );
    stage.press("Enter");
    let screen = stage
        .until(|screen| screen.contains("Stopped following"))
        .settle()
        .screen();
    for fact in [
        "to the end of the kecamatan",
        "It had come to",
        "Gamping (Sleman) in hand",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    office.backend.release();
}

#[test]
fn an_interrupted_sync_is_offered_again_and_not_started_by_itself() {
    let office = Office::open(small());
    office.backend.stream_fault(StreamFault::CutBefore(4));
    let mut stage = office.stage(100, 30);
    stage.press("s").settle().press("Space").settle();
    start(&mut stage, "Enter");
    let screen = stage
        .until(|screen| screen.contains("nterrupted at"))
        .settle()
        .screen();
    assert!(screen.contains("r try again"), "{screen}");
    assert_eq!(office.backend.syncs(), 1);
    let screen = stage.press("r").settle().screen();
    assert!(screen.contains("Nothing is started yet"), "{screen}");
    assert_eq!(office.backend.syncs(), 1);
    // Another screen knows it too.
    let screen = office.stage(100, 30).settle().screen();
    assert!(screen.contains("The last sync: interrupted at"), "{screen}");
}

#[test]
fn a_sync_that_runs_elsewhere_is_watched_or_forced_with_a_typed_word() {
    let office = Office::open(small());
    office.backend.set_metadata(Some("RUNNING"));
    let mut stage = office.stage(100, 30);
    let screen = stage.press("S").settle().press("Enter").settle().screen();
    assert!(screen.contains("is running already"), "{screen}");
    let screen = stage.press("f").settle().screen();
    assert!(screen.contains("watch the sync that runs"), "{screen}");
    stage.press("Esc").settle().press("S").settle();
    let screen = stage.press("F").settle().press("Enter").settle().screen();
    assert!(screen.contains("Type force to continue"), "{screen}");
    assert_eq!(office.backend.syncs(), 0);
    stage.type_text("force").press("Enter");
    stage.until(|screen| screen.contains("Global sync done"));
    assert_eq!(office.backend.syncs(), 1);
}

#[test]
fn a_run_of_a_shell_is_on_the_board_and_a_second_start_offers_to_watch_it() {
    let office = Office::open(small());
    office.backend.stream_fault(StreamFault::HoldBefore(6));
    office.shell(&["dapodik", "global", "--yes", "--detach"]);
    let mut stage = office.stage(100, 30);
    stage.until(|screen| screen.contains("34.04.01 running"));
    let screen = stage.press("Esc").settle().press("S").settle().screen();
    assert!(screen.contains("A sync is already running"), "{screen}");
    stage.press("Enter").settle();
    office.backend.release();
    stage.until(|screen| screen.contains("Global sync done"));
    assert_eq!(office.backend.syncs(), 1);
}

#[test]
fn what_tells_no_progress_ends_as_started_and_not_verified() {
    let office = Office::open(small());
    let mut stage = office.stage(100, 30);
    for (key, said) in [("P", "All PTK started"), ("C", "All schools started")] {
        start(&mut stage, key);
        let screen = stage
            .until(|screen| screen.contains(said))
            .settle()
            .screen();
        assert!(screen.contains("verified"), "{screen}");
    }
    let screen = stage.screen();
    assert!(screen.contains("all PTK: started"), "{screen}");
}

#[test]
fn our_own_work_that_is_not_set_up_names_what_is_missing_and_nothing_else() {
    let address = "[dapodik.portal]\nbase_url = \"https://portal.example\"\n";
    let secrets = ["DAPODIK_USERNAME", "DAPODIK_PASSWORD", "DAPODIK_API_KEY"];
    for (settings, given, asked) in [
        ("", "", true),
        (address, "", false),
        (
            address,
            "DAPODIK_USERNAME=dinas\nDAPODIK_PASSWORD=x\n",
            false,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let text = format!("[dapodik]\nsource = \"portal\"\n{settings}");
        std::fs::write(&file, text).unwrap();
        std::fs::write(folder.path().join(".env"), given).unwrap();
        let mut stage = office::stage(&office::app_context(folder.path(), Some(file)), 80, 24);
        let screen = stage.until(|screen| screen.contains("It needs:")).screen();
        assert!(screen.contains("r look again"), "{screen}");
        assert_eq!(
            screen.contains("[dapodik.portal] base_url"),
            asked,
            "{screen}"
        );
        for name in secrets {
            let line = format!("  {name}");
            assert_eq!(
                screen.contains(&line),
                !given.contains(name),
                "{name}\n{screen}"
            );
        }
    }
}

#[test]
fn a_part_that_is_not_set_up_is_a_page_that_names_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "[dapodik]\nsource = \"remote\"\n").unwrap();
    let mut stage = office::stage(&office::app_context(folder.path(), Some(file)), 100, 30);
    let screen = stage.screen();
    for fact in ["It is not set up yet", "[dapodik] url", "dapodik.url"] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
}
