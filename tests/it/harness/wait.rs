//! Every wait of a test: it has a bound, and says what it waited for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what helps a test may fail like a test"
)]

use std::collections::BTreeMap;
use std::process::{Child, ExitStatus, Output};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, interval, timeout};

/// How long anything may take. Nothing takes seconds but on a machine that is busy with something
/// else; this is for one that is very busy.
pub const BOUND: Duration = Duration::from_mins(2);
/// How often a fact is looked for.
const PULSE: Duration = Duration::from_millis(10);

/// Waits for a fact.
pub async fn eventually<T>(what: &str, mut fact: impl FnMut() -> Option<T>) -> T {
    watch();
    let mut pulse = interval(PULSE);
    let deadline = Instant::now() + BOUND;
    loop {
        pulse.tick().await;
        if let Some(found) = fact() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {BOUND:?}");
    }
}

/// Waits for a future. It is boxed: those of whole engines are too large to be moved about.
pub fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let future = Box::pin(future);
    async move {
        watch();
        let ended = timeout(BOUND, future).await;
        ended.unwrap_or_else(|_| panic!("{what}: not within {BOUND:?}"))
    }
}

/// Runs a program to its end; nothing of it is left when that takes too long.
pub async fn output(command: impl Into<tokio::process::Command>) -> Output {
    try_output(command).await.unwrap()
}

/// As [`output`], for a program that may not be there.
pub async fn try_output(command: impl Into<tokio::process::Command>) -> std::io::Result<Output> {
    let mut command = command.into();
    let what = format!("the end of {:?}", command.as_std());
    command.kill_on_drop(true);
    within(&what, command.output()).await
}

/// Waits for the end of a program that was started, and for what it says until then.
pub async fn end_of(child: tokio::process::Child) -> Output {
    let what = format!("the end of process {:?}", child.id());
    within(&what, child.wait_with_output()).await.unwrap()
}

/// Waits for the end of a program that is still needed.
pub async fn exit_of(child: &mut tokio::process::Child) -> ExitStatus {
    let what = format!("the end of process {:?}", child.id());
    within(&what, child.wait()).await.unwrap()
}

/// Waits for the end of a program that was started, where nothing can be awaited.
pub fn status_of(mut child: Child) -> ExitStatus {
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    let ended = receiver.recv_timeout(BOUND);
    ended
        .unwrap_or_else(|why| {
            kill(pid);
            panic!("the end of process {pid}: {why} within {BOUND:?}")
        })
        .unwrap()
}

/// Kills a program that was started, and waits for its end: the kernel does not let us wait long.
pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// How long a whole test may take. What it waits for has bounds of its own, above; this one is for
/// the engine that a test calls directly.
const WHOLE_TEST: Duration = Duration::from_mins(15);

/// Ends this run of tests when one of them does not end. Whatever tests stand on calls it.
pub fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        thread::spawn(|| {
            let mut seen: BTreeMap<(String, String), std::time::Instant> = BTreeMap::new();
            loop {
                thread::park_timeout(Duration::from_secs(10));
                let now = std::time::Instant::now();
                let alive: Vec<_> = tests().collect();
                seen.retain(|test, _| alive.contains(test));
                for test in alive {
                    let since = *seen.entry(test.clone()).or_insert(now);
                    if now.duration_since(since) > WHOLE_TEST {
                        let name = test.1;
                        eprintln!("the test {name}… did not end within {WHOLE_TEST:?}");
                        std::process::exit(101);
                    }
                }
            }
        });
    });
}

/// The tests that run now: each in a thread of its name, of which the kernel knows the beginning.
fn tests() -> impl Iterator<Item = (String, String)> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    threads.flatten().filter_map(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm")).ok()?;
        let id = thread.file_name().to_string_lossy().into_owned();
        name.contains("::").then(|| (id, name.trim().to_owned()))
    })
}
