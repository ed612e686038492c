//! How fast a script's output is taken in: ten million lines, against `script` of util-linux, which
//! does nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot continue may panic, and it prints its figures"
)]

mod measure;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use selaras::config::{Config, Environment, Home, Sources};
use selaras::engine::{Engine, Job};
use selaras::script::{Request, Script};
use tokio::runtime::Runtime;

use measure::{Best, finish};

/// What is printed.
const FLOOD: &str = "seq 10000000";
/// How many lines that are.
const LINES: u64 = 10_000_000;
/// How often each side runs.
const TIMES: usize = 3;
/// How many times longer ours may take.
const BOUND: f64 = 1.5;
/// How much memory the whole process may have had for it, in KiB.
const MEMORY: u64 = 64 * 1024;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let runtime = Runtime::new().unwrap();
    let output = folder.path().join("output.log");
    let mut best = Best::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        reference();
        best.theirs(began);
        let engine = Script::new(Arc::clone(&config)).unwrap();
        let engine = engine.with_output(File::create(&output).unwrap());
        let began = Instant::now();
        runtime.block_on(run(&engine));
        best.ours(began);
    }
    let (peak, exit) = (
        peak(),
        finish("script(1)", &[best.race("ten million lines", BOUND)]),
    );
    println!(
        "peak memory: {} MiB (at most {} MiB)",
        peak / 1024,
        MEMORY / 1024
    );
    if peak <= MEMORY {
        exit
    } else {
        ExitCode::FAILURE
    }
}

fn config(folder: &Path) -> Arc<Config> {
    fs::write(folder.join("sync.sh"), FLOOD).unwrap();
    let file = folder.join("config.toml");
    fs::write(&file, "[script]\npath = \"sync.sh\"\n").unwrap();
    let sources = Sources {
        config: Some(file),
        environment: Environment::default(),
        folder: folder.to_owned(),
        home: Home::below(folder),
        host: "kantor".to_owned(),
    };
    Arc::new(Config::load(&sources).unwrap())
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

/// The most memory this process ever had, in KiB (`VmHWM`, see proc(5)).
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let figure = line.unwrap().split_whitespace().next().unwrap();
    figure.parse().unwrap()
}
