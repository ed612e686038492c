//! What the README claims about the screen, measured in one run and compared within it.
//!
//! `cargo bench --bench screen` plays the production loop on a terminal that counts its bytes, in a
//! simulated world; prints the figures, and fails where a promise is broken.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

#[path = "screen/console.rs"]
mod console;
#[path = "screen/flood.rs"]
mod flood;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use console::{Seat, context::app_context};
use flood::Flood;
use selaras::config::DatabaseUrl;
use selaras::context::AppContext;
use selaras::db::{Access, Connection};
use selaras::sim::world::{World, WorldOptions};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const MANY: u64 = 1_000_000;
const FEW: u64 = 100;
/// How much longer a frame may take with many users than with few.
const FRAME_RATIO: f64 = 1.5;
const FRAMES: usize = 300;
const IDLE: Duration = Duration::from_secs(10);
const FLOODED: Duration = Duration::from_secs(8);
const BYTES_A_SECOND: f64 = 3_000.0;
const SLOWEST_KEY: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    selaras::http::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut report = Report::default();
    let few = Office::new(&runtime, FEW);
    let began = Instant::now();
    let mut seat = few.sit(&runtime);
    report.note("first frame", millis(began.elapsed()));
    let small = frame(&mut seat, &runtime);
    idle(&mut seat, &runtime, &mut report);
    drop(seat);
    let many = Office::new(&runtime, MANY);
    let before = memory();
    let mut seat = many.sit(&runtime);
    let large = frame(&mut seat, &runtime);
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    let words = format!("{} and {}: {ratio:.2}", millis(small), millis(large));
    report.hold(
        "frame with 100 and with 1 000 000 users",
        words,
        ratio <= FRAME_RATIO,
    );
    report.note(
        "memory with 1 000 000 users",
        format!("{} MiB more", (memory() - before) / 1024),
    );
    drop(seat);
    flooded(&few, &runtime, &mut report);
    report.finish()
}

/// A world with so many users of Dev, and a context in it.
struct Office {
    _folder: TempDir,
    app: AppContext,
    world: World,
}

impl Office {
    fn new(runtime: &Runtime, users: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let world = runtime.block_on(async {
            let world = World::start(folder.path(), &WorldOptions::default())
                .await
                .unwrap();
            fill(&world.database(), users).await;
            world
        });
        let app = app_context(folder.path(), world.config(), None);
        Self {
            _folder: folder,
            app,
            world,
        }
    }

    /// A screen of 100×30 on which the users are to be seen.
    fn sit(&self, runtime: &Runtime) -> Seat {
        let mut seat = Seat::new(&self.app, runtime);
        seat.settle(runtime);
        seat
    }
}

async fn fill(database: &Path, users: u64) {
    let url = DatabaseUrl::file(database);
    let mut connection = Connection::open(&url, Access::Write).await.unwrap();
    let sql = format!(
        "INSERT INTO users (email, location_id, status, created_at, updated_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {users}) \
         SELECT 'user' || i || '@dkm', 8, 'active', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM n"
    );
    connection.execute(&sql, &[]).await.unwrap();
    connection.close().await.unwrap();
}

/// The median time from a key to its frame, walking through the table.
fn frame(seat: &mut Seat, runtime: &Runtime) -> Duration {
    seat.key("Tab", runtime);
    let mut times: Vec<Duration> = (0..FRAMES)
        .map(|number| seat.key(if number % 2 == 0 { "Down" } else { "Up" }, runtime))
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn idle(seat: &mut Seat, runtime: &Runtime, report: &mut Report) {
    seat.settle(runtime);
    let bytes = seat.play(IDLE, runtime);
    report.hold(
        "bytes sent in 10 s of idleness",
        bytes.to_string(),
        bytes == 0,
    );
}

fn flooded(office: &Office, runtime: &Runtime, report: &mut Report) {
    let flood = Flood::begin(&office.world.state_dir());
    let mut seat = office.sit(runtime);
    seat.until_a_run(runtime);
    seat.key("v", runtime);
    seat.play(Duration::from_secs(1), runtime);
    let began = Instant::now();
    let bytes = seat.play(FLOODED, runtime);
    let rate = f64::from(u32::try_from(bytes).unwrap()) / began.elapsed().as_secs_f64();
    let said = flood.said();
    report.note("events a second of the run", format!("{:.0}", flood.rate()));
    report.hold(
        "bytes a second meanwhile",
        format!("{rate:.0}"),
        rate <= BYTES_A_SECOND,
    );
    let slowest = seat.slowest_key(["k", "G"], FRAMES, runtime);
    report.hold(
        "a key under it, 99 of 100",
        millis(slowest),
        slowest <= SLOWEST_KEY,
    );
    assert!(flood.said() > said, "the flood went on");
}

/// The figures as a table.
#[derive(Default)]
struct Report {
    rows: Vec<(String, String, Option<bool>)>,
}

impl Report {
    fn note(&mut self, what: &str, figure: String) {
        self.rows.push((what.to_owned(), figure, None));
    }

    fn hold(&mut self, what: &str, figure: String, holds: bool) {
        self.rows.push((what.to_owned(), figure, Some(holds)));
    }

    fn finish(self) -> ExitCode {
        println!("\n| what | figure | |\n|---|--:|---|");
        for (what, figure, holds) in &self.rows {
            let word = match holds {
                None => "recorded",
                Some(true) => "holds",
                Some(false) => "BROKEN",
            };
            println!("| {what} | {figure} | {word} |");
        }
        let broken = self.rows.iter().any(|(_, _, holds)| *holds == Some(false));
        if broken {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// What this process has in memory, in KiB (`VmRSS`, see proc(5)).
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
