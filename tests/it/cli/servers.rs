//! Servers that refuse, stay silent or are not there: what people read, and that the next try works.

use std::time::{Duration, Instant};

use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::LOGIN;
use selaras::sim::world::Place;

use super::{Office, sentence};

#[tokio::test]
async fn a_wrong_password_is_told_and_corrected_without_anything_else() {
    let office = Office::open().await;
    let right = selaras::sim::locations::PASSWORD;
    office.set_password("salah");
    let done = office.run(&["users", "plan", "dev"]).await;
    done.expect(
        4,
        "Dev: Failed to login to external API: Unauthorized",
        "error: Dev: Failed to login to external API: Unauthorized (401 Unauthorized, POST ",
    );
    assert!(
        done.err
            .contains("/api/auth/login)\nhint: check EXTERNAL_API_EMAIL"),
        "{done:#?}"
    );
    office.set_password(right);
    let done = office.run(&["users", "apply", "dev", "--yes"]).await;
    done.expect(0, &sentence(25, 0, 0), "");
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_after_the_configured_time() {
    let office = Office::open().await;
    office.set(
        "[users]",
        "timeout = \"700ms\"\nconnect_timeout = \"700ms\"",
    );
    office.branch(Place::Dev).fault(Fault::BlackHole);
    let began = Instant::now();
    let done = office.run(&["users", "apply", "dev", "--yes"]).await;
    done.expect(
        4,
        "",
        "error: Failed to login to external API: Connection timeout: 127.0.0.1:",
    );
    assert!(done.err.contains("\nhint: 127.0.0.1:"), "{done:#?}");
    let took = began.elapsed();
    let expected = Duration::from_millis(700)..Duration::from_secs(5);
    assert!(expected.contains(&took), "{took:?}");
    assert!(office.runs().readable().unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_connection_is_told_at_once() {
    let office = Office::open().await;
    let done = office.run(&["users", "plan", "malang"]).await;
    done.expect(
        4,
        "",
        "error: Malang: Failed to login to external API: Connection refused",
    );
    assert!(!done.err.contains("again in"), "{done:#?}");
}

#[tokio::test]
async fn every_wait_is_said_with_its_reason_and_its_try() {
    let office = Office::open().await;
    let rule = Rule::new(Fault::Unavailable).on(LOGIN).first(1);
    office.branch(Place::Dev).fault(rule);
    let done = office.run(&["users", "plan", "dev"]).await;
    done.expect(
        0,
        "25",
        "! Dev login: 503 Service Unavailable, again in 0.0 s (try 2 of 3)\n",
    );
}

#[tokio::test]
async fn a_list_that_fails_names_page_and_status_and_nothing_is_written() {
    let office = Office::open().await;
    let rule = Rule::new(Fault::ServerError).on("/api/conf/users");
    office.branch(Place::Prod).fault(rule);
    let done = office.run(&["users", "apply", "prod", "--yes"]).await;
    done.expect(
        4,
        "",
        "error: Failed to fetch users from external API: page ",
    );
    assert!(done.err.contains("500 Internal Server Error"), "{done:#?}");
    // Nobody knows whether a list that did not come is empty.
    assert!(!done.err.contains("the list is empty"), "{done:#?}");
    assert_eq!(office.active(Place::Prod).await, 0);
}

#[tokio::test]
async fn ctrl_c_ends_a_plan_at_once() {
    let office = Office::open().await;
    office.branch(Place::Dev).fault(Fault::BlackHole);
    let child = office.start(&["users", "plan", "dev", "--json"]);
    super::office::eventually("a request", || {
        (!office.branch(Place::Dev).requests().is_empty()).then_some(())
    })
    .await;
    super::terminal::interrupt(&child);
    let done = super::office::end_of(child).await;
    assert_eq!(
        (done.exit, done.document()["error"]["kind"].as_str()),
        (130, Some("stopped"))
    );
}
