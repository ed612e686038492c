//! A sync of ours from the portal: how close it comes to the limits of the wire and of the database.

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
    pub mod postgres;
}
#[path = "portal/office.rs"]
mod office;
#[path = "portal/rival.rs"]
mod rival;

// Where the shared modules look for it.
use it::harness;

use std::process::ExitCode;
use std::time::Duration;

use office::{Elsewhere, Office, Size, is_portal, processor};

#[tokio::main]
async fn main() -> ExitCode {
    selaras::http::install_tls();
    if let Some(ended) = is_portal().await {
        return ended;
    }
    let part = std::env::args().nth(1).unwrap_or_default();
    let server = it::postgres::server().await.unwrap();
    if part == "1" {
        let portal = Elsewhere::start(Size::Slow);
        for round in 0..3 {
            let url = rival::empty(server).await;
            let office = Office::new(&portal.url, &url.to_string());
            let done = office.sync().await;
            let limit = Duration::from_millis(5) * done.requests as u32;
            println!("pg {:?} requests {} limit {:?} ratio {:.3}", done.took, done.requests, limit, done.took.as_secs_f64() / limit.as_secs_f64());
            let office = Office::new(&portal.url, "sqlite:dapodik.db");
            let done = office.sync().await;
            println!("sqlite {:?} requests {} limit {:?} ratio {:.3}", done.took, done.requests, limit, done.took.as_secs_f64() / limit.as_secs_f64());
        }
    }
    if part == "2" {
        let portal = Elsewhere::start(Size::Large);
        let me = std::process::id();
        for round in 0..3 {
            let url = rival::empty(server).await;
            let office = Office::new(&portal.url, &url.to_string());
            let before = (processor(me), portal.processor());
            let done = office.sync().await;
            println!("sync {:?} cpu ours {:.2} portal {:.2}", done.took, processor(me) - before.0, portal.processor() - before.1);
            println!("   {}", done.report.refresh.clone().unwrap_or_default());
            let before = (processor(me), portal.processor());
            let again = office.sync().await;
            println!("again {:?} cpu ours {:.2} portal {:.2}", again.took, processor(me) - before.0, portal.processor() - before.1);
            let folder = tempfile::tempdir().unwrap();
            rival::dump(&url, folder.path());
            let theirs = rival::empty(server).await;
            let copied = rival::copy(&theirs, folder.path());
            println!("copy {copied:?} ratio {:.2}", done.took.as_secs_f64() / copied.as_secs_f64());
            let before = (processor(me), portal.processor());
            let (took, rows) = rival::fetch(&office).await;
            println!("fetch alone {took:?} cpu ours {:.2} portal {:.2}", processor(me) - before.0, portal.processor() - before.1);
            let before = processor(me);
            let third = rival::empty(server).await;
            let took = rival::write(&third, rows).await;
            println!("write alone {took:?} cpu ours {:.2}", processor(me) - before);
        }
    }
    ExitCode::SUCCESS
}
