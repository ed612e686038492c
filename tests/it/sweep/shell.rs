//! The real program in a scene: a detached run, how it ends, what it leaves.

use std::fs;
use std::process::Output;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use selaras::run::{Follower, Id, Run, Runs, State};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::interval;

use super::scene::Scene;
use crate::harness::wait::eventually;
use crate::harness::{child, wait};

/// How often a journal is looked at; a worker writes its lines some milliseconds apart.
const PULSE: Duration = Duration::from_millis(1);

/// A scene and the program in it.
pub struct Shell {
    /// Servers and database.
    pub scene: Scene,
    /// The runs in it.
    pub runs: Runs,
}

impl Shell {
    /// Nothing was run yet.
    pub fn new(scene: Scene) -> Self {
        let runs = Runs::at(scene.state()).unwrap();
        Self { scene, runs }
    }

    /// The program with these arguments, and next to no environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command: Command = child::bare(env!("CARGO_BIN_EXE_selaras")).into();
        command
            .env("HOME", self.scene.state())
            .arg("--config")
            .arg(self.scene.config_file())
            .args(arguments);
        command
    }

    /// Runs the program to its end; its exit code and what it printed.
    pub async fn run(&self, arguments: &[&str]) -> (i32, Output) {
        let output = wait::output(self.command(arguments)).await;
        (output.status.code().unwrap(), output)
    }

    /// The document that the program prints, and its exit code.
    pub async fn ask(&self, arguments: &[&str]) -> (i32, Value) {
        let (exit, output) = self.run(arguments).await;
        (exit, serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Starts a detached apply at all locations, and does something to it meanwhile.
    pub async fn detach(&self, meanwhile: impl Future<Output = ()>) -> Id {
        let applying = self.run(&["users", "apply", "--all", "--yes", "--detach"]);
        let ((exit, output), ()) = tokio::join!(applying, meanwhile);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(exit, 0, "{said}");
        self.only().id()
    }

    /// Everything is as it was before the first run.
    pub async fn reset(&self) {
        self.scene.reset().await;
        fs::remove_dir_all(self.scene.state()).unwrap();
    }

    /// The only run there is.
    pub fn only(&self) -> Run {
        let mut runs = self.runs.readable().unwrap();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }

    /// Waits for line `number` of the only run's journal; false when it ends before.
    pub async fn reaches(&self, number: usize) -> bool {
        let mut pulse = interval(PULSE);
        let mut journal: Option<(Id, Follower)> = None;
        let mut lines = 0;
        let reaching = async {
            loop {
                pulse.tick().await;
                let Some((id, journal)) = &mut journal else {
                    let begun = self.runs.readable().unwrap().first().map(Run::id);
                    journal = begun.map(|id| (id, self.runs.follower(id, 0)));
                    continue;
                };
                let running = self.runs.is_running(*id).unwrap();
                lines += journal.next_batch().unwrap().len();
                if lines >= number || !running {
                    return lines >= number;
                }
            }
        };
        wait::within(&format!("line {number} of the journal"), reaching).await
    }

    /// Sends a signal to the worker of the only run, if it is still there.
    pub fn signal(&self, signal: Signal) {
        let worker = self.only().worker.unwrap();
        let pid = Pid::from_raw(i32::try_from(worker.pid).unwrap()).unwrap();
        let _ = kill_process(pid, signal);
    }

    /// Waits for the end of the only run.
    pub async fn ended(&self) -> Run {
        eventually("end of the run", || {
            let run = self.only();
            (run.state != State::Running).then_some(run)
        })
        .await
    }
}

/// Nobody is left behind.
impl Drop for Shell {
    fn drop(&mut self) {
        for run in self.runs.readable().unwrap_or_default() {
            if let (State::Running, Some(_)) = (&run.state, run.worker) {
                self.signal(Signal::KILL);
            }
        }
    }
}
