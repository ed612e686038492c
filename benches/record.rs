//! What the README may say: figures of the real program, recorded with machine and date.
//!
//! Nothing here has a bound, except that everything must work.

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

// Where the shared modules look for it.
use it::harness;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use it::sweep::database::Database;
use it::sweep::scene::{Scene, Spot};
use selaras::engine::{Engine as _, Job};
use selaras::run::Runs;
use selaras::sim::locations::Setup;
use selaras::sim::people;
use selaras::users::Request;

const ROUNDS: usize = 15;

#[tokio::main]
async fn main() {
    let (id, code, here) = (1, "prod", Vec::from([("lama@dkm".to_owned(), "inactive")]));
    let setup = Setup {
        people: people::prod(),
        ..Setup::default()
    };
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
    let start = median(
        (0..ROUNDS)
            .map(|_| run(program(&scene, &["--version"])).0)
            .collect(),
    );
    let (mut engine, mut command, mut plan, mut apply) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        engine.push(apply_in_process(&scene).await);
        scene.reset().await;
        plan.push(
            blocking(program(&scene, &["users", "plan", "prod"]))
                .await
                .1,
        );
        let (took, _) = blocking(program(&scene, &["users", "apply", "prod", "--yes"])).await;
        command.push(took);
        scene.reset().await;
        apply.push(worker_memory(&scene).await);
        scene.reset().await;
    }
    println!(
        "\n{}\n\n| what | median of {ROUNDS} |\n|---|--:|",
        machine()
    );
    println!("| start to `--version` | {} |", millis(start));
    println!(
        "| apply of 800 new users, the engine alone | {} |",
        millis(median(engine))
    );
    println!(
        "| `users apply prod --yes`: preview, worker and 800 new users | {} |",
        millis(median(command))
    );
    println!(
        "| most memory of a preview of 800 users | {} |",
        mebibytes(plan)
    );
    println!(
        "| most memory of a worker that adds 800 users | {} |",
        mebibytes(apply)
    );
}

async fn apply_in_process(scene: &Scene) -> Duration {
    let users = scene.users(|_| {});
    let plan = users
        .plan(Request::default(), &Job::silent())
        .await
        .unwrap();
    let began = Instant::now();
    let report = users.apply(plan, &Job::silent()).await.unwrap();
    let took = began.elapsed();
    assert_eq!(report.locations[0].inserted, 800);
    took
}

fn program(scene: &Scene, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selaras"));
    command
        .env_clear()
        .env("HOME", scene.state())
        .arg("--config")
        .arg(scene.config_file())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs a program to its end: how long it took, and the most memory it had, in KiB.
fn run(mut command: Command) -> (Duration, u64) {
    let began = Instant::now();
    let mut child: Child = command.spawn().unwrap();
    let mut most = 0;
    let status = loop {
        most = memory(child.id()).unwrap_or(most);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::yield_now();
    };
    assert!(status.success());
    (began.elapsed(), most)
}

/// As [`run`], while the servers of this process continue.
async fn blocking(command: Command) -> (Duration, u64) {
    tokio::task::spawn_blocking(|| run(command)).await.unwrap()
}

/// The most memory a detached worker had, in KiB.
async fn worker_memory(scene: &Scene) -> u64 {
    let state = scene.state();
    let applying = program(scene, &["users", "apply", "prod", "--yes"]);
    let applying = tokio::spawn(blocking(applying));
    let looking = tokio::task::spawn_blocking(move || {
        let runs = Runs::at(&state).unwrap();
        let earlier = runs.readable().unwrap().first().map(|run| run.manifest.id);
        let mut most = None;
        loop {
            let newest = runs.readable().unwrap().into_iter().next();
            let newest = newest.filter(|run| Some(run.manifest.id) != earlier);
            let worker = newest.as_ref().and_then(|run| run.worker);
            let seen = worker.and_then(|worker| memory(worker.pid));
            if seen.is_none() && most.is_some() {
                return most.unwrap_or_default();
            }
            most = seen.or(most);
        }
    });
    let most = looking.await.unwrap();
    applying.await.unwrap();
    most
}

/// The most memory a process has had so far, in KiB (`VmHWM`, see proc(5)).
fn memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn median<T: Ord>(mut values: Vec<T>) -> T {
    values.sort();
    values.swap_remove(values.len() / 2)
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

fn mebibytes(values: Vec<u64>) -> String {
    let tenths = median(values) * 10 / 1024;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// Date, processor, system.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let system = rustix::system::uname();
    let date = selaras::clock::Clock::System.zoned().date();
    format!(
        "Recorded {date} on {model}, {cores} cores, {} {}.",
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy()
    )
}
