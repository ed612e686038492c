//! The real program: a sync that outlives its terminal, is attached to again, refused, stopped.

use std::fmt::Write as _;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use selaras::run::{Runs, State};
use selaras::sim::backend::StreamFault;
use selaras::sim::world::{World, WorldOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::harness::wait::eventually;
use crate::harness::{child, wait};

/// The world of the demo, as fast as it can be, and the program in it.
pub(super) struct Shell {
    pub(super) world: World,
    pub(super) runs: Runs,
    _folder: TempDir,
}

impl Shell {
    pub(super) async fn new() -> Self {
        Self::of(&WorldOptions::default()).await
    }

    pub(super) async fn of(options: &WorldOptions) -> Self {
        selaras::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let world = World::start(folder.path(), options).await.unwrap();
        Self {
            runs: Runs::at(world.state_dir()).unwrap(),
            world,
            _folder: folder,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command: Command = child::bare(env!("CARGO_BIN_EXE_selaras")).into();
        command
            .env("HOME", self.world.state_dir())
            .arg("--config")
            .arg(self.world.config())
            .args(arguments);
        command
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> (i32, Output) {
        let output = wait::output(self.command(arguments)).await;
        (output.status.code().unwrap(), output)
    }

    /// The document that it prints, and its exit code.
    pub(super) async fn ask(&self, arguments: &[&str]) -> (i32, Value) {
        let (exit, output) = self.run(arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let document = serde_json::from_slice(&output.stdout);
        (exit, document.unwrap_or_else(|_| panic!("{said}")))
    }

    /// Waits until the backend stands still in the middle of a sync.
    async fn in_the_middle(&self) -> String {
        let run = eventually("run", || self.runs.readable().unwrap().pop()).await;
        let mut journal = self.runs.follower(run.id(), 0);
        let mut said = String::new();
        eventually("kecamatan in hand", || {
            for entry in journal.next_batch().unwrap() {
                let _ = writeln!(said, "{:?}", entry.event);
            }
            said.contains("Depok").then_some(())
        })
        .await;
        run.id().short()
    }
}

#[tokio::test]
async fn a_global_sync_prints_one_document_with_its_report() {
    let shell = Shell::new().await;
    let (exit, document) = shell.ask(&["dapodik", "global", "--yes", "--json"]).await;
    assert_eq!(
        (exit, &document["exit"], &document["verdict"]),
        (0, &0.into(), &"clean".into())
    );
    let report = &document["report"];
    let expected = serde_json::json!({"done": 17, "failed": []});
    assert_eq!(report["kecamatan"], expected);
    assert_eq!(
        (&report["sekolah"], &report["ptk"]),
        (&170.into(), &2040.into())
    );
    assert_eq!(
        (&report["verified"], &report["refresh"]),
        (&true.into(), &Value::Null)
    );
    assert_eq!(
        report["last_sync"],
        shell.world.backend().metadata().unwrap()
    );
    assert!(report["skipped"].as_array().unwrap().is_empty());
    assert!(report["duration_ms"].is_u64());
    assert_eq!(document["plan"]["scope"]["what"], "global");
    let (exit, output) = shell
        .run(&["runs", "show", document["run"].as_str().unwrap()])
        .await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(exit == 0 && shown.contains("/api/sync/global"), "{shown}");
    assert_eq!(shell.world.backend().streams_asked(), 1);
}

#[tokio::test]
async fn a_sync_outlives_its_terminal_and_is_attached_to_again() {
    let shell = Shell::new().await;
    let backend = shell.world.backend();
    backend.stream_fault(StreamFault::HoldBefore(90));
    let mut face = shell
        .command(&["dapodik", "global", "--yes"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let short = shell.in_the_middle().await;
    let pid = Pid::from_raw(face.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
    wait::exit_of(&mut face).await;
    // Another one does not start a second sync, in this machine or by this backend.
    let (exit, document) = shell.ask(&["dapodik", "global", "--yes", "--json"]).await;
    assert_eq!((exit, &document["error"]["kind"]), (9, &"busy".into()));
    assert_eq!(document["plan"]["metadata"]["value"], "RUNNING");
    // It is our own run that says so: which one, whose, and how to see it.
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("run {short}")), "{message}");
    assert!(message.contains("pid "), "{message}");
    let hint = document["error"]["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("runs follow {short}")), "{hint}");
    let again = ["dapodik", "global", "--attach", "--yes", "--json"];
    let released = async {
        backend.release();
    };
    let ((exit, document), ()) = tokio::join!(shell.ask(&again), released);
    assert_eq!(
        (exit, &document["state"]),
        (0, &"clean".into()),
        "{document}"
    );
    assert_eq!(document["report"]["kecamatan"]["done"], 17);
    assert!(document["run"].as_str().unwrap().ends_with(&short));
    assert_eq!((backend.streams_asked(), backend.syncs()), (1, 1));
}

#[tokio::test]
async fn a_sync_is_stopped_from_another_shell() {
    let shell = Shell::new().await;
    let backend = shell.world.backend();
    backend.stream_fault(StreamFault::HoldBefore(90));
    let starting = shell.run(&["dapodik", "global", "--yes", "--detach"]);
    let (exit, output) = starting.await;
    assert_eq!(exit, 0);
    let short = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert_eq!(shell.in_the_middle().await, short);
    let (exit, _) = shell.run(&["runs", "stop", &short]).await;
    assert_eq!(exit, 0);
    let run = shell.runs.get(shell.runs.find(&short).unwrap()).unwrap();
    let State::Finished(ending) = run.state else {
        panic!("{run:?}");
    };
    assert_eq!(ending.exit, 130);
    assert!(
        ending.sentence.contains("does not refresh its view"),
        "{}",
        ending.sentence
    );
    backend.release();
    assert_eq!(backend.streams_asked(), 1);
}

#[tokio::test]
async fn running_at_the_backend_is_exit_9_and_the_plan_is_printed() {
    let shell = Shell::new().await;
    shell.world.backend().set_metadata(Some("RUNNING"));
    for verb in ["global", "all-ptk", "all-sekolah"] {
        let (exit, document) = shell.ask(&["dapodik", verb, "--yes", "--json"]).await;
        assert_eq!((exit, &document["run"]), (9, &Value::Null), "{verb}");
        assert_eq!(document["plan"]["metadata"]["state"]["state"], "running");
    }
    let forced = ["dapodik", "global", "--force-running", "--yes", "--json"];
    let (exit, document) = shell.ask(&forced).await;
    assert_eq!((exit, &document["verdict"]), (0, &"clean".into()));
}
