//! The end of a list at every kind of server, and what contradicts itself.

mod servers;

use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::users::model::{LocalUser, Status};
use crate::users::partition::{Rules, partition};
use servers::{KINDS, Kind, LIMIT, NO_CAP, REQUESTS, SIZES, Server, nothing, user};

fn request(concurrency: usize, paging: Paging) -> ListRequest<'static> {
    ListRequest {
        name: "Dev",
        limit: LIMIT,
        concurrency,
        paging,
    }
}

/// What became of a list, and of the users here.
struct Outcome {
    listing: Listing,
    /// The numbers of those who would be deactivated.
    missing: Vec<u64>,
}

/// A list as a plan reads it, where the users 0 to `local` are active here.
fn plan(server: &mut Server, local: u64, concurrency: usize) -> Outcome {
    // Requests arrive in the order they are sent in.
    let shared = Mutex::new(server);
    let ask = |question| {
        let mut server = shared.lock().unwrap_or_else(PoisonError::into_inner);
        std::future::ready(Ok(server.answer(question)))
    };
    let reading = || async {
        let request = request(concurrency, Paging::Auto);
        read(&request, &Job::silent(), ask).await.unwrap()
    };
    let local: Vec<_> = (0..local)
        .map(|id| LocalUser {
            id: id.into(),
            email: user(id).email,
            status: Status::Active,
        })
        .collect();
    let rules = Rules {
        key: &|email| email.to_owned(),
        protected: &|_| false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut listing = runtime.block_on(reading());
    let mut classes = partition(&listing, &local, &rules);
    if classes.absent > 0 && listing.wants_second_reading() {
        listing = listing.read_again(runtime.block_on(reading()));
        classes = partition(&listing, &local, &rules);
    }
    let missing = classes
        .deactivate
        .iter()
        .map(|row| row.id.as_deref().unwrap().parse().unwrap());
    Outcome {
        missing: missing.collect(),
        listing,
    }
}

#[test]
fn every_kind_of_server_is_asked_as_often_as_the_rule_says() {
    for (cap, table) in REQUESTS {
        for (kind, wanted) in KINDS.into_iter().zip(table) {
            let asked = SIZES.map(|size| {
                let mut server = Server::new(kind, cap, size);
                let outcome = plan(&mut server, size, 1);
                let refused = if outcome.listing.is_complete() {
                    ""
                } else {
                    "r"
                };
                assert_eq!(outcome.missing, [] as [u64; 0], "{kind:?} {size}");
                format!("{}{refused}", server.requests)
            });
            assert_eq!(asked.join("/"), wanted, "{kind:?}, cap {cap}");
        }
    }
}

#[test]
fn pages_at_the_same_time_cost_no_request_more_where_the_list_is_complete() {
    for (cap, table) in REQUESTS {
        for (kind, wanted) in KINDS.into_iter().zip(table) {
            for (size, wanted) in SIZES.into_iter().zip(wanted.split('/')) {
                let mut server = Server::new(kind, cap, size);
                let listing = plan(&mut server, size, 4).listing;
                assert_eq!(
                    listing.is_complete(),
                    !wanted.ends_with('r'),
                    "{kind:?} {size}"
                );
                if listing.is_complete() {
                    assert_eq!(server.requests.to_string(), wanted, "{kind:?} {size}");
                }
            }
        }
    }
}

#[test]
fn nobody_who_is_there_is_deactivated_whoever_is_deleted_meanwhile() {
    let mut done = 0;
    for kind in KINDS {
        for cap in [NO_CAP, 50] {
            let mut seed = Server::new(kind, cap, 0);
            for round in 0..60_u64 {
                let size = [36, 101, 236, 500][usize::try_from(round % 4).unwrap()];
                let mut server = Server::new(kind, cap, size);
                (server.deletions, server.random) = (30, seed.draw(u64::MAX));
                let concurrency = [1, 4][usize::try_from(round / 4 % 2).unwrap()];
                // Two users here are gone for good.
                let outcome = plan(&mut server, size + 2, concurrency);
                let there = |id: &u64| server.rows.contains(id);
                let wrong: Vec<_> = outcome.missing.into_iter().filter(there).collect();
                assert!(wrong.is_empty(), "{kind:?}, cap {cap}, {size}: {wrong:?}");
                done += u64::from(outcome.listing.is_complete());
            }
        }
    }
    // Otherwise nothing was shown.
    assert!(done > 600, "{done} readings were complete");
}

#[test]
fn who_is_gone_for_good_is_missing_at_every_kind_of_server_that_can_be_read() {
    for kind in KINDS {
        let mut server = Server::new(kind, NO_CAP, 236);
        let outcome = plan(&mut server, 238, 4);
        let missing: &[u64] = match kind {
            Kind::IgnoresPage => &[],
            _ => &[236, 237],
        };
        assert_eq!(outcome.missing, missing, "{kind:?}");
    }
}

proptest! {
    /// A list that is complete has everybody, whatever the kind, the size and the cap. Not a cap of
    /// one: a server that ignores the page, too, then answers as one with a single user does.
    #[test]
    fn a_complete_list_has_everybody(
        kind in 0..KINDS.len(), size in 0_u64..600, cap in 2_usize..150, concurrency in 1_usize..6
    ) {
        let mut server = Server::new(KINDS[kind], cap, size);
        let listing = plan(&mut server, size, concurrency).listing;
        if listing.is_complete() {
            let users = (0..size).map(user).collect::<Vec<_>>();
            prop_assert_eq!(&listing.received().users, &users);
        }
    }
}

fn rows(from: u64, count: u64) -> Vec<Value> {
    let row = |id| json!({"id_user": id, "email": format!("user{id}@dkm"), "status_user": 1});
    (from..from + count).map(row).collect()
}

/// What follows from these pages, and from answers asked for once more.
fn step(pages: &[Value], more: &[(Question, Answer)]) -> Step {
    let mut reading = Reading::new(&request(4, Paging::Auto));
    for (number, body) in (1..).zip(pages) {
        let answer = Answer::Page(Page::read(body).unwrap());
        reading.take(Question::Page(number), answer);
    }
    for (question, answer) in more {
        reading.take(*question, answer.clone());
    }
    reading.step()
}

#[test]
fn every_contradiction_is_a_doubt() {
    let page = |total: u64, from, count| json!({"object": rows(from, count), "total": total});
    let table: [(&[Value], &str); 11] = [
        (&[page(3, 1, 2), page(3, 3, 0)], "2 rows arrived of 3"),
        (
            &[page(4, 1, 2), page(5, 3, 2), json!([])],
            "the total changed from 4 to 5 on page 2",
        ),
        (
            &[page(4, 1, 2), page(4, 2, 2)],
            "a row comes twice: user2@dkm again on page 2",
        ),
        (
            &[json!([rows(1, 1)[0], rows(1, 1)[0]])],
            "a row comes twice: user1@dkm again on page 1",
        ),
        (
            &[json!(rows(1, 2)), json!([]), json!(rows(3, 2))],
            "page 2 is empty but page 3 is not",
        ),
        (
            &[
                json!(rows(1, 3)),
                json!(rows(4, 2)),
                json!(rows(6, 3)),
                json!([]),
            ],
            "page 2 has 2 rows where page 1 has 3",
        ),
        (
            &[json!(rows(1, 2)), json!(rows(3, 3)), json!([])],
            "page 2 has 3 rows where page 1 has 2",
        ),
        (
            &[
                json!({"data": rows(1, 2), "last_page": 2}),
                json!({"data": []}),
            ],
            "page 2 is empty, last_page is 2",
        ),
        (
            &[json!({"data": [], "last_page": 2})],
            "page 1 is empty, last_page is 2",
        ),
        (
            &[json!({"data": rows(1, 2), "page": 7, "total": 2})],
            "asked for page 1, the server sent page 7",
        ),
        (&[page(4, 1, 0)], "0 rows arrived of 4"),
    ];
    for (pages, why) in table {
        assert_eq!(
            step(pages, &[]),
            Step::Refuse(Doubt::DoesNotAddUp(why.to_owned()))
        );
    }
}

#[test]
fn an_end_is_believed_only_when_it_is_said_twice_and_nothing_more_was_promised() {
    let pages = [json!(rows(1, 2)), json!(rows(3, 2))];
    let promising = [
        json!({"data": rows(1, 2), "total": 5}),
        json!({"data": rows(3, 2), "total": 5}),
    ];
    let last_page = [
        json!({"data": rows(1, 2), "last_page": 3}),
        json!({"data": rows(3, 2), "last_page": 3}),
    ];
    let same = Answer::Page(Page::read(&pages[1]).unwrap());
    let (page, again) = (Question::Page(3), Question::Again(3));
    let gone = || nothing(NoPage::NotFound);
    let Answer::Nothing(_, failure) = gone() else {
        return;
    };
    let differs = "page 3 was answered differently when asked again";
    let table = [
        (&pages, vec![(page, gone())], Step::Ask(again, 3)),
        (
            &pages,
            vec![(page, gone()), (again, gone())],
            Step::Complete(End::NotFound(3)),
        ),
        (
            &pages,
            vec![(page, gone()), (again, nothing(NoPage::Null))],
            Step::Refuse(Doubt::DoesNotAddUp(differs.to_owned())),
        ),
        (
            &pages,
            vec![(page, same.clone()), (again, same.clone())],
            Step::Complete(End::Again(3)),
        ),
        (
            &pages,
            vec![(page, same), (again, gone())],
            Step::Refuse(Doubt::DoesNotAddUp(differs.to_owned())),
        ),
        (
            &promising,
            vec![(page, gone()), (again, gone())],
            Step::Refuse(Doubt::Failed(failure.clone())),
        ),
        (
            &last_page,
            vec![(page, gone()), (again, gone())],
            Step::Refuse(Doubt::Failed(failure)),
        ),
    ];
    for (pages, more, wanted) in table {
        assert_eq!(step(pages, &more), wanted, "{more:?}");
    }
}

#[test]
fn a_total_says_how_many_pages_can_be_asked_for_at_once() {
    let table = [
        (json!({"data": rows(1, 100), "total": 236}), 4),
        (json!({"data": rows(1, 50), "total": 236}), 6),
        (
            json!({"data": rows(1, 100), "total": 236, "last_page": 3}),
            3,
        ),
        // It may be the count of this page, or the limit.
        (json!({"data": rows(1, 50), "total": 50}), 1),
        (json!({"data": rows(1, 50), "total": 100}), 1),
        (json!(rows(1, 100)), 1),
    ];
    for (first, ahead) in table {
        assert_eq!(step(&[first], &[]), Step::Ask(Question::Page(2), ahead));
    }
}

/// Reads a list whose pages are these; says how many were asked for.
fn reading(paging: Paging, page: impl Fn(Question) -> Result<Answer>) -> (Result<Listing>, usize) {
    let asked = Mutex::new(0);
    let ask = |question| {
        *asked.lock().unwrap() += 1;
        let answer = page(question);
        async move { answer }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let listing = runtime.block_on(read(&request(4, paging), &Job::silent(), ask));
    let asked = *asked.lock().unwrap();
    (listing, asked)
}

#[test]
fn one_answer_is_the_list_where_the_configuration_says_so() {
    let table = [
        (json!(rows(1, 36)), None),
        (json!([]), None),
        (json!({"object": rows(1, 36), "total": 36}), None),
        (
            json!({"object": rows(1, 36), "total": 236}),
            Some("36 rows arrived of 236"),
        ),
        (
            json!({"data": rows(1, 36), "last_page": 7}),
            Some("last_page is 7, but paging = \"none\" asks for one answer"),
        ),
    ];
    for (body, wanted) in table {
        let page = |question: Question| {
            assert_eq!(question, Question::Page(1));
            Ok(Answer::Page(Page::read(&body).unwrap()))
        };
        let (listing, asked) = reading(Paging::None, page);
        match (listing.unwrap(), wanted) {
            (listing @ Listing::Complete(..), None) => {
                assert_eq!((asked, listing.wants_second_reading()), (1, false));
            }
            (Listing::Incomplete(_, doubt), Some(why)) => {
                assert_eq!(doubt, Doubt::DoesNotAddUp(why.to_owned()));
            }
            (other, wanted) => panic!("{wanted:?}: {other:?}"),
        }
    }
}

#[test]
fn a_page_that_failed_leaves_what_was_seen() {
    let page = |question| match question {
        Question::Page(1) => {
            let body = json!({"object": rows(1, 2), "total": 4});
            Ok(Answer::Page(Page::read(&body).unwrap()))
        }
        _ => Err(Error::remote("page 2: 500")),
    };
    let listing = reading(Paging::Auto, page).0.unwrap();
    assert!(matches!(&listing, Listing::Incomplete(_, Doubt::Failed(_))));
    assert_eq!(listing.received().users.len(), 2);
}

#[test]
fn a_stop_ends_a_reading() {
    let page = |_| Err(Error::stopped("page 1"));
    let (listing, _) = reading(Paging::Auto, page);
    assert_eq!(listing.unwrap_err().kind(), crate::error::Kind::Stopped);
}
