//! Every fault of an answer is what its name says.

use std::time::{Duration, Instant};

use reqwest::Response;
use selaras::sim::attack::KIT;
use selaras::sim::fault::{Fault, HUGE, Rule};
use selaras::sim::locations::{Branch, EMAIL, PASSWORD, Setup, USERS};
use serde_json::{Value, json};

use super::{broken, client, emails, list, log_in, log_in_with, page, setup};

/// Logs in where the login is broken. The branch must live until the answer is read.
async fn broken_login(fault: Fault) -> (Branch, Response) {
    let branch = broken(fault);
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = log_in_with(&client(), &branch, &body).await;
    (branch, answer)
}

#[tokio::test]
async fn each_status_is_answered_with_a_message() {
    let table = [
        (Fault::TooMany(Some(7)), 429, Some("7")),
        (Fault::TooMany(None), 429, None),
        (Fault::ServerError, 500, None),
        (Fault::BadGateway, 502, None),
        (Fault::Unavailable, 503, None),
        (Fault::GatewayTimeout, 504, None),
    ];
    for (fault, status, retry_after) in table {
        let (_branch, answer) = broken_login(fault).await;
        assert_eq!(answer.status().as_u16(), status);
        let said = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap());
        assert_eq!(said, retry_after);
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["message"].is_string(), "{fault}");
    }
}

#[tokio::test]
async fn each_wrong_body_is_wrong_in_its_own_way() {
    let table = [
        (Fault::Garble, 200, "application/json"),
        (Fault::Html, 200, "text/html; charset=utf-8"),
        (Fault::Html503, 503, "text/html; charset=utf-8"),
        (Fault::Empty, 200, "application/json"),
        (Fault::WrongType, 200, "text/html; charset=utf-8"),
    ];
    for (fault, status, content_type) in table {
        let (_branch, answer) = broken_login(fault).await;
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["content-type"], content_type);
        let body = answer.bytes().await.unwrap();
        assert_eq!(body.is_empty(), fault == Fault::Empty);
        let is_json = serde_json::from_slice::<Value>(&body).is_ok();
        assert_eq!(is_json, fault == Fault::WrongType, "{fault}");
        let is_page = body.starts_with(b"<!DOCTYPE html>");
        assert_eq!(
            is_page,
            matches!(fault, Fault::Html | Fault::Html503),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn redirects_lead_to_a_login_page_or_nowhere() {
    let (_branch, answer) = broken_login(Fault::Redirect).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"/login".parse().unwrap())
    );

    let branch = Branch::start(setup()).unwrap();
    let answer = client().get(branch.url() + "/login").send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("<h1>Masuk</h1>"));

    let (_branch, answer) = broken_login(Fault::RedirectLoop).await;
    let to = answer.headers()["location"].to_str().unwrap();
    let answer = client().get(branch.url() + to).send().await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["location"].to_str().unwrap()
        ),
        (302, to)
    );
}

#[tokio::test]
async fn a_huge_body_is_as_long_as_it_says() {
    let (_branch, mut answer) = broken_login(Fault::Huge).await;
    assert_eq!(answer.content_length(), None);
    let mut length = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert!(length >= HUGE);
}

#[tokio::test]
async fn a_slow_answer_takes_its_time() {
    let latency = Duration::from_millis(30);
    let branch = Branch::start(Setup { latency, ..setup() }).unwrap();
    branch.fault(Fault::Slow(Duration::from_millis(20)));
    let begun = Instant::now();
    log_in(&client(), &branch).await;
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn tokens_are_refused_once_or_from_some_call_on() {
    let table = [
        (Fault::UnauthorizedOnce, [401, 200, 200, 200]),
        (Fault::UnauthorizedAfter(2), [200, 200, 401, 401]),
    ];
    for (fault, expected) in table {
        let branch = broken(fault);
        let client = client();
        let login = log_in(&client, &branch).await;
        let token = login["access_token"].as_str().unwrap();
        for status in expected {
            let answer = list(&client, &branch, token, "").send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{fault}");
        }
    }
}

#[tokio::test]
async fn an_echo_repeats_the_password_and_the_token() {
    let branch = broken(Rule::new(Fault::EchoPassword).first(2));
    let client = client();
    let body = json!({ "email": EMAIL, "password": "kutip\"dan\\garis" });
    let answer = log_in_with(&client, &branch, &body).await;
    assert_eq!(answer.status().as_u16(), 422);
    let answer: Value = answer.json().await.unwrap();
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("kutip\"dan\\garis")
    );
    let answer = list(&client, &branch, "rahasia", "q=cari")
        .send()
        .await
        .unwrap();
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("rahasia") && answer.contains("q=cari"));
}

#[tokio::test]
async fn an_attack_is_in_every_text_and_the_login_still_works() {
    let branch = broken(Fault::Attack);
    let answer = page(&branch, "limit=3").await;
    let rows = answer["object"].as_array().unwrap();
    let texts: Vec<_> = rows
        .iter()
        .flat_map(|row| ["name", "email"].map(|name| &row[name]))
        .collect();
    assert_eq!(texts.len(), 6);
    for text in texts {
        let text = text.as_str().unwrap();
        assert!(KIT.iter().any(|attack| text.contains(attack)), "{text:?}");
    }
    let wrong = json!({ "email": EMAIL, "password": "salah" });
    let answer: Value = log_in_with(&client(), &branch, &wrong)
        .await
        .json()
        .await
        .unwrap();
    assert!(answer["error"].as_str().unwrap().contains("\x1b[2J"));
}

#[tokio::test]
async fn a_listing_is_spoiled_only_where_the_rule_says() {
    let table = [
        (Fault::ForgetPage, 0, 13),
        (Fault::WrongTotal, 5, 20),
        (Fault::TotalChanges, 5, 14),
        (Fault::ShortPage, 2, 13),
        (Fault::DoubledRow, 5, 13),
        (Fault::EmptyList, 0, 0),
    ];
    for (fault, rows, total) in table {
        let branch = broken(Rule::new(fault).on(USERS).at(2));
        for expected in [(5, 13), (rows, total), (5, 13)] {
            let answer = page(&branch, "limit=5").await;
            let total = answer["total"].as_u64().unwrap();
            let mut emails = emails(&answer["object"]);
            assert_eq!((emails.len(), total), expected, "{fault}");
            emails.sort_unstable();
            emails.dedup();
            let doubled = emails.len() < expected.0;
            assert_eq!(
                doubled,
                fault == Fault::DoubledRow && branch.requests().len() == 4
            );
        }
    }
}
