//! The script's own lock, as the shell tells of it.

use std::os::unix::process::CommandExt as _;

use rustix::process::geteuid;
use serde_json::Value;

use super::done;
use crate::harness::{child, wait};
use crate::script::{Place, chmod};

#[tokio::test]
async fn the_scripts_own_lock_is_named_and_nothing_is_run() {
    let place = Place::with("touch ran");
    place.touch("sync.lock");
    let refused = done(&place, "script run --yes --json").await;
    let document = refused.json();
    assert_eq!(
        (refused.exit, &document["error"]["kind"]),
        (9, &"busy".into())
    );
    assert_eq!(document["run"], Value::Null);
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("sync.lock"), "{message}");
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_stale_lock_is_removed_when_asked_and_the_way_is_free() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::with("trap 'rm -f sync.lock' EXIT; echo ran");
    place.touch("sync.lock");
    let refused = done(&place, "script run --yes").await;
    assert!(refused.err.contains("selaras script unlock"), "{refused:?}");
    assert_eq!(done(&place, "script unlock").await.exit, 2);
    let unlocked = done(&place, "script unlock --yes").await;
    assert_eq!(unlocked.exit, 0, "{unlocked:?}");
    assert!(
        unlocked.out.contains("sync.lock was removed"),
        "{unlocked:?}"
    );
    assert!(!place.path("sync.lock").exists());
    assert_eq!(done(&place, "script run --yes").await.out, "ran\n");
    let again = done(&place, "script unlock --yes").await;
    assert_eq!(
        (again.exit, again.out.contains("no lock file")),
        (0, true),
        "{again:?}"
    );
}

#[tokio::test]
async fn who_cannot_see_into_others_processes_is_not_told_that_a_lock_is_stale() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::with("exit 0");
    chmod(place.folder.path(), 0o755);
    chmod(&place.path("sync.sh"), 0o755);
    chmod(&place.path("config.toml"), 0o644);
    place.touch("sync.lock");
    // The program may stand where nobody else may look.
    let program = place.path("selaras");
    std::fs::copy(env!("CARGO_BIN_EXE_selaras"), &program).unwrap();
    chmod(&program, 0o755);
    let mut command = child::bare(&program);
    command
        .arg("--config")
        .arg(place.path("config.toml"))
        .args(["script", "status", "--json"])
        .env("HOME", "/")
        .uid(65_534)
        .gid(65_534);
    let output = wait::output(command).await;
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lock = &status["plan"]["lock"];
    assert_eq!(lock["state"], "unknown", "{status}");
    assert!(
        lock["why"].as_str().unwrap().contains("other users"),
        "{lock}"
    );
}
