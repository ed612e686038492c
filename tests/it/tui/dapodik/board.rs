//! What the board looks like: at rest, with the picker, and in the middle of a sync that was told
//! to it at fixed moments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use selaras::engine::{Event, Verdict};
use selaras::run::{Ending, Entry, Id, Launch, Manifest, Operator, Run, State};
use selaras::sim::backend::sleman;
use selaras::text::local_time;
use selaras::tui::app::Places;
use selaras::tui::dashboard;
use selaras::tui::dashboard::News;
use selaras::tui::run_watcher::RunEvent;
use selaras::tui::tab::TabContext;
use selaras::tui::tab::{SetupPage, Tab as _};
use serde_json::json;

use super::office::Office;
use super::small;
use crate::tui::stage::{Stage, now};
use crate::tui::svg;

const ID: &str = "019ad0a4-7c00-7000-8000-000000c41f9a";
const LAST: &str = "2026-02-27T01:00:00.000Z";

/// The moment `seconds` after the sync began.
pub fn at(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(300 - seconds)
}

/// Without what differs from machine to machine: the port, the time zone.
pub fn steady(screen: &str, office: &Office) -> String {
    let mut text = screen.replace(&office.backend.url(), "http://127.0.0.1:40000");
    text = text.replace(&local_time(LAST.parse().unwrap()), "2026-02-27 08:00");
    text = text.replace(&local_time(at(0)), "2026-11-20 07:55");
    for second in 0..=300 {
        let told = at(second).to_zoned(TimeZone::system()).strftime("%H:%M:%S");
        let utc = at(second).to_zoned(TimeZone::UTC).strftime("%H:%M:%S");
        text = text.replace(&told.to_string(), &utc.to_string());
    }
    text
}

fn run() -> Run {
    Run {
        manifest: Manifest {
            version: 1,
            id: id(),
            engine: "dapodik".to_owned(),
            target: "global sync".to_owned(),
            request: json!({"scope": {"what": "global"}}),
            operator: Operator {
                user: "sari".to_owned(),
                host: "kantor".to_owned(),
                ssh_client: None,
            },
            created: at(0),
            plan_id: id().uuid(),
            plan_hash: String::new(),
            resources: vec!["dapodik".to_owned()],
            refused: BTreeMap::new(),
            selaras: String::new(),
            launch: Launch {
                exe: PathBuf::from("selaras"),
                args: Vec::new(),
                cwd: PathBuf::from("/"),
            },
        },
        state: State::Running,
        worker: None,
        started: Some(at(0)),
        orphan: None,
    }
}

/// The first `begun` of 17 kecamatan, one in so many seconds; the last of them at 62 % unless all
/// are through.
fn journal(begun: usize, pace: i64) -> Vec<Entry> {
    let mut told: Vec<(i64, Event)> = Vec::new();
    let step = |scope: &str, done: u64, total: u64| Event::Step {
        scope: scope.to_owned(),
        done,
        total: Some(total),
    };
    let item = |key: &str, state: &str, note: &str| Event::Item {
        key: key.to_owned(),
        state: state.to_owned(),
        note: note.to_owned(),
    };
    told.push((
        0,
        Event::Stage {
            stage: "follow the global sync".to_owned(),
        },
    ));
    for (number, region) in (0_u64..).zip(sleman().iter().take(begun)) {
        let second = 5 + pace * i64::try_from(number).unwrap();
        let label = format!("{} {} (Sleman)", region.code, region.name);
        told.push((second, item(&region.code, "running", &label)));
        told.push((second, step("kecamatan", number, 17)));
        told.push((second, step("all", number * 100 / 17 + 1, 100)));
        told.push((second, step("in hand", 62, 100)));
        let text = format!("Sync PTK 28/45 di {}...", region.name);
        told.push((
            second + 9,
            Event::Line {
                source: "backend".to_owned(),
                text,
            },
        ));
        if begun == 17 || usize::try_from(number).unwrap() + 1 < begun {
            told.push((second + pace - 5, item(&region.code, "done", &label)));
        }
    }
    if begun == 17 {
        told.push((pace * 17 + 6, step("kecamatan", 17, 17)));
        told.push((pace * 17 + 6, step("all", 100, 100)));
    }
    let entries = (1..).zip(told);
    entries
        .map(|(seq, (second, event))| Entry {
            seq,
            at: at(second),
            event,
        })
        .collect()
}

/// A screen in the middle of a sync.
fn amid(office: &Office, width: u16, height: u16) -> Stage<News> {
    seen(
        office,
        &[RunEvent::Said(Arc::from("dapodik"), id(), journal(7, 45))],
        (width, height),
    )
}

/// A screen after one.
fn after(office: &Office, width: u16, height: u16) -> Stage<News> {
    let ending = Ending {
        version: 1,
        verdict: Verdict::Clean,
        exit: 0,
        error: None,
        sentence: "Global sync done.".to_owned(),
        ended: at(280),
    };
    let ended = Run {
        state: State::Finished(ending),
        ..run()
    };
    let sightings = [
        RunEvent::Said(Arc::from("dapodik"), id(), journal(17, 16)),
        RunEvent::Ended(Arc::new(ended)),
    ];
    seen(office, &sightings, (width, height))
}

pub fn id() -> Id {
    ID.parse().unwrap()
}

/// A screen that saw a run begin, and this afterwards.
pub fn seen(office: &Office, sightings: &[RunEvent], (width, height): (u16, u16)) -> Stage<News> {
    let app = office.app_context();
    let operator = app.operator(&app.config().unwrap());
    let mut tab = dashboard::dapodik(TabContext::new(app, operator));
    tab.run_event(&RunEvent::Began(Arc::new(run())));
    for event in sightings {
        tab.run_event(event);
    }
    let places = Places {
        tabs: vec![
            Box::new(SetupPage::users()),
            Box::new(SetupPage::pimpinan()),
            Box::new(SetupPage::script()),
            Box::new(tab),
        ],
        runs: Box::new(SetupPage::new("Runs")),
        context: "demo · sqlite".to_owned(),
    };
    let mut stage = Stage::new(width, height, places);
    stage.press("4").settle();
    stage
}

#[test]
fn at_rest_it_shows_how_the_backend_stands_and_the_ways_to_begin() {
    let office = Office::open(small()).filled(45, 6);
    let screen = office.stage(100, 30).screen();
    insta::assert_snapshot!("rest_100", steady(&screen, &office));
    let screen = office.stage(80, 24).screen();
    insta::assert_snapshot!("rest_80", steady(&screen, &office));
}

#[test]
fn the_picker_shows_code_name_and_kabupaten() {
    let office = Office::without_database(small());
    let mut stage = office.stage(80, 24);
    stage
        .press("s")
        .settle()
        .press("Space")
        .press("j")
        .press("Space");
    let screen = stage.settle().screen();
    insta::assert_snapshot!("picker_80", steady(&screen, &office));
}

#[test]
fn amid_a_sync_it_shows_bars_kecamatan_and_events() {
    let office = Office::open(small()).filled(45, 6);
    let screen = amid(&office, 100, 30).screen();
    insta::assert_snapshot!("amid_100", steady(&screen, &office));
    let screen = amid(&office, 80, 24).screen();
    insta::assert_snapshot!("amid_80", steady(&screen, &office));
}

#[test]
fn after_a_sync_the_board_keeps_what_it_did() {
    let office = Office::open(small()).filled(45, 6);
    let screen = after(&office, 100, 30).press("Esc").settle().screen();
    insta::assert_snapshot!("after_100", steady(&screen, &office));
    let screen = after(&office, 80, 24).press("Esc").settle().screen();
    insta::assert_snapshot!("after_80", steady(&screen, &office));
}

#[test]
fn every_size_draws() {
    let office = Office::open(small());
    let mut stage = amid(&office, 100, 30);
    for (width, height) in [(1, 1), (40, 10), (60, 16), (61, 40), (72, 16), (250, 70)] {
        stage.resize(width, height).settle();
    }
}

#[test]
fn the_screenshot_is_what_the_screen_shows() {
    let office = Office::open(small()).filled(45, 6);
    let mut stage = amid(&office, 110, 32);
    let painted = steady(&svg::paint(stage.buffer(), "selaras · Dapodik"), &office);
    is_golden("dapodik.svg", &painted);
}

/// Compares with a picture of `screenshots`.
pub fn is_golden(name: &str, painted: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let file = folder.join(name);
    if std::env::var_os("SELARAS_PAINT").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(&file, painted).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap();
    assert!(
        golden == painted,
        "SELARAS_PAINT=1 paints {} anew",
        file.display()
    );
}
