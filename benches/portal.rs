//! A sync of ours from the portal, by what limits it: the portal's latency, and `psql` copying the
//! same rows; its most memory; and how soon its frames are at a hundred clients.
//!
//! `cargo bench --bench portal -- copy` measures one of: latency, copy, memory, frames.
//!
//! The simulated portal is a process of its own. Rivals take turns, and the best time of each
//! counts: other work on the machine only ever adds.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

#[path = "portal/clients.rs"]
mod clients;
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
#[path = "portal/memory.rs"]
mod memory;
#[path = "portal/office.rs"]
mod office;
#[path = "portal/rival.rs"]
mod rival;

// Where the shared modules look for it.
use it::harness;

use std::process::ExitCode;
use std::time::Duration;

use it::postgres::Server;
use office::{Elsewhere, LATENCY, Office, Size, is_portal};
use selaras::config::DatabaseUrl;

/// As `concurrency` is by default.
const TOGETHER: f64 = 10.0;
const ROUNDS: usize = 4;
const FILE: &str = "sqlite:dapodik.db";
/// The bounds: by the latency, by `COPY`, by the memory of the smaller sync, in MiB.
const BY_LATENCY: f64 = 1.15;
const BY_COPY: f64 = 3.0;
const BY_SMALLER: f64 = 1.2;
const MOST_MEMORY: f64 = 60.0;
const SLOWEST_FRAME: f64 = 0.1;

#[tokio::main]
async fn main() -> ExitCode {
    selaras::http::install_tls();
    if let Some(ended) = is_portal().await {
        return ended;
    }
    // Where there is none, that is said.
    let server = it::postgres::server().await;
    // `cargo bench` adds a flag of its own.
    let part = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let chosen = |name: &str| part.as_deref().is_none_or(|part| part == name);
    println!(
        "\n| what | median | from, to | by | median | from, to | ratio of the best | bound | |"
    );
    println!("|---|--:|--:|---|--:|--:|--:|--:|---|");
    let mut holds = !chosen("latency") || slow(server).await;
    if let Some(server) = server.filter(|_| chosen("copy")) {
        holds &= fast(server).await;
    }
    println!("\n| what | figure | bound | |\n|---|--:|--:|---|");
    holds &= !chosen("memory") || small(server).await;
    holds &= !chosen("frames") || attached().await;
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The same figure, measured several times.
#[derive(Default)]
struct Measured(Vec<f64>);

impl Measured {
    fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
        self.0.sort_by(f64::total_cmp);
    }

    fn best(&self) -> f64 {
        self.0[0]
    }

    /// `5.52 s | 5.41 – 6.02`.
    fn words(&self) -> String {
        let (median, most) = (self.0[self.0.len() / 2], self.0[self.0.len() - 1]);
        format!("{median:.2} s | {:.2} – {most:.2}", self.best())
    }
}

/// A row of two rivals; whether ours keeps the bound, where there is one.
fn race(what: &str, ours: &Measured, by: &str, theirs: &Measured, bound: Option<f64>) -> bool {
    let ratio = ours.best() / theirs.best();
    let (bound, word, holds) = match bound {
        None => (String::new(), "", true),
        Some(bound) if ratio <= bound => (format!("{bound:.2}"), "holds", true),
        Some(bound) => (format!("{bound:.2}"), "BROKEN", false),
    };
    let (ours, theirs) = (ours.words(), theirs.words());
    println!("| {what} | {ours} | {by} | {theirs} | {ratio:.2} | {bound} | {word} |");
    holds
}

/// A row of one figure; whether it keeps the bound.
fn hold(what: &str, figure: f64, bound: f64, unit: &str) -> bool {
    let holds = figure <= bound;
    let word = if holds { "holds" } else { "BROKEN" };
    println!("| {what} | {figure:.2}{unit} | {bound:.2}{unit} | {word} |");
    holds
}

/// Fresh databases: a file, and one of the server's where there is a server.
async fn databases(server: Option<&Server>) -> Vec<(&'static str, String)> {
    let mut databases = vec![("SQLite", FILE.to_owned())];
    if let Some(server) = server {
        databases.push(("PostgreSQL", rival::empty(server).await.to_string()));
    }
    databases
}

/// 17 × 45 × 12 at 50 ms latency, by the time that its requests take ten at once.
async fn slow(server: Option<&Server>) -> bool {
    let portal = Elsewhere::start(Size::Slow);
    let mut holds = true;
    let mut races: Vec<(&str, Measured, Measured)> = Vec::new();
    for _ in 0..ROUNDS {
        for (at, (name, database)) in databases(server).await.into_iter().enumerate() {
            let done = Office::new(&portal.url, &database).sync(Size::Slow).await;
            if races.len() == at {
                races.push((name, Measured::default(), Measured::default()));
            }
            let requests = f64::from(u32::try_from(done.requests).unwrap());
            races[at].1.add(done.took);
            races[at].2.add(LATENCY.mul_f64(requests / TOGETHER));
        }
    }
    for (name, ours, limit) in races {
        let what = format!("17 × 45 × 12 at 50 ms, 10 at once, {name}");
        holds &= race(&what, &ours, "the limit", &limit, Some(BY_LATENCY));
    }
    holds
}

/// 5,000 schools and 60,000 PTK without latency, by `psql` copying the same rows.
async fn fast(server: &Server) -> bool {
    let portal = Elsewhere::start(Size::Large);
    let (mut sync, mut again, mut copy) = three();
    let mut rows_alone = Measured::default();
    let (mut fetch, mut write, mut simulated) = three();
    let mut refreshed = Measured::default();
    for _ in 0..ROUNDS {
        let url = rival::empty(server).await;
        let office = Office::new(&portal.url, &url.to_string());
        let before = portal.processor();
        let done = office.sync(Size::Large).await;
        sync.add(done.took);
        rows_alone.add(done.rows);
        let spent = portal.processor() - before;
        simulated.add(Duration::from_secs_f64(spent));
        again.add(office.sync(Size::Large).await.took);
        let (rows, whole) = copied(server, &url).await;
        copy.add(rows);
        refreshed.add(whole);
        let (took, rows) = rival::fetch(&office).await;
        fetch.add(took);
        write.add(rival::write(&rival::empty(server).await, rows).await);
    }
    let by = "`COPY` by psql";
    let (schools, staff) = Size::Large.rows();
    let rows = format!("{schools} schools and {staff} PTK into PostgreSQL");
    let both = "`COPY` and refresh by psql";
    let holds = race(&rows, &rows_alone, by, &copy, Some(BY_COPY));
    race("the same, and the view", &sync, both, &refreshed, None);
    let second = "the same, second run: all the same";
    race(second, &again, both, &refreshed, None);
    race("asking alone, nothing written", &fetch, by, &copy, None);
    race("writing alone, nothing asked", &write, by, &copy, None);
    race(
        "processor of the simulated portal",
        &simulated,
        by,
        &copy,
        None,
    );
    holds
}

fn three() -> (Measured, Measured, Measured) {
    (
        Measured::default(),
        Measured::default(),
        Measured::default(),
    )
}

/// How long `psql` takes for the rows of this database, without the view and with it.
async fn copied(server: &Server, url: &DatabaseUrl) -> (Duration, Duration) {
    let folder = tempfile::tempdir().unwrap();
    rival::dump(url, folder.path());
    rival::copy(&rival::empty(server).await, folder.path())
}

/// The most memory of the worker: 78 kecamatan by 17.
async fn small(server: Option<&Server>) -> bool {
    let mut most: Vec<(&str, Vec<f64>)> = Vec::new();
    for size in [Size::Usual, Size::Large] {
        let portal = Elsewhere::start(size);
        for (at, (name, database)) in databases(server).await.into_iter().enumerate() {
            if most.len() == at {
                most.push((name, Vec::new()));
            }
            let office = Office::new(&portal.url, &database);
            most[at].1.push(memory::of_worker(&office));
        }
    }
    let mut holds = true;
    for (name, most) in most {
        let what = format!("most memory at 78 kecamatan, {name}");
        holds &= hold(&what, most[1], MOST_MEMORY, " MiB");
        let what = format!("by that at 17 ({:.1} MiB)", most[0]);
        holds &= hold(&what, most[1] / most[0], BY_SMALLER, "");
    }
    holds
}

/// A frame of a sync at 50 ms latency, to a hundred clients of `selaras serve`.
async fn attached() -> bool {
    let portal = Elsewhere::start(Size::Slow);
    let (delays, frames) = clients::delays(&Office::new(&portal.url, FILE)).await;
    let slowest = delays[delays.len() * 99 / 100].as_secs_f64();
    let what = format!(
        "{frames} frames at {} clients, 99 of 100 (half of them within {:.0} ms)",
        clients::CLIENTS,
        delays[delays.len() / 2].as_secs_f64() * 1_000.0
    );
    hold(&what, slowest, SLOWEST_FRAME, " s")
}
