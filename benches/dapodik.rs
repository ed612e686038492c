//! What the README claims about a followed sync: a backend that says a thousand things a second,
//! then nothing at all.
//!
//! `cargo bench --bench dapodik` plays the production loop on a terminal that counts its bytes,
//! before a simulated backend and with a real worker; prints the figures, and fails where a promise
//! is broken.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

#[path = "screen/console.rs"]
#[expect(dead_code, reason = "here nobody reads what the screen shows")]
mod console;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use console::{Seat, context::app_context};
use selaras::context::AppContext;
use selaras::run::{Run, Runs};
use selaras::sim::backend::{Backend, KEY, LIST, Setup, StreamFault, Tempo};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const PROGRAM: &str = env!("CARGO_BIN_EXE_selaras");
/// How many frames a school has, and how long it takes: a thousand frames a second.
const FRAMES: usize = 110;
const SCHOOL: Duration = Duration::from_millis(100);
/// What of it must really arrive, however busy the machine is.
const FRAMES_A_SECOND: f64 = 500.0;
const FLOODED: Duration = Duration::from_secs(8);
const SILENT: Duration = Duration::from_secs(10);
const KEYS: usize = 300;
const BYTES_A_SECOND: f64 = 3_000.0;
const SLOWEST_KEY: Duration = Duration::from_millis(50);
/// What rounds to 0 % of a processor.
const NOTHING: f64 = 0.5;
/// The ticks of a second in `/proc` (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

fn main() -> ExitCode {
    selaras::http::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let office = Office::new(&runtime);
    let mut seat = Seat::new(&office.app, &runtime);
    start(&office, &mut seat, &runtime);
    println!("\n| what | figure | |\n|---|--:|---|");
    let flood = flooded(&office, &mut seat, &runtime);
    let silence = silent(&office, &mut seat, &runtime);
    let ended = stopped(&office, &mut seat, &runtime);
    if flood && silence && ended {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A context with a backend that floods.
struct Office {
    backend: Backend,
    app: AppContext,
    folder: TempDir,
}

impl Office {
    fn new(runtime: &Runtime) -> Self {
        let folder = TempDir::new().unwrap();
        let setup = Setup {
            schools: 60,
            tempo: Tempo {
                school: SCHOOL,
                ..Tempo::default()
            },
            ..Setup::default()
        };
        let backend = runtime.block_on(async { Backend::start(setup).unwrap() });
        backend.stream_fault(StreamFault::Flood(FRAMES));
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("kecamatan.csv", LIST);
        put(".env", &format!("EALUMNI_API_KEY={KEY}\n"));
        put(
            "config.toml",
            &format!(
                "state_dir = \"state\"\n[dapodik]\nurl = \"{}\"\nkecamatan = \"kecamatan.csv\"\n",
                backend.url()
            ),
        );
        let config = folder.path().join("config.toml");
        let app = app_context(folder.path(), config, Some(PROGRAM.into()));
        Self {
            backend,
            app,
            folder,
        }
    }

    /// The run that holds the connection.
    fn run(&self) -> Run {
        let runs = Runs::at(self.folder.path().join("state")).unwrap();
        runs.readable().unwrap().pop().unwrap()
    }
}

/// Starts a sync from a shell, and shows it at the tab.
fn start(office: &Office, seat: &mut Seat, runtime: &Runtime) {
    let mut shell = Command::new(PROGRAM);
    shell
        .arg("--config")
        .arg(office.folder.path().join("config.toml"));
    shell.args(["dapodik", "global", "--yes", "--detach"]);
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    assert!(shell.status().unwrap().success());
    seat.settle(runtime);
    seat.key("4", runtime);
    while office.backend.frames() < FRAMES {
        seat.play(Duration::from_millis(20), runtime);
    }
    seat.play(Duration::from_secs(2), runtime);
}

fn flooded(office: &Office, seat: &mut Seat, runtime: &Runtime) -> bool {
    let (before, began) = (office.backend.frames(), Instant::now());
    let bytes = per_second(seat.play(FLOODED, runtime), began);
    let frames = per_second(office.backend.frames() - before, began);
    let slowest = seat.slowest_key(["Down", "Up"], KEYS, runtime);
    let slowest_words = format!("{:.2} ms", slowest.as_secs_f64() * 1_000.0);
    hold(
        "frames a second",
        &format!("{frames:.0}"),
        frames >= FRAMES_A_SECOND,
    ) & hold(
        "bytes a second to the terminal",
        &format!("{bytes:.0}"),
        bytes <= BYTES_A_SECOND,
    ) & hold(
        "a key meanwhile, 99 of 100",
        &slowest_words,
        slowest <= SLOWEST_KEY,
    )
}

fn silent(office: &Office, seat: &mut Seat, runtime: &Runtime) -> bool {
    let ahead = 10 * FRAMES;
    let held = office.backend.frames() + ahead;
    office.backend.stream_fault(StreamFault::HoldBefore(held));
    while office.backend.frames() + 1 < held {
        seat.play(Duration::from_millis(20), runtime);
    }
    seat.play(Duration::from_secs(2), runtime);
    let worker = office.run().worker.unwrap().pid;
    let (ours, theirs, began) = (ticks(std::process::id()), ticks(worker), Instant::now());
    let bytes = per_second(seat.play(SILENT, runtime), began);
    let share = |spent: f64| spent / TICKS / began.elapsed().as_secs_f64() * 100.0;
    let screen = share(ticks(std::process::id()) - ours);
    let worker = share(ticks(worker) - theirs);
    hold(
        "bytes a second in a silence",
        &format!("{bytes:.0}"),
        bytes <= BYTES_A_SECOND,
    ) & hold(
        "processor of the screen in it",
        &format!("{screen:.1} %"),
        screen < NOTHING,
    ) & hold(
        "processor of the worker in it",
        &format!("{worker:.1} %"),
        worker < NOTHING,
    )
}

/// What was silent is still held: it continues when the backend does, and obeys.
fn stopped(office: &Office, seat: &mut Seat, runtime: &Runtime) -> bool {
    let held = office.backend.frames();
    office.backend.release();
    while office.backend.frames() < held + FRAMES {
        seat.play(Duration::from_millis(20), runtime);
    }
    seat.key("x", runtime);
    seat.key("Enter", runtime);
    while office.run().exit().is_none() {
        seat.play(Duration::from_millis(20), runtime);
    }
    let asked = office.backend.streams_asked();
    hold("connections to the backend", &asked.to_string(), asked == 1)
}

fn per_second(count: usize, began: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / began.elapsed().as_secs_f64()
}

/// The ticks that a process has spent (`utime` and `stime`, see proc(5)).
fn ticks(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11..13]
        .iter()
        .map(|field| field.parse::<f64>().unwrap())
        .sum()
}

/// Says a figure, and whether it is as promised.
fn hold(what: &str, figure: &str, holds: bool) -> bool {
    let word = if holds { "holds" } else { "BROKEN" };
    println!("| {what} | {figure} | {word} |");
    holds
}
