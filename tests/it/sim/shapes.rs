//! A branch server answers in every documented shape, and to nobody else.

use reqwest::StatusCode;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{
    AfterLastPage, Branch, EMAIL, ListShape, Numbers, PASSWORD, Paging, Refusal, Setup,
    StatusField, TOKEN_MARK, TokenPlace, Totals, USERS,
};
use selaras::sim::people::{self, Status};
use serde_json::{Value, json};

use super::{asking_for_json, client, emails, list, log_in, log_in_with, page, setup};

#[tokio::test]
async fn a_login_carries_the_token_where_it_was_asked_to() {
    for place in TokenPlace::ALL {
        let branch = Branch::start(Setup {
            token: place,
            ..setup()
        });
        let answer = log_in(&client(), &branch.unwrap()).await;
        let pointer = match place {
            TokenPlace::AccessToken => "/access_token",
            TokenPlace::Token => "/token",
            TokenPlace::ObjectAccessToken => "/object/access_token",
            TokenPlace::ObjectToken => "/object/token",
            TokenPlace::DataAccessToken => "/data/access_token",
            TokenPlace::DataToken => "/data/token",
            TokenPlace::Nowhere => {
                assert!(!answer.to_string().contains(TOKEN_MARK));
                continue;
            }
        };
        let token = answer.pointer(pointer).and_then(Value::as_str);
        assert!(
            token.is_some_and(|token| token.starts_with(TOKEN_MARK)),
            "{place:?}"
        );
        assert_eq!(answer.to_string().matches(TOKEN_MARK).count(), 1);
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_in_both_shapes() {
    for refusal in Refusal::ALL {
        let branch = Branch::start(Setup { refusal, ..setup() }).unwrap();
        let wrong = json!({ "email": EMAIL, "password": "salah" });
        let answer = log_in_with(&client(), &branch, &wrong).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let answer: Value = answer.json().await.unwrap();
        match refusal {
            Refusal::Error => assert_eq!(answer, json!({ "error": "Unauthorized" })),
            Refusal::Message => {
                assert_eq!(answer["status"], "error");
                assert!(answer["message"].is_string());
            }
        }
    }
}

#[tokio::test]
async fn a_login_without_its_fields_is_a_500_with_a_message() {
    let branch = Branch::start(setup()).unwrap();
    for body in [json!({}), json!({ "email": EMAIL }), json!([1])] {
        let answer = log_in_with(&client(), &branch, &body).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["message"].as_str().unwrap().starts_with("Undefined"));
    }
}

#[tokio::test]
async fn a_listing_without_its_headers_or_token_is_a_401() {
    let branch = Branch::start(setup()).unwrap();
    let client = client();
    let login = log_in(&client, &branch).await;
    let token = login["access_token"].as_str().unwrap();
    let url = branch.url() + USERS;
    let requests = [
        asking_for_json(client.get(&url)),
        asking_for_json(client.get(&url)).bearer_auth("invented"),
        client.get(&url).bearer_auth(token),
        client
            .get(&url)
            .bearer_auth(token)
            .header("Accept", "application/json"),
    ];
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn every_shape_lists_the_same_people_with_its_own_figures() {
    let own = ["total", "page", "limit", "status"];
    let laravel = ["total", "current_page", "per_page", "last_page"];
    let table = [
        (
            ListShape::Object,
            "/object",
            "",
            own,
            json!([13, 3, 5, "success"]),
        ),
        (
            ListShape::Data,
            "/data",
            "",
            own,
            json!([13, 3, 5, "success"]),
        ),
        (
            ListShape::Users,
            "/users",
            "",
            own,
            json!([13, 3, 5, "success"]),
        ),
        (
            ListShape::Paginator,
            "/data",
            "",
            laravel,
            json!([13, 3, 5, 3]),
        ),
        (
            ListShape::PaginatorMeta,
            "/data",
            "/meta",
            laravel,
            json!([13, 3, 5, 3]),
        ),
        (
            ListShape::Bare,
            "",
            "",
            own,
            json!([null, null, null, null]),
        ),
    ];
    for (list, rows, figures, names, expected) in table {
        let branch = Branch::start(Setup { list, ..setup() }).unwrap();
        let answer = page(&branch, "limit=5&page=3&sort=id_user&order=desc").await;
        let rows = emails(answer.pointer(rows).unwrap());
        assert_eq!(
            rows,
            ["test_petugas1@dkm", "test_vendor1@dkm", "vendor1@dkm"]
        );
        let figures = answer.pointer(figures).unwrap();
        assert_eq!(
            json!(names.map(|name| &figures[name])),
            expected,
            "{list:?}"
        );
    }
}

#[tokio::test]
async fn totals_are_absent_where_they_are_to_be() {
    for list in ListShape::ALL {
        for totals in Totals::ALL {
            let branch = Branch::start(Setup {
                list,
                totals,
                ..setup()
            });
            let answer = page(&branch.unwrap(), "limit=5").await.to_string();
            let bare = list == ListShape::Bare;
            let paginated = matches!(list, ListShape::Paginator | ListShape::PaginatorMeta);
            let says = (
                answer.contains("\"total\""),
                answer.contains("\"last_page\""),
            );
            let expected = (
                !bare && !matches!(totals, Totals::Absent | Totals::LastPage),
                paginated && matches!(totals, Totals::Sent | Totals::LastPage),
            );
            assert_eq!(says, expected, "{list:?} {totals:?}");
        }
    }
}

#[tokio::test]
async fn paging_may_be_ignored_and_the_end_may_be_anything() {
    let count = |answer: &Value| answer["object"].as_array().map(Vec::len);
    let table = [
        (Paging::Obeyed, [Some(5), Some(3), Some(0)]),
        (Paging::Ignored, [Some(13); 3]),
        (Paging::LimitAlone, [Some(5); 3]),
        (Paging::PageAlone, [Some(13), Some(0), Some(0)]),
    ];
    for (paging, expected) in table {
        let branch = Branch::start(Setup { paging, ..setup() }).unwrap();
        for (number, expected) in [1, 3, 4].into_iter().zip(expected) {
            let answer = page(&branch, &format!("limit=5&page={number}")).await;
            assert_eq!(count(&answer), expected, "{paging:?} {number}");
        }
    }
    let table = [
        (AfterLastPage::Empty, json!([])),
        (AfterLastPage::Null, Value::Null),
        (AfterLastPage::LastPage, json!([3, 2, 1])),
    ];
    for (after, expected) in table {
        let branch = Branch::start(Setup { after, ..setup() }).unwrap();
        let answer = page(&branch, "limit=5&page=4&sort=id_user&order=desc").await;
        let ids = |rows: &Vec<Value>| rows.iter().map(|row| row["id_user"].clone()).collect();
        let listed = answer["object"].as_array().map_or(Value::Null, ids);
        assert_eq!(listed, expected, "{after:?}");
    }
    let after = AfterLastPage::NotFound;
    let branch = Branch::start(Setup { after, ..setup() }).unwrap();
    let client = client();
    let login = log_in(&client, &branch).await;
    let token = login["access_token"].as_str().unwrap();
    for (number, status) in [(3, 200), (4, 404)] {
        let query = format!("limit=5&page={number}");
        let answer = list(&client, &branch, token, &query).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "page {number}");
    }
}

#[tokio::test]
async fn a_total_may_count_the_page_alone_or_be_the_limit() {
    for (totals, expected) in [(Totals::OfThePage, 3), (Totals::Limit, 5)] {
        let branch = Branch::start(Setup { totals, ..setup() }).unwrap();
        assert_eq!(page(&branch, "limit=5&page=3").await["total"], expected);
    }
}

#[tokio::test]
async fn a_row_deleted_meanwhile_moves_the_others_up() {
    let branch = Branch::start(setup()).unwrap();
    let fault = Rule::new(Fault::DeletedRow).on(USERS).at(1);
    let before = page(&branch, "limit=5&page=2").await;
    branch.fault(fault);
    let after = page(&branch, "limit=5&page=2").await;
    assert_eq!(after["total"], 12);
    assert_eq!(
        emails(&after["object"])[..4],
        emails(&before["object"])[1..]
    );
}

#[tokio::test]
async fn numbers_may_be_texts_and_statuses_may_be_absent() {
    let branch = Branch::start(Setup {
        numbers: Numbers::Text,
        ..setup()
    });
    let answer = page(&branch.unwrap(), "limit=5&page=2").await;
    let row = &answer["object"][0];
    let said = [
        &row["id_user"],
        &row["status_user"],
        &answer["total"],
        &answer["page"],
    ];
    assert_eq!(json!(said), json!(["8", "1", "13", "2"]));

    let mut people = people::test();
    people[12].status = Some(Status::Inactive);
    people[11].status = None;
    for (statuses, expected) in [
        (StatusField::Sent, json!([0, null, 1])),
        (StatusField::Absent, json!([null, null, null])),
    ] {
        let people = people.clone();
        let branch = Branch::start(Setup {
            people,
            statuses,
            ..setup()
        });
        let answer = page(&branch.unwrap(), "limit=3").await;
        let said = [0, 1, 2].map(|index| answer["object"][index]["status_user"].clone());
        assert_eq!(json!(said), expected);
    }
}

#[tokio::test]
async fn a_listing_obeys_its_query_up_to_the_cap() {
    let cap = Some(4);
    let branch = Branch::start(Setup { cap, ..setup() }).unwrap();
    let answer = page(&branch, "limit=100").await;
    assert_eq!(emails(&answer["object"]).len(), 4);
    assert_eq!(json!([answer["limit"], answer["total"]]), json!([4, 13]));
    let answer = page(&branch, "q=VENDOR1&sort=id_user&order=asc").await;
    assert_eq!(
        emails(&answer["object"]),
        ["vendor1@dkm", "test_vendor1@dkm"]
    );
    let answer = page(&branch, "limit=2&sort=email&order=asc").await;
    assert_eq!(
        emails(&answer["object"]),
        ["test_admin1@dkm", "test_admin2@dkm"]
    );
    let answer = page(&branch, "limit=4&page=5").await;
    assert_eq!(answer["object"], json!([]));
}

#[tokio::test]
async fn people_may_come_and_go_while_it_runs() {
    let branch = Branch::start(setup()).unwrap();
    assert_eq!(page(&branch, "limit=1").await["total"], 13);
    branch.set_people(people::prod());
    assert_eq!(page(&branch, "limit=1").await["total"], 800);
}

#[tokio::test]
async fn requests_are_told_in_order_and_without_secrets() {
    let branch = Branch::start(setup()).unwrap();
    page(&branch, "limit=1").await;
    let seen = branch.requests();
    let told: Vec<_> = seen
        .iter()
        .map(|seen| {
            (
                seen.method.as_str(),
                seen.path.as_str(),
                seen.status,
                seen.connection,
            )
        })
        .collect();
    let expected = [
        ("POST", "/api/auth/login", Some(200), 1),
        ("GET", "/api/conf/users?limit=1", Some(200), 1),
    ];
    assert_eq!(told, expected);
    let all = format!("{seen:?}");
    assert!(!all.contains(PASSWORD) && !all.contains(TOKEN_MARK));
}
