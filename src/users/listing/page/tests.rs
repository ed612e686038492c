//! Shapes of pages.

use serde_json::json;

use super::*;

fn rows(from: u64, count: u64) -> Vec<Value> {
    let row = |id| json!({"id_user": id, "email": format!("user{id}@dkm"), "status_user": 1});
    (from..from + count).map(row).collect()
}

fn read(body: &Value) -> Page {
    Page::read(body).unwrap()
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
    let wanted = "no list under object, data or users (keys: status, message)";
    assert_eq!(error, NoList::Other(wanted.to_owned()));
    assert!(Page::read(&json!("text")).is_err());
    assert!(Page::read(&json!([{"name": "nobody"}])).is_err());
}

#[test]
fn null_for_a_list_is_told_from_a_list_that_failed() {
    let table = [
        (json!(null), Some("null")),
        (json!({"object": null}), Some("object is null")),
        (
            json!({"status": "success", "data": null}),
            Some("data is null"),
        ),
        (json!({"object": {"data": null}}), Some("object is null")),
        (json!({"object": null, "users": []}), None),
        (json!({"status": "error", "object": null}), None),
        (json!({"message": null}), None),
    ];
    for (body, null) in table {
        let read = match Page::read(&body) {
            Err(NoList::Null(why)) => Some(why),
            _ => None,
        };
        assert_eq!(read.as_deref(), null, "{body}");
    }
}

#[test]
fn an_empty_list_of_a_server_that_failed_is_not_the_end_of_a_list() {
    for body in [
        json!({"status": "error", "message": "busy", "object": []}),
        json!({"success": false, "data": []}),
        json!({"error": "out of memory", "data": []}),
        json!({"success": false, "data": null}),
        json!({"status": "Failed", "data": null}),
    ] {
        let read = Page::read(&body);
        assert!(matches!(read, Err(NoList::Other(_))), "{body}: {read:?}");
    }
    for body in [
        json!({"status": "success", "error": null, "data": []}),
        json!({"success": true, "error": "", "errors": [], "data": []}),
        json!({"status": 200, "error": false, "object": []}),
    ] {
        assert_eq!(Page::read(&body).unwrap().rows, [], "{body}");
    }
}
