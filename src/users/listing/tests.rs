//! Shapes of pages, and what makes a listing complete.

use serde_json::json;

use super::*;

fn rows(from: u64, count: u64) -> Vec<Value> {
    let row = |id| json!({"id_user": id, "email": format!("user{id}@dkm"), "status_user": 1});
    (from..from + count).map(row).collect()
}

fn read(body: &Value) -> Page {
    Page::read(body).unwrap()
}

fn gather(pages: &[Value]) -> Listing {
    let mut gathering = Gathering::default();
    for (number, body) in (1..).zip(pages) {
        gathering.take(number, read(body));
    }
    gathering.finish()
}

fn doubt(pages: &[Value]) -> String {
    match gather(pages) {
        Listing::Incomplete(_, Doubt::DoesNotAddUp(why)) => why,
        other => panic!("no contradiction was seen: {other:?}"),
    }
}

#[test]
fn every_documented_shape_is_read() {
    let list = rows(1, 2);
    let figures = |page: &Page| (page.rows.len(), page.total, page.last, page.number);
    let table = [
        (
            json!({"object": list, "total": 36, "page": 1, "limit": 100}),
            (2, Some(36), None, Some(1)),
        ),
        (
            json!({"data": list, "total": "36", "page": "1"}),
            (2, Some(36), None, Some(1)),
        ),
        (json!({"users": list}), (2, None, None, None)),
        (
            json!({"data": list, "current_page": 2, "last_page": 3, "per_page": 2, "total": 6}),
            (2, Some(6), Some(3), Some(2)),
        ),
        (
            json!({"data": list, "meta": {"current_page": 2, "last_page": "3", "total": "6"}}),
            (2, Some(6), Some(3), Some(2)),
        ),
        (
            json!({"status": "success", "object": {"data": list, "total": 9}}),
            (2, None, None, None),
        ),
        (json!(list), (2, None, None, None)),
    ];
    for (body, wanted) in table {
        assert_eq!(figures(&read(&body)), wanted, "{body}");
    }
}

#[test]
fn only_a_plain_zero_means_inactive() {
    let table = [
        (json!(0), false),
        (json!("0"), false),
        (json!(false), false),
        (json!(1), true),
        (json!("1"), true),
        (json!(null), true),
        (json!("inactive"), true),
        (json!(2), true),
    ];
    for (status, active) in table {
        let body = json!([{"id_user": 1, "email": "a@dkm", "status_user": status}]);
        assert_eq!(read(&body).rows[0].active, active, "{status}");
    }
    assert!(read(&json!([{"id_user": 1, "email": "a@dkm"}])).rows[0].active);
}

#[test]
fn what_is_no_list_says_what_was_there() {
    let error = Page::read(&json!({"status": "error", "message": "busy"})).unwrap_err();
    assert_eq!(
        error,
        "no list under object, data or users (keys: status, message)"
    );
    assert!(Page::read(&json!("text")).is_err());
    assert!(Page::read(&json!([{"name": "nobody"}])).is_err());
}

#[test]
fn pages_that_add_up_are_complete() {
    let page = |number: u64, from, count| json!({"object": rows(from, count), "total": 250, "page": number});
    let listing = gather(&[page(1, 1, 100), page(2, 101, 100), page(3, 201, 50)]);
    assert!(
        matches!(&listing, Listing::Complete(seen) if seen.users.len() == 250 && seen.pages == 3)
    );
    let without = [json!(rows(1, 2)), json!(rows(3, 1)), json!([])];
    assert!(matches!(gather(&without), Listing::Complete(_)));
}

#[test]
fn every_contradiction_is_a_doubt() {
    let page = |total: u64, from, count| json!({"object": rows(from, count), "total": total});
    let table: [(&[Value], &str); 9] = [
        (&[page(3, 1, 2)], "2 rows arrived of 3"),
        (
            &[page(4, 1, 2), page(5, 3, 2)],
            "the total changed from 4 on page 1 to 5 on page 2",
        ),
        (
            &[page(4, 1, 2), page(4, 2, 2)],
            "a row comes twice: user2@dkm again on page 2",
        ),
        (
            &[json!(rows(1, 2)), json!([]), json!(rows(3, 2))],
            "page 2 is empty but page 3 is not",
        ),
        (
            &[json!(rows(1, 2)), json!(rows(3, 2))],
            "the end of the list was not seen",
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
            &[json!({"data": rows(1, 2), "last_page": 2})],
            "not all of 2 pages arrived",
        ),
        (
            &[json!({"data": rows(1, 2), "page": 7, "total": 2})],
            "asked for page 1, the server sent page 7",
        ),
    ];
    for (pages, why) in table {
        assert_eq!(doubt(pages), why);
    }
}

#[test]
fn an_end_that_has_rows_when_asked_again_is_a_doubt() {
    let mut gathering = Gathering::default();
    gathering.take(1, read(&json!(rows(1, 2))));
    gathering.take(2, read(&json!([])));
    gathering.take(2, read(&json!(rows(3, 2))));
    gathering.take(3, read(&json!([])));
    assert!(matches!(
        gathering.finish(),
        Listing::Incomplete(_, Doubt::DoesNotAddUp(_))
    ));
}

#[test]
fn a_server_that_sends_one_page_for_ever_is_noticed() {
    let mut gathering = Gathering::default();
    gathering.take(1, read(&json!(rows(1, 2))));
    assert!(!gathering.goes_round());
    gathering.take(2, read(&json!(rows(1, 2))));
    assert!(gathering.goes_round());
    assert!(matches!(
        gathering.finish(),
        Listing::Incomplete(_, Doubt::DoesNotAddUp(_))
    ));
}

#[test]
fn a_page_that_failed_leaves_what_was_seen() {
    let mut gathering = Gathering::default();
    gathering.take(1, read(&json!({"object": rows(1, 2), "total": 4})));
    gathering.fail(crate::error::Error::remote("page 2: 500").into());
    let listing = gathering.finish();
    assert!(matches!(&listing, Listing::Incomplete(_, Doubt::Failed(_))));
    assert_eq!(listing.seen().users.len(), 2);
}
