//! Every kind of server over HTTP: how often it is asked, and who is deactivated while rows leave.

use selaras::config::Paging as Configured;
use selaras::engine::Event;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{AfterLastPage, ListShape, Paging, Setup, Totals, USERS};
use selaras::sim::people as world;
use selaras::users::plan::GuardName;

use super::database::Database;
use super::people::DEV;
use super::scene::{Scene, Spot, Tried};

/// How often a list of 0, 36, 101 and 236 rows is asked for, 100 to a page and 50 to a page; `r`
/// where it is refused. From `data/listing_rule.py` of the specification.
const REQUESTS: [(&str, [&str; 2]); 12] = [
    ("total", ["1/2/3/4", "1/2/4/6"]),
    ("laravel", ["1/1/2/3", "1/1/3/5"]),
    ("last_page only", ["1/1/2/3", "1/1/3/5"]),
    ("bare pages", ["1/2/3/4", "1/2/4/6"]),
    ("total of the page", ["1/2/3/4", "1/2/4/6"]),
    // Where pages are asked for ahead, a list that is refused may cost one request more a reading.
    ("total is the limit", ["1/2/3/4", "2r/4r/8r/12r"]),
    ("ignores page and limit", ["1/3/2/2", "1/3/2/2"]),
    ("ignores page", ["1/3r/3r/3r", "1/3r/3r/3r"]),
    ("ignores limit", ["1/2/2/2", "1/2/2/2"]),
    ("404 after", ["1r/3/4/5", "1r/3/5/7"]),
    ("null after", ["1r/3/4/5", "1r/3/5/7"]),
    ("last again", ["1/3/4/5", "1/3/5/7"]),
];

/// A server of a kind.
fn kind(name: &str) -> Setup {
    let plain = Setup {
        totals: Totals::Absent,
        ..Setup::default()
    };
    let totals = |totals| Setup {
        totals,
        ..Setup::default()
    };
    let paging = |paging| Setup {
        paging,
        ..plain.clone()
    };
    let after = |after| Setup {
        after,
        ..plain.clone()
    };
    match name {
        "total" => totals(Totals::Sent),
        "laravel" => Setup {
            list: ListShape::Paginator,
            ..Setup::default()
        },
        "last_page only" => Setup {
            list: ListShape::PaginatorMeta,
            ..totals(Totals::LastPage)
        },
        "bare pages" => Setup {
            list: ListShape::Bare,
            ..plain
        },
        "total of the page" => totals(Totals::OfThePage),
        "total is the limit" => totals(Totals::Limit),
        "ignores page and limit" => paging(Paging::Ignored),
        "ignores page" => paging(Paging::LimitAlone),
        "ignores limit" => paging(Paging::PageAlone),
        "404 after" => after(AfterLastPage::NotFound),
        "null after" => after(AfterLastPage::Null),
        "last again" => after(AfterLastPage::LastPage),
        other => panic!("no kind is called {other}"),
    }
}

async fn scene(database: Database, setup: Setup, here: &[&str]) -> Scene {
    let here = here.iter().map(|email| ((*email).to_owned(), "active"));
    let spot = Spot {
        id: DEV,
        code: "dev",
        setup,
        here: here.collect(),
    };
    Scene::new(database, vec![spot]).await
}

fn pages_asked_for(scene: &Scene) -> usize {
    let seen = scene.branches[0].requests();
    seen.iter()
        .filter(|seen| seen.path.starts_with(USERS))
        .count()
}

/// A sync with so many rows to a page; the other guards are out of the way.
async fn sync(scene: &Scene, page_size: u32) -> Tried {
    let users = scene.users(|settings| {
        settings.page_size = page_size;
        settings.max_deactivate_percent = 100;
    });
    scene.sync(&users).await
}

#[tokio::test]
async fn every_kind_of_server_is_asked_as_often_as_the_rule_says() {
    // One row that stays: the guards must not speak of an empty database.
    let here = ["elsewhere@dkm"];
    for (name, table) in REQUESTS {
        for (cap, wanted) in [None, Some(50)].into_iter().zip(table) {
            let setup = Setup { cap, ..kind(name) };
            let scene = scene(Database::Sqlite, setup, &here).await;
            for (size, wanted) in [0, 36, 101, 236].into_iter().zip(wanted.split('/')) {
                let mut people = world::named("u", size);
                if let Some(person) = people.last_mut() {
                    here[0].clone_into(&mut person.email);
                }
                let count = people.len();
                scene.branches[0].set_people(people);
                scene.reset().await;
                let before = pages_asked_for(&scene);
                // An empty list makes the one row here absent, and is read a second time.
                let readings = if size == 0 && !wanted.ends_with('r') {
                    2
                } else {
                    1
                };
                let met = sync(&scene, 100).await;
                let asked = pages_asked_for(&scene) - before;
                let what = format!("{name}, {cap:?}, {size}: {:?}", met.plan.fetched);
                let is_refused = wanted.ends_with('r');
                assert_eq!(met.plan.fetched.complete, !is_refused, "{what}");
                let wanted: usize = wanted.trim_end_matches('r').parse().unwrap();
                if is_refused {
                    assert!((wanted..=wanted + 2).contains(&asked), "{asked}, {what}");
                } else {
                    let confirmed = size == 0 && name == "laravel";
                    let readings = if confirmed { 1 } else { readings };
                    assert_eq!(asked, wanted * readings, "{what}");
                    assert_eq!(met.plan.fetched.rows, count as u64, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn nobody_who_is_there_is_deactivated_whenever_a_row_is_deleted() {
    for (name, _) in REQUESTS {
        let mut people = world::named("u", 40);
        let emails: Vec<_> = people.iter().map(|person| person.email.clone()).collect();
        let gone = "gone@dkm";
        let here: Vec<_> = emails.iter().map(String::as_str).chain([gone]).collect();
        let setup = Setup {
            people: people.clone(),
            ..kind(name)
        };
        let scene = scene(Database::Sqlite, setup, &here).await;
        let usual = sync(&scene, 15).await;
        let requests = pages_asked_for(&scene) as u64;
        if usual.plan.fetched.complete {
            let deactivated = usual.plan.deactivate.iter().map(|row| row.email.as_str());
            assert_eq!(deactivated.collect::<Vec<_>>(), [gone], "{name}");
        }
        people.sort_by_key(|person| person.id_user);
        let deleted = people.last().unwrap().email.clone();
        for number in 1..=requests {
            let branch = &scene.branches[0];
            branch.clear_faults().unwrap();
            branch.set_people(people.clone());
            scene.reset().await;
            branch.fault(Rule::new(Fault::DeletedRow).on(USERS).at(number));
            let met = sync(&scene, 15).await;
            let wrong: Vec<_> = (met.plan.deactivate.iter())
                .map(|row| &row.email)
                .filter(|email| **email != deleted && *email != gone)
                .collect();
            let fetched = &met.plan.fetched;
            assert!(
                wrong.is_empty(),
                "{name} at {number}: {wrong:?} {fetched:?}"
            );
            let statuses = scene.dump().await.statuses(DEV);
            let inactive = statuses.iter().filter(|(_, status)| status == "inactive");
            let allowed = |email: &str| email == deleted || email == gone;
            assert!(
                inactive.clone().all(|(email, _)| allowed(email)),
                "{name} at {number}"
            );
        }
    }
}

#[tokio::test]
async fn who_moved_past_the_reader_stays_and_the_plan_says_that_the_list_was_read_twice() {
    let people = world::named("u", 40);
    let emails: Vec<_> = people.iter().map(|person| person.email.as_str()).collect();
    let setup = Setup {
        people: people.clone(),
        ..kind("bare pages")
    };
    let scene = scene(Database::Sqlite, setup, &emails).await;
    scene.branches[0].fault(Rule::new(Fault::DeletedRow).on(USERS).at(2));
    let met = sync(&scene, 15).await;
    // The second reading has everybody but the one who was deleted, who was on the first.
    let fetched = &met.plan.fetched;
    assert_eq!((fetched.rows, met.plan.deactivate.len()), (39, 0));
    let twice = "page 4 is empty; read twice, as no total says that these are all";
    assert_eq!(fetched.why.as_deref(), Some(twice));
    let guard = &met.plan.guards[0];
    let wanted = format!("39 rows on 3 pages, complete: {twice}");
    assert_eq!((guard.name, &guard.detail), (GuardName::Complete, &wanted));
    let skipped =
        "1 active user on the first reading of the list and not on the second: left active";
    assert!(
        met.plan.notes.iter().any(|note| note == skipped),
        "{:?}",
        met.plan.notes
    );
    let told = met.events.iter().any(|event| {
        matches!(event, Event::Line { text, .. } if text.contains("reading the list again"))
    });
    assert!(told, "{:?}", met.events);
    // The next sync finds him gone in both readings.
    let met = sync(&scene, 15).await;
    assert_eq!(met.plan.deactivate.len(), 1);
}

#[tokio::test]
async fn a_list_that_contradicts_itself_once_is_read_again() {
    let setup = Setup {
        people: world::named("u", 40),
        ..Setup::default()
    };
    let scene = scene(Database::Sqlite, setup, &["u_vendor1@dkm"]).await;
    scene.branches[0].fault(Rule::new(Fault::WrongTotal).on(USERS).at(2));
    let met = sync(&scene, 15).await;
    assert_eq!((met.report.error, met.report.inserted), (None, 39));
    let why = met.plan.fetched.why.unwrap();
    let wanted =
        "read again, as the first reading contradicted itself (the total changed from 40 to 47";
    assert!(why.contains(wanted), "{why}");
}

#[tokio::test]
async fn a_doubt_names_the_setting_that_settles_it() {
    for database in Database::all().await {
        let setup = Setup {
            people: world::named("u", 236),
            ..kind("ignores page")
        };
        let scene = scene(database, setup, &["u_vendor1@dkm"]).await;
        let met = sync(&scene, 100).await;
        let setting = "paging = \"none\" in the [[users.location]] block of dev settles it";
        let why = met.plan.fetched.why.clone().unwrap();
        assert!(why.ends_with(setting), "{why}");
        assert_eq!(met.plan.tripped().unwrap().name, GuardName::Complete);
        let hint = met.report.error.unwrap().hint.unwrap();
        assert!(hint.ends_with(setting), "{hint}");

        let before = pages_asked_for(&scene);
        // The code of the block decides, and its case does not matter.
        let users = scene.users(|settings| {
            let location = &mut settings.locations[0];
            location.code = "DEV".to_owned();
            location.overrides.paging = Configured::None;
        });
        let met = scene.sync(&users).await;
        assert_eq!((met.report.error, met.plan.fetched.rows), (None, 236));
        assert_eq!(pages_asked_for(&scene) - before, 1);
        let why = met.plan.fetched.why.unwrap();
        assert_eq!(why, "one answer, by paging = \"none\"");
    }
}
