//! The most memory that the worker of a sync has: the real program, detached as always.

use std::process::{Command, Stdio};
use std::thread;

use selaras::run::Runs;

use super::office::Office;

/// The program, with the configuration of this office.
pub fn program(office: &Office, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selaras"));
    command
        .env_clear()
        .env("HOME", office.path())
        .current_dir(office.path())
        .arg("--config")
        .arg(office.path().join("config.toml"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The most memory of the worker of a global sync, in MiB.
pub fn of_worker(office: &Office) -> f64 {
    let state = office.path().join("state");
    let mut started = program(office, &["dapodik", "global", "--yes"])
        .spawn()
        .unwrap();
    let looking = thread::spawn(move || {
        let mut most = None;
        loop {
            let runs = Runs::at(&state).and_then(|runs| runs.readable());
            let run = runs.ok().and_then(|mut runs| runs.pop());
            let worker = run.and_then(|run| run.worker);
            let seen = worker.and_then(|worker| peak(worker.pid));
            if let (None, Some(most)) = (seen, most) {
                return most;
            }
            most = seen.or(most);
            thread::yield_now();
        }
    });
    let most = looking.join().unwrap();
    assert!(started.wait().unwrap().success());
    most
}

/// The most memory a process has had so far, in MiB (`VmHWM`, see proc(5)).
fn peak(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes / 1024.0)
}
