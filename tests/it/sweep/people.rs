//! 60 people there, 65 rows here: some of every class, the same ones every time.

use selaras::sim::people::{self, Person, Status};

use super::scene::Spot;
use selaras::sim::locations::Setup;

/// `locations.id` of the place that is synced, and of one that must not be touched.
pub const DEV: i64 = 8;
const OTHER: i64 = 7;

const ACTIVE: &str = "active";
const INACTIVE: &str = "inactive";

/// How many of each class there are; together the 60 there come first.
const UNCHANGED: usize = 36;
const BACK: usize = 6;
const NEW: usize = 16;
pub const DISMISSED: usize = 2;
const GONE: usize = 5;
const LONG_GONE: usize = 3;
const PROTECTED: usize = 3;
const ELSEWHERE: usize = 10;

/// Everybody, in the order of the classes.
fn everybody() -> Vec<Person> {
    people::named("u", UNCHANGED + BACK + NEW + DISMISSED + GONE + LONG_GONE)
}

fn emails(from: usize, count: usize) -> impl Iterator<Item = String> {
    let chosen = everybody().into_iter().skip(from).take(count);
    chosen.map(|person| person.email)
}

/// Whom the server lists.
pub fn there() -> Vec<Person> {
    let mut people = everybody();
    people.truncate(UNCHANGED + BACK + NEW + DISMISSED);
    for person in people.iter_mut().rev().take(DISMISSED) {
        person.status = Some(Status::Inactive);
    }
    people
}

/// Whom the database has for it at first.
pub fn here() -> Vec<(String, &'static str)> {
    let with = |emails: Vec<String>, status| emails.into_iter().map(move |email| (email, status));
    let mut known: Vec<_> = emails(0, UNCHANGED).collect();
    // One is spelled as somebody once typed it.
    known[0] = known[0].to_uppercase();
    let back = emails(UNCHANGED, BACK).collect();
    let leaving = emails(UNCHANGED + BACK + NEW, DISMISSED + GONE).collect();
    let long_gone = emails(UNCHANGED + BACK + NEW + DISMISSED + GONE, LONG_GONE).collect();
    let guards = (1..=PROTECTED).map(|number| format!("penjaga{number}@kantor"));
    with(known, ACTIVE)
        .chain(with(back, INACTIVE))
        .chain(with(leaving, ACTIVE))
        .chain(with(long_gone, INACTIVE))
        .chain(with(guards.collect(), ACTIVE))
        .collect()
}

/// How everybody stands once the database agrees with the server.
pub fn agreed() -> Vec<(String, String)> {
    let (leaving, back): (Vec<_>, Vec<_>) =
        (leaving().collect(), emails(UNCHANGED, BACK).collect());
    let new = emails(UNCHANGED + BACK, NEW).map(|email| (email, ACTIVE));
    let all = here().into_iter().chain(new).map(|(email, status)| {
        let status = match status {
            _ if leaving.contains(&email) => INACTIVE,
            _ if back.contains(&email) => ACTIVE,
            status => status,
        };
        (email, status.to_owned())
    });
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

/// Who is really gone: these and nobody else may be deactivated.
pub fn leaving() -> impl Iterator<Item = String> {
    emails(UNCHANGED + BACK + NEW, DISMISSED + GONE)
}

/// A place with these people, and one with some of the same that nobody asks about.
pub fn spots(options: Setup) -> Vec<Spot> {
    let setup = Setup {
        people: there(),
        ..options
    };
    let elsewhere = emails(0, ELSEWHERE).map(|email| (email, ACTIVE));
    vec![
        Spot {
            id: DEV,
            code: "dev",
            setup,
            here: here(),
        },
        Spot {
            id: OTHER,
            code: "other",
            setup: Setup::default(),
            here: elsewhere.collect(),
        },
    ]
}
