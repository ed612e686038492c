//! What somebody put into the state folder: nothing there is waited for, followed or believed.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Signal, kill_process};
use selaras::error::Kind;
use selaras::run::{self, Id, Keep, Listed, State, Stop, StopWait, Until};
use tokio::time::timeout;

use super::read::old_run;
use super::{Act, World, pid, process};
use crate::harness::child::tool;
use crate::harness::clock;
use crate::harness::wait::end;

/// How long anything may take that must not wait.
const PROMPT: Duration = Duration::from_secs(20);
const NAMES: [&str; 6] = [
    "run.json",
    "report.json",
    "events.jsonl",
    "plan.json",
    "lock",
    "output.log",
];

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// Puts each kind of thing at `path`, and does `look` beside it.
fn each_kind(path: &Path, look: impl Fn(&str)) {
    let beside = path.with_extension("real");
    let put: [(&str, &dyn Fn()); 5] = [
        ("a pipe", &|| pipe(path)),
        ("an endless device", &|| symlink("/dev/zero", path).unwrap()),
        ("a link to a file", &|| {
            fs::write(&beside, "{\"version\":1}").unwrap();
            symlink(&beside, path).unwrap();
        }),
        ("a link to nowhere", &|| symlink("nowhere", path).unwrap()),
        ("a folder", &|| fs::create_dir(path).unwrap()),
    ];
    for (kind, put) in put {
        let _ = fs::remove_file(path);
        put();
        look(kind);
        let _ = fs::remove_dir(path);
    }
}

#[tokio::test]
async fn a_run_folder_full_of_traps_hangs_nobody() {
    let looked = tokio::task::spawn_blocking(|| {
        let now = clock::of_the_machine();
        for name in NAMES {
            let world = World::new();
            let id = old_run(&world, now, Some("clean"), "users-8");
            let other = old_run(&world, now, Some("clean"), "users-8");
            each_kind(&world.runs.path(id).join(name), |kind| {
                let rows = world.runs.list().unwrap();
                assert_eq!(rows.len(), 2, "{name} is {kind}");
                let fine = rows.iter().filter(|row| match row {
                    Listed::Run(run) => run.id() == other,
                    Listed::Unreadable { .. } => false,
                });
                assert_eq!(fine.count(), 1, "{name} is {kind}");
                // None of these may wait; what they say does not matter.
                let _ = world.runs.plan::<serde_json::Value>(id);
                let _ = world.runs.report::<serde_json::Value>(id);
                let _ = world.runs.is_running(id);
                let _ = world.runs.follower(id, 0).next_batch();
                assert!(!matches!(world.runs.open_output(id), Ok(Some(_))), "{kind}");
                let keep = Keep { runs: 500, days: 1 };
                world.runs.prunable(keep, now).unwrap();
            });
        }
    });
    timeout(PROMPT, looked)
        .await
        .expect("a look that waits")
        .unwrap();
}

#[tokio::test]
async fn the_folder_of_a_run_is_no_link() {
    let world = World::new();
    let real = old_run(&world, clock::of_the_machine(), Some("clean"), "users-8");
    let id = Id::fresh();
    symlink(world.runs.path(real), world.runs.path(id)).unwrap();
    assert!(
        world
            .runs
            .get(id)
            .unwrap_err()
            .to_string()
            .contains("not the folder of a run")
    );
    let report = world.runs.report::<serde_json::Value>(id).unwrap_err();
    assert!(
        report.chain().contains("links are not followed here"),
        "{}",
        report.chain()
    );
}

#[tokio::test]
async fn a_start_does_not_wait_at_a_planted_lock() {
    for name in ["users-8.lock", ".gate"] {
        let world = World::new();
        let locks = world.state.path().join("locks");
        fs::create_dir(&locks).unwrap();
        pipe(&locks.join(name));
        let starting = world.start(Act::Count(1), &["users-8"]);
        let refused = timeout(PROMPT, starting)
            .await
            .expect("a start that waits")
            .unwrap_err();
        assert_eq!(refused.kind(), Kind::Local, "{name}");
        assert!(
            refused.chain().contains("not a regular file"),
            "{}",
            refused.chain()
        );
    }
}

#[tokio::test]
async fn an_endless_report_is_not_read_to_its_end() {
    let world = World::new();
    let id = old_run(&world, clock::of_the_machine(), Some("clean"), "users-8");
    let report = File::create(world.runs.path(id).join("report.json")).unwrap();
    // Takes no room on the disk, and would take a terabyte of memory.
    report.set_len(1 << 40).unwrap();
    let error = world.runs.get(id).unwrap_err();
    assert!(error.chain().contains("longer than"), "{}", error.chain());
    let journal = File::create(world.runs.path(id).join("events.jsonl")).unwrap();
    journal.set_len(1 << 40).unwrap();
    let mut follower = world.runs.follower(id, 0);
    assert!(follower.next_batch().unwrap().is_empty());
    assert!(follower.skipped() > 0);
}

/// A process that nobody may signal, and that is gone at the end.
struct Victim(Child);

impl Victim {
    /// Waits for input, with these words on its command line.
    fn new(words: &[&str]) -> Self {
        let mut command = tool("sh");
        command.args(["-c", "read line"]).args(words);
        Self(command.stdin(Stdio::piped()).spawn().unwrap())
    }

    /// Its line in a journal, as what it is not.
    fn entry(&self, kind: &str) -> String {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        let born = rest.split(' ').nth(19).unwrap();
        let pid = self.0.id();
        format!(
            "{{\"seq\":1,\"at\":\"2026-11-08T07:03:22Z\",\"kind\":\"{kind}\",\"pid\":{pid},\
             \"born\":{born}}}\n"
        )
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

#[tokio::test]
async fn a_forged_run_makes_nobody_signal_another_process() {
    let patience = StopWait {
        answer: Duration::from_millis(200),
        until: Until::Ended,
    };
    for names_the_run in [false, true] {
        let world = World::new();
        let id = old_run(&world, clock::of_the_machine(), None, "users-8");
        let folder = world.runs.path(id);
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let id_text = id.to_string();
        let words: &[&str] = if names_the_run {
            &["selaras", "work", &id_text]
        } else {
            &[]
        };
        let mut victim = Victim::new(words);
        fs::write(folder.join("events.jsonl"), victim.entry("started")).unwrap();
        assert_eq!(world.runs.get(id).unwrap().state, State::Running);
        let error = run::stop(&world.runs, id, patience).await.unwrap_err();
        assert!(
            error.to_string().contains("nothing was signalled"),
            "{error}"
        );
        assert!(victim.lives());
    }
}

#[tokio::test]
async fn a_forged_line_in_a_journal_kills_no_other_group() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    let worker = world.only().worker.unwrap().pid;
    // Leads a group, and is no child of the worker.
    let stranger = process::sleeper(true);
    let mut victim = Victim::new(&[]);
    let line = victim.entry("child").replace(
        &format!("\"pid\":{}", victim.0.id()),
        &format!("\"pid\":{stranger}"),
    );
    let stat = fs::read_to_string(format!("/proc/{stranger}/stat")).unwrap();
    let born = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(19)
        .unwrap()
        .to_owned();
    let (head, _) = line.split_once("\"born\":").unwrap();
    let journal = world.runs.path(id).join("events.jsonl");
    let forged = format!("{head}\"born\":{born}}}\n{}", victim.entry("started"));
    let text = fs::read_to_string(&journal).unwrap() + &forged;
    fs::write(&journal, text).unwrap();
    // It cannot answer, and so is killed with what it started.
    kill_process(pid(worker), Signal::STOP).unwrap();
    let patience = StopWait {
        answer: Duration::from_millis(200),
        until: Until::Ended,
    };
    assert_eq!(
        run::stop(&world.runs, id, patience).await.unwrap(),
        Stop::Killed
    );
    assert!(victim.lives());
    assert!(rustix::process::test_kill_process(pid(stranger)).is_ok());
    kill_process(pid(stranger), Signal::KILL).unwrap();
}

#[tokio::test]
async fn files_and_links_among_the_leftovers_are_pruned_as_well() {
    let world = World::new();
    let now = clock::of_the_machine();
    let kept = old_run(&world, now, Some("clean"), "users-8");
    let folder = world.state.path().join("runs");
    let outside = world.state.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "").unwrap();
    fs::write(folder.join(".old-file"), "").unwrap();
    symlink(&outside, folder.join(".old-link")).unwrap();
    pipe(&folder.join(".new-pipe"));
    fs::create_dir_all(folder.join(".old-folder/full")).unwrap();
    let keep = Keep { runs: 500, days: 1 };
    let found = world.runs.prunable(keep, now).unwrap();
    assert_eq!(found.leftovers.len(), 4);
    let pruned = world.runs.prune(found).unwrap();
    assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert!(world.runs.path(kept).exists() && outside.join("precious").exists());
    // What is in the way of a removal goes with it.
    let old = old_run(
        &world,
        now - jiff::SignedDuration::from_hours(99),
        None,
        "users-8",
    );
    let in_the_way = folder.join(format!(".old-{old}"));
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let found = world.runs.prunable(keep, now).unwrap();
    assert_eq!(world.runs.prune(found).unwrap().removed, [old]);
}

#[tokio::test]
async fn a_run_whose_folder_is_removed_is_said_to_be_out_of_sight() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    let worker = world.only().worker.unwrap().pid;
    let mut following = world.runs.follow(id, 0).unwrap();
    fs::remove_dir_all(world.state.path().join("runs")).unwrap();
    let lost = async {
        loop {
            if let Err(error) = following.next().await {
                break error;
            }
        }
    };
    let error = timeout(PROMPT, lost).await.expect("an end of following");
    assert_eq!(error.kind(), Kind::Local);
    assert!(error.to_string().contains("was removed"), "{error}");
    assert!(error.advice().unwrap().contains(&format!("work {id}")));
    kill_process(pid(worker), Signal::KILL).unwrap();
}
