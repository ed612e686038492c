//! This test binary as another process: a face with another umask, or a worker.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};
use selaras::error::Error;
use selaras::run::{Id, Runs, worker};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::{Demo, Plan};
use crate::harness::child;

/// The arguments that make a child of this binary run [`other_process`] and nothing else. The
/// test harness takes all that follows for names of tests, and finds none.
pub(super) fn arguments(state_dir: &Path, more: &[&str]) -> Vec<String> {
    let harness = ["run::process::other_process", "--exact", "--nocapture"];
    let state_dir = state_dir.to_str().unwrap();
    (harness.iter().chain(&["state", state_dir]).chain(more))
        .map(|&argument| argument.to_owned())
        .collect()
}

/// A face in another process, with another umask.
pub(super) fn face(state_dir: &Path, umask: &str, plan: &Plan) -> Command {
    let plan = serde_json::to_string(plan).unwrap();
    let mut command = child::tool("/proc/self/exe");
    command
        .args(arguments(state_dir, &["face", umask, "plan", &plan]))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A worker that somebody starts by hand.
pub(super) fn by_hand(state_dir: &Path, id: Id, stdin: Stdio) -> Command {
    let id = id.to_string();
    let mut command = child::tool("/proc/self/exe");
    command
        .args(arguments(state_dir, &["quirk", "", "work", &id]))
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A process that sleeps, of our group or of its own.
pub(super) fn sleeper(leader: bool) -> u32 {
    let mut command = child::tool("sleep");
    command.arg("600");
    if leader {
        command.process_group(0);
    }
    command.spawn().unwrap().id()
}

/// The session of a process, as the kernel shows it.
pub(super) fn session(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let field = after_name.split_ascii_whitespace().nth(3).unwrap();
    field.parse().unwrap()
}

#[test]
fn other_process() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |word: &str| {
        let place = arguments.iter().position(|argument| argument == word)?;
        arguments.get(place + 1)
    };
    // In the ordinary run of all tests there is nothing to do.
    let Some(state_dir) = after("state") else {
        return;
    };
    let runs = Runs::at(state_dir).unwrap();
    let exit = if let Some(id) = after("work") {
        work(&runs, id.parse().unwrap(), after("quirk").unwrap())
    } else {
        let mask = u32::from_str_radix(after("face").unwrap(), 8).unwrap();
        umask(Mode::from_raw_mode(mask));
        let plan = serde_json::from_str(after("plan").unwrap()).unwrap();
        let started = Runtime::new()
            .unwrap()
            .block_on(super::start(&runs, "", plan));
        started.map_or_else(|error| error.kind().exit(), |_| 0)
    };
    std::process::exit(exit.into());
}

fn work(runs: &Runs, id: Id, quirk: &str) -> u8 {
    let folder = runs.path(id);
    match quirk {
        "fall" => {
            eprintln!("cannot find \u{1b}[31mmy feet");
            return 3;
        }
        "hang" => loop {
            fs::write(folder.join("hangs"), "").unwrap();
            std::thread::park();
        },
        "other plan" => {
            let plan = fs::read_to_string(folder.join("plan.json")).unwrap();
            let plan = plan.replace("{\"Count\":1}", "{\"Count\":2}");
            fs::write(folder.join("plan.json"), plan).unwrap();
        }
        _ => {}
    }
    let work = match worker::detach(runs, id) {
        Ok(work) => work,
        Err(error) => {
            eprintln!("{}", error.chain());
            return error.kind().exit();
        }
    };
    Runtime::new().unwrap().block_on(async {
        match quirk {
            "no engine" => return work.give_up::<Demo>(Error::config("the demo is not set up")),
            "small disk" => limit_files(),
            "full journal" => {
                let path = folder.join("events.jsonl");
                fs::write(path, "x".repeat(100_000) + "\n").unwrap();
                limit_files();
            }
            _ => {}
        }
        work.perform(Demo).await
    })
}

/// Lets no file grow beyond 64 KiB.
fn limit_files() {
    // Without a handler the kernel kills who tries.
    drop(signal(SignalKind::from_raw(25)).unwrap());
    let limit = Some(64 * 1024);
    let limits = Rlimit {
        current: limit,
        maximum: limit,
    };
    setrlimit(Resource::Fsize, limits).unwrap();
}
