//! Single facts about servers that misbehave, each by its name.

use std::time::Instant;

use selaras::engine::Event;
use selaras::error::Kind;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{LOGIN, Setup, Totals, USERS};
use selaras::sim::people as world;
use selaras::users::plan::GuardName;

use super::database::Database;
use super::people;
use super::scene::{Scene, Spot, Tried};

/// A sync of the known people with a server that has these manners and this fault.
async fn meet(options: Setup, rule: Option<Rule>) -> (Scene, Tried) {
    let scene = Scene::new(Database::Sqlite, people::spots(options)).await;
    if let Some(rule) = rule {
        scene.branches[0].fault(rule);
    }
    let met = scene.sync(&scene.users(|_| {})).await;
    (scene, met)
}

/// A sync with a fault at the second page; nothing must come of it.
async fn refused(fault: Fault) -> Tried {
    let rule = Rule::new(fault).on(USERS).at(2);
    let scene = Scene::new(Database::Sqlite, people::spots(Setup::default())).await;
    let before = scene.dump().await;
    scene.branches[0].fault(rule);
    let met = scene.sync(&scene.users(|_| {})).await;
    assert_eq!(scene.dump().await, before, "{fault}");
    met
}

fn tripped(met: &Tried) -> Option<GuardName> {
    met.plan.tripped().map(|guard| guard.name)
}

fn many(count: usize) -> Vec<Spot> {
    let setup = Setup {
        people: world::named("u", count),
        ..Setup::default()
    };
    let here = Vec::from([("u_vendor1@dkm".to_owned(), "active")]);
    let (id, code) = (people::DEV, "dev");
    vec![Spot {
        id,
        code,
        setup,
        here,
    }]
}

#[tokio::test]
async fn a_server_that_caps_its_pages_at_fifty_loses_nobody() {
    let mut spots = many(800);
    spots[0].setup.cap = Some(50);
    let scene = Scene::new(Database::Sqlite, spots).await;
    let met = scene
        .sync(&scene.users(|settings| settings.page_size = 100))
        .await;
    let fetched = &met.plan.fetched;
    assert_eq!(
        (fetched.pages, fetched.rows, fetched.complete),
        (16, 800, true)
    );
    assert_eq!((met.report.inserted, met.report.deactivated), (799, 0));
}

#[tokio::test]
async fn users_beyond_a_thousand_are_users_too() {
    let scene = Scene::new(Database::Sqlite, many(1_113)).await;
    let met = scene
        .sync(&scene.users(|settings| settings.page_size = 100))
        .await;
    let (found, report) = (&met.plan.fetched, &met.report);
    assert_eq!((found.pages, found.rows), (12, 1_113));
    assert_eq!(
        (report.inserted, report.unchanged, report.deactivated),
        (1_112, 1, 0)
    );
}

#[tokio::test]
async fn a_server_without_totals_is_read_to_its_empty_page() {
    let totals = Totals::Absent;
    let (scene, met) = meet(
        Setup {
            totals,
            ..Setup::default()
        },
        None,
    )
    .await;
    assert_eq!((met.report.error, met.plan.fetched.complete), (None, true));
    assert_eq!(scene.dump().await.statuses(people::DEV), people::agreed());
}

/// What makes a list contradict itself.
const CONTRADICTIONS: [Fault; 5] = [
    Fault::ForgetPage,
    Fault::ShortPage,
    Fault::WrongTotal,
    Fault::TotalChanges,
    Fault::DoubledRow,
];

#[tokio::test]
async fn counts_that_never_add_up_trip_the_first_guard() {
    for fault in CONTRADICTIONS {
        let rule = Rule::new(fault).on(USERS);
        let (scene, met) = meet(Setup::default(), Some(rule)).await;
        assert_eq!(tripped(&met), Some(GuardName::Complete), "{fault}");
        assert!(met.plan.deactivate.len() <= people::DISMISSED, "{fault}");
        assert_eq!(met.report.error.map(|error| error.kind), Some(Kind::Guard));
        assert!(scene.dump().await.markers.is_empty(), "{fault}");
    }
}

#[tokio::test]
async fn counts_that_do_not_add_up_once_are_read_again() {
    for fault in CONTRADICTIONS {
        let rule = Rule::new(fault).on(USERS).at(2);
        let (scene, met) = meet(Setup::default(), Some(rule)).await;
        let why = met.plan.fetched.why.unwrap();
        assert!(
            why.contains("read again, as the first reading contradicted itself"),
            "{why}"
        );
        assert_eq!(met.report.error, None, "{fault}");
        assert_eq!(scene.dump().await.statuses(people::DEV), people::agreed());
    }
}

#[tokio::test]
async fn a_wrong_total_on_every_page_trips_the_first_guard() {
    let (_scene, met) = meet(Setup::default(), Some(Fault::WrongTotal.into())).await;
    assert_eq!(tripped(&met), Some(GuardName::Complete));
    let why = met.plan.fetched.why.unwrap();
    assert!(why.contains("60") && why.contains("67"), "{why}");
}

#[tokio::test]
async fn an_empty_list_trips_a_guard_of_its_own() {
    let (scene, met) = meet(Setup::default(), Some(Fault::EmptyList.into())).await;
    assert_eq!(tripped(&met), Some(GuardName::NotEmpty));
    let error = met.report.error.unwrap();
    assert!(error.hint.unwrap().contains("--allow-empty"));
    assert!(scene.dump().await.markers.is_empty());
}

#[tokio::test]
async fn a_page_that_is_no_list_is_told_with_its_first_words() {
    for (fault, words) in [
        (Fault::Html, "Sedang sibuk"),
        (Fault::Empty, "an empty body"),
        (Fault::Garble, "not UTF-8 from byte"),
        (Fault::Redirect, "/login"),
    ] {
        let error = refused(fault).await.report.error.unwrap();
        let begin = "Failed to fetch users from external API: page ";
        assert!(
            error.message.starts_with(begin),
            "{fault}: {}",
            error.message
        );
        assert!(error.message.contains(words), "{fault}: {}", error.message);
        assert_eq!((error.kind, error.hint.is_some()), (Kind::Remote, true));
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_second_gets_it_and_the_wait_is_seen() {
    let rule = Rule::new(Fault::TooMany(Some(1))).on(USERS).at(2);
    let began = Instant::now();
    let (_scene, met) = meet(Setup::default(), Some(rule)).await;
    assert!(began.elapsed().as_millis() >= 1_000);
    let waits: Vec<_> = (met.events.iter())
        .filter_map(|event| match event {
            Event::Retry {
                wait_ms,
                attempt,
                of,
                reason,
                ..
            } => Some((
                *wait_ms,
                *attempt,
                *of,
                reason.contains("429 Too Many Requests"),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(waits, [(1_000, 2, 3, true)]);
    assert_eq!((met.report.error, met.report.inserted), (None, 16));
}

/// The waits that were told: milliseconds, which try follows, of how many.
fn waits(met: &Tried) -> Vec<(u64, u32, u32)> {
    let waits = met.events.iter().filter_map(|event| match event {
        Event::Retry {
            wait_ms,
            attempt,
            of,
            ..
        } => Some((*wait_ms, *attempt, *of)),
        _ => None,
    });
    waits.collect()
}

#[tokio::test]
async fn a_page_that_answers_500_is_tried_again() {
    let rule = Rule::new(Fault::ServerError).on(USERS).at(2);
    let (scene, met) = meet(Setup::default(), Some(rule)).await;
    assert_eq!(waits(&met).len(), 1);
    assert_eq!((met.report.error, met.report.inserted), (None, 16));
    assert_eq!(scene.dump().await.statuses(people::DEV), people::agreed());
}

#[tokio::test]
async fn a_page_that_answers_500_for_good_is_asked_for_three_times() {
    let rule = Rule::new(Fault::ServerError).on(USERS);
    let (scene, met) = meet(Setup::default(), Some(rule)).await;
    let seen = scene.branches[0].requests();
    assert_eq!(seen.len(), 4, "{seen:?}");
    let error = met.report.error.unwrap();
    let wanted = "Failed to fetch users from external API: page 1: 500 Internal Server Error";
    assert!(error.message.starts_with(wanted), "{}", error.message);
    // Nobody knows whether that list is empty.
    let names: Vec<_> = met.plan.guards.iter().map(|guard| guard.name).collect();
    assert!(!names.contains(&GuardName::NotEmpty), "{names:?}");
}

#[tokio::test]
async fn a_login_that_answers_500_is_not_tried_again() {
    let (scene, met) = meet(
        Setup::default(),
        Some(Rule::new(Fault::ServerError).on(LOGIN)),
    )
    .await;
    assert_eq!(scene.branches[0].requests().len(), 1);
    assert_eq!(met.report.error.unwrap().kind, Kind::Remote);
}

#[tokio::test]
async fn a_pause_that_is_longer_than_the_time_there_is_is_not_waited_for() {
    let login = (LOGIN, 60, "Failed to login to external API: ");
    let page = (
        USERS,
        301,
        "Failed to fetch users from external API: page 1: ",
    );
    for (place, seconds, begin) in [login, page] {
        let rule = Rule::new(Fault::TooMany(Some(seconds))).on(place);
        let (_scene, met) = meet(Setup::default(), Some(rule)).await;
        assert_eq!(waits(&met), []);
        let error = met.report.error.unwrap();
        let asked = format!("(Retry-After: {seconds} s)");
        assert!(error.message.starts_with(begin), "{}", error.message);
        assert!(error.message.ends_with(&asked), "{}", error.message);
        let hint = error.hint.unwrap();
        assert!(hint.contains(&format!("a pause of {seconds} s")), "{hint}");
    }
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_exactly_once() {
    let (scene, met) = meet(Setup::default(), Some(Fault::UnauthorizedOnce.into())).await;
    let seen = scene.branches[0].requests();
    let logins = seen.iter().filter(|seen| seen.path == LOGIN).count();
    let refused = seen.iter().filter(|seen| seen.status == Some(401)).count();
    assert_eq!((logins, refused, seen.len()), (2, 1, 8));
    assert_eq!(met.report.error, None);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for fault in [Fault::Redirect, Fault::RedirectLoop] {
        for place in [LOGIN, USERS] {
            let rule = Rule::new(fault).on(place);
            let (scene, met) = meet(Setup::default(), Some(rule)).await;
            let seen = scene.branches[0].requests();
            let ours = [("POST", LOGIN), ("GET", USERS)];
            let all_ours = seen.iter().all(|seen| {
                let asks = |(method, path): &(&str, &str)| {
                    seen.method == *method && seen.path.starts_with(path)
                };
                ours.iter().any(asks)
            });
            assert!(all_ours, "{seen:?}");
            assert_eq!(met.report.error.unwrap().kind, Kind::Remote);
        }
    }
}
