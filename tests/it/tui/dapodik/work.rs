//! Our own work on the board, told to it at fixed moments: several kecamatan in hand, a school that
//! failed, the schools of one kecamatan, the second round, the refresh.

use std::sync::Arc;

use selaras::engine::Event;
use selaras::run::Entry;
use selaras::sim::backend::sleman;
use selaras::tui::dashboard::News;
use selaras::tui::run_watcher::RunEvent;

use super::board::{at, id, is_golden, seen, steady};
use super::office::Office;
use super::small;
use crate::tui::stage::Stage;
use crate::tui::svg;

const SCHOOLS: u64 = 45;
const PTK: u64 = 12;

fn step(scope: &str, done: u64, total: Option<u64>) -> Event {
    Event::Step {
        scope: scope.to_owned(),
        done,
        total,
    }
}

fn item(key: &str, state: &str, note: &str) -> Event {
    Event::Item {
        key: key.to_owned(),
        state: state.to_owned(),
        note: note.to_owned(),
    }
}

fn stage(words: &str) -> Event {
    Event::Stage {
        stage: words.to_owned(),
    }
}

/// A journal that grows: every line with the second it was written in.
struct Journal {
    told: Vec<(i64, Event)>,
    stored: u64,
    failed: u64,
}

impl Journal {
    /// The work began; all lists are there.
    fn begun() -> Self {
        let mut journal = Self {
            told: Vec::new(),
            stored: 0,
            failed: 0,
        };
        journal.say(0, stage("global sync"));
        journal.say(1, item("portal", "pace", "10 at once, 180 a second"));
        journal.counts(2);
        journal
    }

    fn say(&mut self, second: i64, event: Event) {
        self.told.push((second, event));
    }

    fn counts(&mut self, second: i64) {
        let all = 17 * SCHOOLS;
        self.say(
            second,
            step("sekolah", self.stored + self.failed, Some(all)),
        );
        self.say(second, step("ptk", self.stored * PTK, None));
        let percent = (self.stored + self.failed) * 100 / all;
        self.say(second, step("all", percent.min(99), Some(100)));
    }

    /// Kecamatan `number` is worked on from `second` on, until so many schools of it are through,
    /// one a second; the school of this number fails.
    fn district(&mut self, number: usize, second: i64, through: u64, failing: Option<u64>) {
        let region = &sleman()[number];
        let code = region.code.clone();
        let label = format!("{code} {} (Sleman)", region.name);
        self.say(second, item(&code, "running", &label));
        for school in 1..=through {
            let at = second + i64::try_from(school).unwrap();
            let npsn = format!("204{number:02}{school:03}");
            let name = format!("SD NEGERI {school} {}", region.name.to_uppercase());
            let key = format!("{code}/{npsn}");
            if failing == Some(school) {
                let why = "500 Internal Server Error, last try 07:56:40";
                self.say(at, item(&key, "failed", &format!("{name}: {why}")));
                self.failed += 1;
            } else {
                self.say(at, item(&key, "stored", &format!("{name}: {PTK} PTK")));
                self.stored += 1;
            }
            self.say(at, step(&code, school, Some(SCHOOLS)));
            self.counts(at);
        }
        if through == SCHOOLS {
            let state = if failing.is_some() { "partial" } else { "done" };
            self.say(second + 46, item(&code, state, &label));
        }
    }

    fn through(&mut self, second: i64, kecamatan: u64) {
        self.say(second, step("kecamatan", kecamatan, Some(17)));
    }

    fn entries(mut self) -> Vec<Entry> {
        self.told.sort_by_key(|(second, _)| *second);
        let told = (1..).zip(self.told);
        told.map(|(seq, (second, event))| Entry {
            seq,
            at: at(second),
            event,
        })
        .collect()
    }
}

/// In the middle: five kecamatan done, one with a school that failed, three in hand.
fn amid() -> Journal {
    let mut journal = Journal::begun();
    for number in 0..5 {
        let from = 3 + 45 * i64::try_from(number).unwrap();
        journal.district(number, from, SCHOOLS, None);
        journal.through(from + 46, number as u64 + 1);
    }
    journal.district(5, 228, SCHOOLS, Some(17));
    journal.through(275, 6);
    journal.say(
        260,
        Event::Retry {
            peer: "portal".to_owned(),
            attempt: 2,
            of: 4,
            wait_ms: 500,
            reason: "/ptk?npsn=20405017: 500 Internal Server Error".to_owned(),
        },
    );
    journal.district(6, 262, 37, Some(9));
    journal.district(7, 272, 28, None);
    journal.district(8, 290, 10, None);
    journal
}

/// All but the failed ones are through; they are tried once more.
fn second_round() -> Journal {
    let mut journal = Journal::begun();
    for number in 0..17 {
        let from = 3 + 14 * i64::try_from(number).unwrap();
        let failing = (number == 5).then_some(17);
        journal.district(number, from, SCHOOLS, failing);
        journal.through(from + 46, number as u64 + 1);
    }
    journal.say(276, stage("second round for what failed"));
    journal
}

fn refresh() -> Journal {
    let mut journal = second_round();
    journal.say(288, stage("refresh mv_dashboard_analitik"));
    journal
}

#[test]
fn the_screenshot_is_what_the_screen_shows() {
    let office = Office::open(small()).filled(45, 6);
    let mut stage = shown(&office, amid(), (110, 32));
    let painted = steady(&svg::paint(stage.buffer(), "selaras · Dapodik"), &office);
    is_golden("dapodik-sync.svg", &painted);
}

fn shown(office: &Office, journal: Journal, (width, height): (u16, u16)) -> Stage<News> {
    let said = RunEvent::Said(Arc::from("dapodik"), id(), journal.entries());
    seen(office, &[said], (width, height))
}

#[test]
fn amid_our_own_work_several_kecamatan_are_in_hand_and_what_failed_is_counted() {
    let office = Office::open(small()).filled(45, 6);
    let screen = shown(&office, amid(), (100, 30)).screen();
    insta::assert_snapshot!("work_100", steady(&screen, &office));
    let screen = shown(&office, amid(), (80, 24)).screen();
    insta::assert_snapshot!("work_80", steady(&screen, &office));
}

#[test]
fn enter_shows_the_schools_of_a_kecamatan_and_esc_goes_back() {
    let office = Office::open(small()).filled(45, 6);
    for (name, size) in [("schools_100", (100, 30)), ("schools_80", (80, 24))] {
        let mut stage = shown(&office, amid(), size);
        stage.press("/").type_text("depok").press("Enter").settle();
        let screen = stage.press("Enter").settle().screen();
        insta::assert_snapshot!(name, steady(&screen, &office));
        let screen = stage.press("!").settle().screen();
        assert!(screen.contains("500 Internal Server Error"), "{screen}");
        assert!(!screen.contains("SD NEGERI 8 DEPOK"), "{screen}");
        let screen = stage.press("Esc").settle().screen();
        assert!(screen.contains("Events"), "{screen}");
        let screen = stage.press("Esc").settle().screen();
        assert!(screen.contains("34.04.01"), "{screen}");
    }
}

#[test]
fn schools_are_searched_while_more_of_them_come_through() {
    let office = Office::open(small());
    let mut stage = shown(&office, amid(), (100, 30));
    stage.press("/").type_text("mlati").press("Enter").settle();
    stage.press("Enter").settle();
    stage.press("/").type_text("500 int").press("Enter");
    let screen = stage.settle().screen();
    assert!(screen.contains("SD NEGERI 17 MLATI"), "{screen}");
    assert!(!screen.contains("SD NEGERI 16 MLATI"), "{screen}");
    let screen = stage.press("Esc").settle().screen();
    assert!(screen.contains("SD NEGERI 1 MLATI"), "{screen}");
}

#[test]
fn problems_alone_are_shown_among_the_events() {
    let office = Office::open(small());
    let mut stage = shown(&office, amid(), (100, 30));
    let screen = stage.press("!").settle().screen();
    for fact in [
        "problems only",
        "✗ 20405017 SD NEGERI 17",
        "! portal /ptk",
        "34.04.06 partial",
    ] {
        assert!(screen.contains(fact), "{fact}\n{screen}");
    }
    assert!(!screen.contains("34.04.01 done"), "{screen}");
    let screen = stage.press("!").settle().screen();
    assert!(screen.contains("✓ 34.04.05 done"), "{screen}");
}

#[test]
fn the_second_round_and_the_refresh_are_told_with_their_time() {
    let office = Office::open(small()).filled(45, 6);
    let screen = shown(&office, second_round(), (100, 30)).screen();
    insta::assert_snapshot!("second_round_100", steady(&screen, &office));
    let screen = shown(&office, second_round(), (80, 24)).screen();
    insta::assert_snapshot!("second_round_80", steady(&screen, &office));
    let screen = shown(&office, refresh(), (100, 30)).screen();
    assert!(
        screen.contains("refresh mv_dashboard_analitik, 12 s"),
        "{screen}"
    );
}

#[test]
fn every_size_draws_our_own_work() {
    let office = Office::open(small());
    let mut stage = shown(&office, amid(), (100, 30));
    for open in [false, true] {
        if open {
            stage.press("Enter").settle();
        }
        for (width, height) in [(1, 1), (40, 10), (60, 16), (61, 40), (72, 16), (250, 70)] {
            stage.resize(width, height).settle();
        }
    }
}
