//! Beginning: the folder, the claim, the hand-over.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, kill_process};
use selaras::engine::Verdict;
use selaras::error::Kind;
use selaras::run::{Launch, Listed, Runs, State, Until};

use super::end::{ending, stop};
use super::{Act, Plan, Report, World, eventually, launch, mode, pid, process, start};
use crate::harness::wait;

struct TellAtTheEnd<'a>(&'a AtomicBool);

impl Drop for TellAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_never_sees_a_gap_in_the_hand_over() {
    let world = World::new();
    let (runs, done) = (world.runs.clone(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut looks = 0;
                while !done.load(Ordering::Relaxed) {
                    for row in runs.list().unwrap() {
                        let Listed::Run(run) = row else {
                            panic!("half a folder: {row:?}");
                        };
                        assert_ne!(run.state, State::Died);
                        looks += 1;
                    }
                }
                assert!(looks > 10, "{looks} looks");
            });
        }
        // Also when a test fails here: observers that never end are not waited for.
        let _told = TellAtTheEnd(&done);
        let handle = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for _ in 0..10 {
                    let id = world.start(Act::Count(3), &["users-8"]).await.unwrap().id;
                    world.ended(id).await;
                }
            });
        });
    });
}

#[tokio::test]
async fn the_worker_is_out_of_the_terminals_reach() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    let worker = world.only().worker.unwrap();
    assert_eq!(process::session(worker.pid), worker.pid);
    assert_ne!(process::session(std::process::id()), worker.pid);
    let stdin = fs::read_link(format!("/proc/{}/fd/0", worker.pid)).unwrap();
    assert_eq!(stdin, Path::new("/dev/null"));
    kill_process(pid(worker.pid), Signal::HUP).unwrap();
    stop(&world, id, Until::Ended).await;
    assert_eq!(ending(&world, id).verdict, Verdict::Stopped);
}

#[tokio::test]
async fn who_comes_second_is_told_who_was_first() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &["users-8", "users-9"]).await;
    let error = world.start(Act::Wait, &["users-9"]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Busy);
    let run = world.only();
    let (short, worker) = (id.short(), run.worker.unwrap().pid);
    let since = selaras::text::local_time(run.manifest.created);
    assert_eq!(
        error.to_string(),
        format!(
            "demo Dev is already running: run {short}, started by sari@kantor at {since}, \
             pid {worker}"
        )
    );
    assert_eq!(
        error.advice().unwrap(),
        format!("`selaras runs follow {short}` shows it, `selaras runs stop {short}` stops it")
    );
    assert_eq!(world.runs.holder("users-9").unwrap().unwrap().id(), id);
    assert!(world.runs.holder("users-1").unwrap().is_none());
    let folders = fs::read_dir(world.state.path().join("runs")).unwrap();
    assert_eq!(folders.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_exactly_one_begins() {
    let world = World::new();
    let plan = || Plan::new(Act::Wait, &["users-8", "users-9"]);
    let faces: Vec<_> = (0..4)
        .map(|_| {
            process::face(world.state.path(), "022", &plan())
                .spawn()
                .unwrap()
        })
        .collect();
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let runs = world.runs.clone();
            tokio::spawn(async move { start(&runs, "", plan()).await })
        })
        .collect();
    let mut begun = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => begun += 1,
            Err(error) => assert_eq!(error.kind(), Kind::Busy, "{error}"),
        }
    }
    for face in faces {
        match wait::status_of(face).code() {
            Some(0) => begun += 1,
            code => assert_eq!(code, Some(9)),
        }
    }
    assert_eq!(begun, 1);
    assert_eq!(world.only().state, State::Running);
}

#[tokio::test]
async fn what_others_have_is_refused_and_the_rest_is_done() {
    let world = World::new();
    let first = world.waiting(Act::Wait, &["users-8"]).await;
    let wanted = ["users-8", "users-9"];
    let second = world.start(Act::Count(1), &wanted).await.unwrap();
    let reason = &second.refused["users-8"];
    assert!(reason.message.contains(&first.short()), "{reason:?}");
    let run = world.ended(second.id).await;
    assert_eq!(run.manifest.refused, second.refused);
    assert_eq!(run.manifest.resources, ["users-9"]);
    let file = world.runs.report::<Report>(second.id).unwrap();
    assert_eq!(file.ending.exit, 11);
    assert_eq!(file.report.unwrap().refused, ["users-8"]);
}

#[tokio::test]
async fn what_a_dead_run_had_is_free() {
    let world = World::new();
    world.waiting(Act::Wait, &["script"]).await;
    let worker = world.only().worker.unwrap();
    kill_process(pid(worker.pid), Signal::KILL).unwrap();
    let id = world.start(Act::Count(1), &["script"]).await.unwrap().id;
    assert_eq!(world.ended(id).await.exit(), Some(0));
}

#[tokio::test]
async fn a_process_left_behind_does_not_keep_a_run_alive() {
    let world = World::new();
    let id = world.start(Act::Leave, &["script"]).await.unwrap().id;
    world.ended(id).await;
    world.start(Act::Count(1), &["script"]).await.unwrap();
    let said = world.text(id, "events.jsonl");
    let sleeper = said.split("\"text\":\"").nth(1).unwrap();
    let sleeper = sleeper.split('"').next().unwrap().parse().unwrap();
    kill_process(pid(sleeper), Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_worker_that_falls_before_it_begins_is_quoted() {
    let world = World::new();
    let plan = Plan::new(Act::Count(1), &[]);
    let error = world.start_with("fall", plan).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Local);
    assert!(
        error.to_string().contains("3): cannot find ^[[31mmy feet"),
        "{error}"
    );
    assert_eq!(world.only().state, State::Died);
}

#[tokio::test]
async fn a_worker_that_cannot_be_started_leaves_nothing() {
    let world = World::new();
    let mut worker = Launch::this(Vec::new(), std::env::temp_dir());
    worker.exe = world.state.path().join("none");
    let plan = Plan::new(Act::Count(1), &["users-8"]);
    let error = launch(&world.runs, worker, plan).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot start the worker"));
    let folders = fs::read_dir(world.state.path().join("runs")).unwrap();
    assert_eq!(folders.count(), 0);
    assert!(world.runs.holder("users-8").unwrap().is_none());
}

#[tokio::test]
async fn an_empty_plan_makes_no_run() {
    let world = World::new();
    assert!(world.start(Act::Count(0), &[]).await.is_err());
    assert!(!world.state.path().join("runs").exists());
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_written_is_named() {
    let runs = Runs::at("/proc/selaras").unwrap();
    assert!(runs.list().unwrap().is_empty());
    let error = start(&runs, "", Plan::new(Act::Count(1), &[])).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), Kind::Local);
    assert_eq!(error.to_string(), "cannot create /proc/selaras");
}

#[tokio::test]
async fn a_card_that_cannot_be_read_frees_nothing() {
    let world = World::new();
    let id = world.start(Act::Count(1), &["users-8"]).await.unwrap().id;
    world.ended(id).await;
    let card = world.state.path().join("locks/users-8.lock");
    fs::write(card, "{\"version\": 2}").unwrap();
    let error = world.start(Act::Count(1), &["users-8"]).await.unwrap_err();
    assert!(error.to_string().contains("newer selaras"), "{error}");
    let wild = world.start(Act::Count(1), &["../users-8"]).await;
    assert_eq!(wild.unwrap_err().kind(), Kind::Bug);
}

#[tokio::test]
async fn modes_do_not_depend_on_the_umask() {
    for (umask, bits, folder, file) in [
        ("000", 0o700, 0o700, 0o600),
        ("077", 0o700, 0o700, 0o600),
        ("000", 0o2770, 0o2770, 0o660),
        ("077", 0o2770, 0o2770, 0o660),
    ] {
        let world = World::new();
        fs::set_permissions(world.state.path(), fs::Permissions::from_mode(bits)).unwrap();
        let plan = Plan::new(Act::Count(1), &["users-8"]);
        let face = process::face(world.state.path(), umask, &plan);
        assert!(wait::output(face).await.status.success());
        let id = world.only().id();
        world.ended(id).await;
        eventually("room given back", || {
            (!world.runs.path(id).join("reserve").exists()).then_some(())
        })
        .await;
        let mut seen = 0;
        let mut folders = vec![
            world.state.path().join("runs"),
            world.state.path().join("locks"),
        ];
        while let Some(path) = folders.pop() {
            assert_eq!(mode(&path), folder, "{}", path.display());
            for entry in fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    assert_eq!(mode(&entry.path()), file, "{}", entry.path().display());
                    seen += 1;
                }
            }
        }
        // run, plan, events, report, lock, worker.err; users-8.lock, .gate.
        assert_eq!(seen, 8);
    }
}
