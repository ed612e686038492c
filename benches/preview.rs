//! A preview of 800 users at 50 ms latency, by the round trips that cannot be avoided: a login,
//! the first page, the other pages as many at a time as the configuration allows.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

#[path = "../tests/it"]
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests, which use more of it"
)]
mod it {
    pub mod harness;
    pub mod mariadb;
    pub mod sweep {
        pub mod database;
        pub mod scene;
    }
}

mod measure;

// Where the shared modules look for it.
use it::harness;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use it::sweep::database::Database;
use it::sweep::scene::{Scene, Spot};
use measure::{Best, finish};
use reqwest::{Client, RequestBuilder};
use selaras::engine::{Engine as _, Job};
use selaras::sim::locations::{EMAIL, LOGIN, PASSWORD, Setup, USERS};
use selaras::sim::people;
use selaras::users::Request;
use serde_json::{Value, json};

const LATENCY: Duration = Duration::from_millis(50);
const ROUNDS: usize = 9;
/// As `page_size` and `concurrency` are by default.
const PAGE: usize = 100;
const TOGETHER: usize = 4;

#[tokio::main]
async fn main() -> ExitCode {
    let people = people::prod();
    let pages = people.len().div_ceil(PAGE);
    // Most are known already, as on every day but the first.
    let here = people
        .iter()
        .take(780)
        .map(|person| (person.email.clone(), "active"))
        .collect();
    let setup = Setup {
        people,
        latency: LATENCY,
        ..Setup::default()
    };
    let (id, code) = (1, "prod");
    let scene = Scene::new(
        Database::Sqlite,
        vec![Spot {
            id,
            code,
            setup,
            here,
        }],
    )
    .await;
    let users = scene.users(|settings| settings.page_size = 100);
    let mut best = Best::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let plan = users
            .plan(Request::default(), &Job::silent())
            .await
            .unwrap();
        best.ours(began);
        assert_eq!(
            (plan.locations[0].new.len(), plan.locations[0].unchanged),
            (20, 780)
        );
        let began = Instant::now();
        assert_eq!(bare(&scene.branches[0].url(), pages).await, 800);
        best.theirs(began);
    }
    finish(
        "bare requests",
        &[best.race("preview of 800 users at 50 ms latency", 1.5)],
    )
}

/// The same calls and nothing else.
async fn bare(url: &str, pages: usize) -> usize {
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let login = send(client.post(format!("{url}{LOGIN}")).json(&body)).await;
    let token = login["access_token"].as_str().unwrap();
    let page = |number: usize| {
        let query = format!("q=&limit={PAGE}&page={number}&sort=id_user&order=desc");
        let request = client
            .get(format!("{url}{USERS}?{query}"))
            .bearer_auth(token);
        async { send(request).await["object"].as_array().unwrap().len() }
    };
    let first = page(1).await;
    let others = stream::iter(2..=pages).map(page).buffer_unordered(TOGETHER);
    first + others.fold(0, async |sum, rows| sum + rows).await
}

async fn send(request: RequestBuilder) -> Value {
    let request = request
        .header("Accept", "application/json")
        .header("X-Requested-With", "XMLHttpRequest");
    request.send().await.unwrap().json().await.unwrap()
}
