//! The simulated world does what its names say; here is what the tests below share.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use selaras::sim::fault::Rule;
use selaras::sim::locations::{Branch, EMAIL, LOGIN, PASSWORD, Setup, USERS};
use selaras::sim::people;
use serde_json::{Value, json};

mod faults;
mod portal;
mod shapes;
mod wire;

/// A client without time limits: only the simulation decides how long an answer takes.
fn client() -> Client {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap()
}

fn asking_for_json(request: RequestBuilder) -> RequestBuilder {
    request
        .header("Accept", "application/json")
        .header("X-Requested-With", "XMLHttpRequest")
}

async fn log_in_with(client: &Client, branch: &Branch, body: &Value) -> Response {
    let request = client.post(branch.url() + LOGIN).json(body);
    asking_for_json(request).send().await.unwrap()
}

async fn log_in(client: &Client, branch: &Branch) -> Value {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    log_in_with(client, branch, &body)
        .await
        .json()
        .await
        .unwrap()
}

/// A request for a listing by a client that is logged in.
fn list(client: &Client, branch: &Branch, token: &str, query: &str) -> RequestBuilder {
    let url = format!("{}{USERS}?{query}", branch.url());
    asking_for_json(client.get(url)).bearer_auth(token)
}

/// Logs in and asks for one page.
async fn page(branch: &Branch, query: &str) -> Value {
    let client = client();
    let login = log_in(&client, branch).await;
    let token = login["access_token"].as_str().unwrap();
    let answer = list(&client, branch, token, query).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

/// A branch with Test's people and a fault at every request.
fn broken(fault: impl Into<Rule>) -> Branch {
    let branch = Branch::start(setup()).unwrap();
    branch.fault(fault);
    branch
}

/// Setup of a branch with Test's people.
fn setup() -> Setup {
    Setup {
        people: people::test(),
        ..Setup::default()
    }
}

fn emails(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap();
    rows.iter()
        .filter_map(|row| row["email"].as_str())
        .collect()
}
