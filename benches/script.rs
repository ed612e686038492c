//! How fast a script's output is taken in: ten million lines, against `script` of util-linux,
//! which does nothing else. Fails when ours takes more than one and a half times as long.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on may panic, and it prints its figures"
)]

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use selaras::config::{Config, Environment, Home, Sources};
use selaras::engine::{Engine, Job};
use selaras::script::{Request, Script};
use tokio::runtime::Runtime;

/// What is printed.
const FLOOD: &str = "seq 10000000";
/// How many lines that are.
const LINES: u64 = 10_000_000;
/// How often each side is measured; the best counts.
const TIMES: usize = 3;
/// How much longer ours may take.
const RATIO: f64 = 1.5;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.sh");
    fs::write(&path, FLOOD).unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "[script]\npath = \"sync.sh\"\n").unwrap();
    let sources = Sources {
        config: Some(config),
        environment: Environment::default(),
        folder: folder.path().to_owned(),
        home: Home::below(folder.path()),
        host: "kantor".to_owned(),
    };
    let config = Arc::new(Config::load(&sources).unwrap());
    let runtime = Runtime::new().unwrap();
    let output = folder.path().join("output.log");
    let theirs = best(reference);
    let ours = best(|| {
        let engine = Script::new(Arc::clone(&config)).unwrap();
        let engine = engine.with_output(File::create(&output).unwrap());
        runtime.block_on(run(&engine));
    });
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("script(1): {theirs:.2?}   selaras: {ours:.2?}   ratio {ratio:.2} (at most {RATIO})");
    println!("peak memory: {}", peak());
    assert!(ratio <= RATIO, "too slow: {ratio:.2}");
}

async fn run(engine: &Script) {
    let job = Job::silent();
    let plan = engine.plan(Request::default(), &job).await.unwrap();
    let report = engine.apply(plan, &job).await.unwrap();
    assert_eq!((report.lines, report.kept), (LINES, report.bytes));
}

fn reference() {
    let mut command = Command::new("script");
    command
        .args(["-qc", FLOOD, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    assert!(command.status().unwrap().success());
}

fn best(mut work: impl FnMut()) -> Duration {
    let times = (0..TIMES).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    times.min().unwrap_or_default()
}

/// The most memory this process ever had, as the kernel tells it.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap_or("VmHWM: unknown").to_owned()
}
