//! The real program: killed in the middle and continued, refused, and what its folders keep.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use selaras::config::DatabaseUrl;
use selaras::engine::{BEGUN, Event};
use selaras::error::Kind;
use selaras::run::{Id, State};
use selaras::sim::portal::{API_KEY, PASSWORD, Portal, Setup, TOKEN_MARK};
use selaras::sim::world::{DapodikSide, WorldOptions};
use serde_json::Value;

use super::super::binary::Shell;
use super::super::postgres::Server;
use super::{Desk, LAST, assert_same, dump, is_stored, rows, whole_nik};
use crate::harness::wait::eventually;

async fn office() -> Shell {
    Shell::of(&WorldOptions {
        dapodik: DapodikSide::Portal {
            latency: Duration::from_millis(40),
        },
        ..WorldOptions::default()
    })
    .await
}

impl Shell {
    /// Begins a sync of our own, and waits until it has stored so many schools; it cannot end before
    /// the portal releases it.
    async fn under_way(&self, arguments: &[&str], schools: usize) -> String {
        self.portal().hold("/ptk", schools as u64 + 60);
        let (exit, output) = self.run(arguments).await;
        assert_eq!(exit, 0, "{}", String::from_utf8_lossy(&output.stderr));
        let short = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        let mut journal = self.runs.follower(self.id(&short), 0);
        let mut stored = 0;
        eventually("schools", || {
            let batch = journal.next_batch().unwrap();
            stored += batch.iter().filter(|one| is_stored(&one.event)).count();
            (stored >= schools).then_some(())
        })
        .await;
        short
    }

    fn portal(&self) -> &Portal {
        self.world.portal().unwrap()
    }

    fn id(&self, short: &str) -> Id {
        self.runs.find(short).unwrap()
    }

    /// Kills the worker of a run, as the kernel does for want of memory.
    async fn kill(&self, short: &str) {
        let run = self.runs.get(self.id(short)).unwrap();
        let pid = run.worker.unwrap().pid.cast_signed();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        eventually("the death of a worker", || {
            let run = self.runs.get(self.id(short)).unwrap();
            (run.state == State::Died).then_some(())
        })
        .await;
    }

    fn dapodik_url(&self) -> DatabaseUrl {
        DatabaseUrl::file(self.world.dapodik())
    }
}

fn message(document: &Value) -> String {
    let error = &document["error"];
    let text = format!("{} ({})", error["message"], error["hint"]);
    text
}

/// Every file below a folder, but those with these names.
fn texts(folder: &Path, but: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path, but));
        } else if !but.iter().any(|name| path.ends_with(name)) {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

#[tokio::test]
async fn a_worker_that_was_killed_twice_is_continued_to_the_same_end() {
    let shell = office().await;
    let start = ["dapodik", "global", "--yes", "--detach"];
    let first = shell.under_way(&start, 60).await;
    // A second one is refused, and told which one runs.
    let (exit, document) = shell.ask(&["dapodik", "global", "--yes", "--json"]).await;
    assert_eq!(exit, 9, "{document}");
    let said = message(&document);
    assert!(said.contains(&format!("run {first}")), "{said}");
    shell.kill(&first).await;
    let url = shell.dapodik_url();
    assert_eq!(rows(&url, LAST, 1).await, ["RUNNING"]);

    let resume = ["dapodik", "global", "--resume", &first, "--yes", "--detach"];
    let second = shell.under_way(&resume, 60).await;
    shell.kill(&second).await;
    shell.portal().release();
    let resume = ["dapodik", "global", "--resume", &second, "--yes", "--json"];
    let (exit, document) = shell.ask(&resume).await;
    assert_eq!(
        (exit, &document["verdict"]),
        (0, &"clean".into()),
        "{document}"
    );
    let (report, plan) = (&document["report"], &document["plan"]["portal"]);
    assert!(report["work"]["done_before"].as_u64().unwrap() >= 120);
    let resumed = report["work"]["resumed"].as_str().unwrap().replace('-', "");
    assert!(resumed.ends_with(&second), "{resumed}");
    let repairs = plan["repairs"].as_str().unwrap().replace('-', "");
    assert!(repairs.ends_with(&second), "{repairs}");
    let notes = report["notes"].to_string();
    assert!(notes.contains("RUNNING was left by run"), "{notes}");

    let calm = Desk::file(Setup::default());
    calm.global().await;
    assert_same(&dump(&url).await, &calm.dump().await);

    // The first start went on to the end.
    let starts = [&first, &second].map(|short| {
        let mut journal = shell.runs.follower(shell.id(short), 0);
        let batch = journal.next_batch().unwrap();
        batch.into_iter().find_map(|entry| match entry.event {
            Event::Item { key, state, .. } if state == BEGUN => Some(key),
            _ => None,
        })
    });
    assert_eq!(starts[0], starts[1]);
    assert!(starts[0].is_some());

    // Nothing is left of it.
    let ended = document["run"].as_str().unwrap();
    for (name, words) in [
        (ended, "nothing is left to continue"),
        ("ffffffffffff", "there is no run"),
    ] {
        let (exit, document) = shell
            .ask(&["dapodik", "global", "--resume", name, "--yes", "--json"])
            .await;
        assert_eq!(exit, 2, "{document}");
        let said = message(&document);
        assert!(said.contains(words), "{said}");
    }

    // What is kept of them has no secret, and nobody's whole NIK.
    for (path, text) in texts(shell.world.state_dir().as_path(), &[]) {
        for secret in [PASSWORD, API_KEY, TOKEN_MARK] {
            assert!(!text.contains(secret), "{secret} in {path}");
        }
        assert_eq!(whole_nik(&text), None, "{path}");
    }
}

#[tokio::test]
async fn a_sync_that_runs_is_followed_and_what_is_no_global_one_is_not_continued() {
    let shell = office().await;
    let portal = shell.portal();
    let code = portal.kecamatan()[0].code.clone();
    let (exit, document) = shell
        .ask(&["dapodik", "kecamatan", &code, "--yes", "--json"])
        .await;
    assert_eq!(exit, 0, "{document}");
    let run = document["run"].as_str().unwrap();
    let (exit, document) = shell
        .ask(&["dapodik", "global", "--resume", run, "--yes", "--json"])
        .await;
    assert_eq!(exit, 2);
    let said = message(&document);
    assert!(said.contains("is no global sync"), "{said}");

    let nik = portal.nik(0, 1, 4);
    let npsn = portal.npsn(0, 1);
    let one = ["dapodik", "ptk", "--nik", &nik, "--npsn", &npsn];
    let (exit, document) = shell.ask(&[&one[..], &["--yes", "--json"]].concat()).await;
    assert_eq!(exit, 0, "{document}");
    // Its request names it, and its plan has its row.
    let but = ["run.json", "plan.json"];
    for (path, text) in texts(shell.world.state_dir().as_path(), &but) {
        for secret in [PASSWORD, API_KEY, TOKEN_MARK] {
            assert!(!text.contains(secret), "{secret} in {path}");
        }
        assert_eq!(whole_nik(&text), None, "{path}");
    }

    let start = ["dapodik", "global", "--yes", "--detach"];
    let short = shell.under_way(&start, 1).await;
    portal.release();
    let (exit, document) = shell
        .ask(&["dapodik", "global", "--attach", "--yes", "--json"])
        .await;
    assert_eq!((exit, &document["state"]), (0, &"clean".into()));
    assert!(document["run"].as_str().unwrap().ends_with(&short));
    let wanted = portal.expected();
    assert_eq!(document["report"]["sekolah"], wanted.schools);
    assert_eq!(document["report"]["ptk"], wanted.staff);
}

#[tokio::test]
async fn a_stop_from_another_shell_ends_between_batches() {
    let shell = office().await;
    let start = ["dapodik", "global", "--yes", "--detach"];
    let short = shell.under_way(&start, 60).await;
    let (exit, _) = shell.run(&["runs", "stop", &short]).await;
    assert_eq!(exit, 0);
    shell.portal().release();
    let run = shell.runs.get(shell.id(&short)).unwrap();
    let State::Finished(ending) = run.state else {
        panic!("{run:?}");
    };
    assert_eq!(ending.exit, 130);
    let value = rows(&shell.dapodik_url(), LAST, 1).await.remove(0);
    assert!(value.starts_with("ERROR: "), "{value}");
    let resume = ["dapodik", "global", "--resume", &short, "--yes", "--json"];
    let (exit, document) = shell.ask(&resume).await;
    assert_eq!(exit, 0, "{document}");
    let wanted = shell.portal().expected();
    let count = rows(&shell.dapodik_url(), "SELECT COUNT(*) FROM data_ptk", 1).await;
    assert_eq!(count, [wanted.staff.to_string()]);
}

#[tokio::test]
async fn a_run_that_lost_its_database_for_good_is_continued() {
    let Some(server) = Server::own().await else {
        return;
    };
    let base = Desk::at(&server, Setup::default()).await;
    let shell = office().await;
    let config = std::fs::read_to_string(shell.world.config()).unwrap();
    let config = config.replace("sqlite:data/dapodik.db", &base.url.to_string());
    std::fs::write(shell.world.config(), config).unwrap();
    let start = ["dapodik", "global", "--yes", "--detach"];
    let short = shell.under_way(&start, 60).await;
    server.stop().await;
    shell.portal().release();
    let ending = eventually("the end of a run without its database", || {
        match shell.runs.get(shell.id(&short)).unwrap().state {
            State::Finished(ending) => Some(ending),
            _ => None,
        }
    })
    .await;
    assert_eq!(ending.exit, Kind::Database.exit());
    let _server = server.again().await;
    assert_eq!(base.metadata().await, "RUNNING");
    let resume = ["dapodik", "global", "--resume", &short, "--yes", "--json"];
    let (exit, document) = shell.ask(&resume).await;
    assert_eq!(exit, 0, "{document}");
    let notes = document["report"]["notes"].to_string();
    assert!(notes.contains("RUNNING was left by run"), "{notes}");
    assert_eq!(base.count("data_ptk").await, base.portal.expected().staff);
    assert!(super::is_iso(&base.metadata().await));
}
