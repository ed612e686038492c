//! `selaras demo`: a world for whatever runs in it, for exactly as long as it is needed.

use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use selaras::run::{Runs, State};
use tokio::process::{Child, Command};

use super::office::{Done, PROGRAM, end_of, ended, eventually};
use super::sentence;
use super::terminal::{Heard, heard};
use crate::harness::child;

/// A demo with no selaras variables in its environment.
fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::from(child::bare(PROGRAM));
    command
        .arg("demo")
        .args(arguments)
        .envs([
            ("PATH", "/usr/bin:/bin"),
            ("LC_ALL", "C.UTF-8"),
            ("HOME", "/nonexistent"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn run(arguments: &[&str]) -> Done {
    ended(demo(arguments)).await
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().unwrap().cast_signed()).unwrap()
}

#[tokio::test]
async fn the_first_thing_anybody_tries_works() {
    let done = run(&["--", "users", "apply", "dev", "--yes"]).await;
    assert_eq!(done.out, format!("{}\n", sentence(25, 0, 0)), "{done:#?}");
    assert_eq!(done.exit, 0);
    run(&["--", "selaras", "users", "plan", "test"])
        .await
        .expect(0, "test", "");
}

#[tokio::test]
async fn a_demo_ends_as_its_command_does() {
    let table: [(&[&str], i32); 5] = [
        (&["--", "users", "apply", "--all", "--yes"], 11),
        (&["--", "users", "apply", "dev"], 2),
        (&["--", "sh", "-c", "exit 42"], 42),
        (&["--", "sh", "-c", "kill -9 $$"], 128 + 9),
        (&["--", "/nonexistent/program"], 6),
    ];
    for (arguments, exit) in table {
        assert_eq!(run(arguments).await.exit, exit, "{arguments:?}");
    }
    run(&["--latency", "soon"])
        .await
        .expect(2, "", "hint: such as 40ms or 2s");
    let mut own = demo(&["--", "true"]);
    own.args(["--config", "x"]);
    assert_eq!(
        ended(own).await.exit,
        0,
        "what stands behind -- is the command's"
    );
    let mut own = child::bare(PROGRAM);
    own.args(["--config", "x", "demo"]);
    ended(own.into())
        .await
        .expect(2, "", "the simulated world brings its own configuration");
}

#[tokio::test]
async fn a_program_finds_the_world_by_its_configuration_and_no_secret_of_ours() {
    let line = format!("{PROGRAM} users plan dev --json; env");
    let mut command = demo(&["--", "sh", "-c", &line]);
    command
        .env("EXTERNAL_API_PASSWORD", "the-real-one")
        .env("PIMPINAN_API_KEY_FILE", "/x");
    let done = ended(command).await;
    done.expect(0, "\"code\":\"dev\"", "");
    assert!(done.out.contains("\nSELARAS_CONFIG="), "{done:#?}");
    assert!(
        !done.out.contains("the-real-one") && !done.out.contains("PIMPINAN"),
        "{done:#?}"
    );
}

#[tokio::test]
async fn a_folder_keeps_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("world");
    let dir = dir.to_str().unwrap();
    let apply = ["--dir", dir, "--", "users", "apply", "dev", "--yes"];
    run(&apply).await.expect(0, &sentence(25, 0, 0), "");
    run(&apply).await.expect(0, &sentence(0, 0, 25), "");
    let listed = run(&["--dir", dir, "--", "runs", "list"]).await;
    assert_eq!(listed.out.lines().count(), 2, "{listed:#?}");
}

#[tokio::test]
async fn dapodik_comes_from_the_portal_or_a_followed_backend_and_a_kept_env_learns_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("world");
    let file = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let path = dir.to_str().unwrap();
    let portal = ["--dir", path, "--", "true"];
    let remote = ["--dir", path, "--remote", "--", "true"];

    run(&remote).await.expect(0, "", "");
    assert!(file("config.toml").contains("source = \"remote\"\nurl = "));
    assert!(!file(".env").contains("DAPODIK"));

    run(&portal).await.expect(0, "", "");
    let config = file("config.toml");
    for words in [
        "source = \"portal\"\ndatabase = \"sqlite:data/dapodik.db\"\n",
        "[dapodik.portal]\nbase_url = \"http://127.0.0.1:",
    ] {
        assert!(config.contains(words), "{config}");
    }
    let secrets = file(".env");
    for name in ["EALUMNI_API_KEY", "USERNAME", "PASSWORD", "DAPODIK_API_KEY"] {
        assert!(secrets.contains(&format!("{name}=")), "{secrets}");
    }

    // What was spoiled by hand stays so.
    let spoiled = secrets.replace("DAPODIK_PASSWORD=", "DAPODIK_PASSWORD=wrong-");
    std::fs::write(dir.join(".env"), &spoiled).unwrap();
    run(&portal).await.expect(0, "", "");
    assert_eq!(file(".env"), spoiled);
}

#[tokio::test]
async fn faults_latency_and_size_are_the_worlds() {
    let done = run(&[
        "--faults",
        "503",
        "--latency",
        "1ms",
        "--",
        "users",
        "plan",
        "dev",
    ])
    .await;
    done.expect(0, "25", "503 Service Unavailable, again in");
    let large = run(&["--large", "--", "users", "plan", "prod", "--json"]).await;
    assert!(large.out.contains("\"total\":20000"), "{}", large.err);
}

#[tokio::test]
async fn signals_are_passed_on_and_nobody_is_left_behind() {
    for (signal, exit) in [
        (Signal::TERM, 128 + 15),
        (Signal::INT, 128 + 2),
        (Signal::HUP, 129),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let line = format!("echo $$ > {}; exec sleep 60", file.display());
        let child = demo(&["--", "sh", "-c", &line]).spawn().unwrap();
        let inner = eventually("the program's id", || {
            let text = std::fs::read_to_string(&file).ok()?;
            Pid::from_raw(text.trim().parse().ok()?)
        })
        .await;
        kill_process(pid(&child), signal).unwrap();
        let done = end_of(child).await;
        assert_eq!(done.exit, exit, "{signal:?} {done:#?}");
        assert!(
            test_kill_process(inner).is_err(),
            "{signal:?} left its program behind"
        );
    }
}

/// A world whose database nobody else can write to, and a demo that waits for the run that wants to.
async fn lingering(folder: &Path) -> (Connection, Heard) {
    let dir = folder.to_str().unwrap();
    run(&["--dir", dir, "--", "true"]).await.expect(0, "", "");
    let url = DatabaseUrl::file(folder.join("data/users.db"));
    let mut held = Connection::open(&url, Access::Write).await.unwrap();
    held.begin().await.unwrap();
    let apply = [
        "--dir", dir, "--", "users", "apply", "dev", "--yes", "--detach",
    ];
    let demo = demo(&apply).spawn().unwrap();
    (
        held,
        heard(demo, "waiting for the end of 1 run in this simulated world").await,
    )
}

#[tokio::test]
async fn a_demo_waits_for_the_runs_that_need_its_world() {
    let folder = tempfile::tempdir().unwrap();
    let (held, demo) = lingering(folder.path()).await;
    drop(held);
    assert_eq!(demo.end().await.0, 0);
    let runs = Runs::at(folder.path().join("state"))
        .unwrap()
        .readable()
        .unwrap();
    assert_eq!(runs[0].exit(), Some(0));
}

#[tokio::test]
async fn who_insists_on_leaving_a_demo_stops_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (held, demo) = lingering(folder.path()).await;
    kill_process(pid(&demo.child), Signal::INT).unwrap();
    drop(held);
    let (exit, said) = demo.end().await;
    assert!(exit == 0 && said.contains("stopping them"), "{said}");
    let runs = Runs::at(folder.path().join("state"))
        .unwrap()
        .readable()
        .unwrap();
    assert_ne!(runs[0].state, State::Running);
}
