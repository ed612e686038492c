//! Ending: reports, stops, deaths.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Signal, kill_process, test_kill_process};
use selaras::engine::{Event, Verdict};
use selaras::error::Kind;
use selaras::run::{self, Ending, Id, State, Stop, StopWait, Until};

use super::{Act, Plan, Report, World, eventually, pid, process};
use crate::harness::wait::output;

pub(super) async fn stop(world: &World, id: Id, until: Until) -> Stop {
    let patience = StopWait {
        answer: Duration::from_secs(20),
        until,
    };
    run::stop(&world.runs, id, patience).await.unwrap()
}

pub(super) fn ending(world: &World, id: Id) -> Ending {
    match world.runs.get(id).unwrap().state {
        State::Finished(ending) => ending,
        state => panic!("{state:?}"),
    }
}

/// Runs one plan to its end.
async fn outcome(world: &World, quirk: &str, act: Act) -> Id {
    let plan = Plan::new(act, &["users-8"]);
    let id = world.start_with(quirk, plan).await.unwrap().id;
    world.ended(id).await;
    id
}

#[tokio::test]
async fn a_run_ends_in_a_report() {
    let world = World::new();
    let id = outcome(&world, "", Act::Count(500)).await;
    let file = world.runs.report::<Report>(id).unwrap();
    assert_eq!(file.ending, ending(&world, id));
    assert_eq!((file.ending.verdict, file.ending.exit), (Verdict::Clean, 0));
    assert_eq!(file.ending.sentence, "The demo is over.");
    assert!(file.report.is_some() && file.ending.error.is_none());
    let last = world.text(id, "events.jsonl");
    let last = last.lines().last().unwrap();
    assert!(
        last.contains(r#""done":500"#),
        "the last step is said: {last}"
    );
    assert_eq!(world.text(id, "worker.err"), "");
}

#[tokio::test]
async fn a_panic_becomes_a_failed_report() {
    let world = World::new();
    let id = outcome(&world, "", Act::Panic).await;
    let ending = ending(&world, id);
    let error = ending.error.unwrap();
    assert_eq!((ending.verdict, ending.exit), (Verdict::Failed, 1));
    assert_eq!(error.kind, Kind::Bug);
    assert_eq!(error.message, "demo panicked: the demo fell over its feet");
    assert!(error.hint.unwrap().contains("worker.err"));
    assert!(world.text(id, "worker.err").contains("fell over its feet"));
}

#[tokio::test]
async fn what_an_engine_cannot_do_is_the_runs_error() {
    for (kind, verdict) in [
        (Kind::Stale, Verdict::Failed),
        (Kind::Database, Verdict::Failed),
        (Kind::Stopped, Verdict::Stopped),
    ] {
        let world = World::new();
        let id = outcome(&world, "", Act::Refuse(kind)).await;
        let file = world.runs.report::<Report>(id).unwrap();
        assert_eq!(file.ending.verdict, verdict);
        assert_eq!(file.ending.exit, kind.exit());
        assert_eq!(file.ending.error.unwrap().message, "the demo cannot");
        assert!(file.report.is_none());
    }
}

#[tokio::test]
async fn a_worker_without_an_engine_reports_why() {
    let world = World::new();
    let id = outcome(&world, "no engine", Act::Count(1)).await;
    assert_eq!(ending(&world, id).exit, 3);
    assert!(world.only().worker.is_some());
}

#[tokio::test]
async fn a_changed_plan_is_not_applied() {
    let world = World::new();
    let id = outcome(&world, "other plan", Act::Count(1)).await;
    let error = ending(&world, id).error.unwrap();
    assert_eq!(error.kind, Kind::Local);
    assert!(error.message.contains("changed after it was confirmed"));
    assert!(!world.text(id, "events.jsonl").contains("stage"));
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_nothing() {
    let world = World::new();
    let id = outcome(&world, "full journal", Act::Count(1)).await;
    assert_eq!(ending(&world, id).verdict, Verdict::Clean);
    let said = world.text(id, "worker.err");
    assert!(
        said.starts_with("events.jsonl lacks 3 of 3 lines"),
        "{said}"
    );
}

#[tokio::test]
async fn a_report_too_large_for_the_disk_keeps_its_verdict() {
    let world = World::new();
    let id = outcome(&world, "small disk", Act::Report(200_000)).await;
    let file = world.runs.report::<Report>(id).unwrap();
    assert_eq!(file.ending.verdict, Verdict::Clean);
    assert!(file.report.is_none());
    assert!(world.text(id, "worker.err").contains("report.json"));
}

#[tokio::test]
async fn a_stopped_run_finishes_its_batch_and_reports() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    assert_eq!(stop(&world, id, Until::Ended).await, Stop::Ended);
    let ending = ending(&world, id);
    assert_eq!((ending.verdict, ending.exit), (Verdict::Stopped, 130));
    assert!(
        world
            .text(id, "events.jsonl")
            .contains(r#""kind":"stopping""#)
    );
    assert_eq!(stop(&world, id, Until::Ended).await, Stop::HadEnded);
}

#[tokio::test]
async fn a_second_stop_insists() {
    let world = World::new();
    let id = world.waiting(Act::WaitTwice, &[]).await;
    assert_eq!(stop(&world, id, Until::Answered).await, Stop::Answered);
    assert_eq!(world.runs.get(id).unwrap().state, State::Running);
    assert_eq!(stop(&world, id, Until::Ended).await, Stop::Ended);
    assert_eq!(ending(&world, id).exit, 130);
}

#[tokio::test]
async fn a_worker_that_does_not_answer_is_killed_with_its_children() {
    let world = World::new();
    let id = world.waiting(Act::Lead, &[]).await;
    let mut journal = world.runs.follower(id, 0);
    let child = eventually("a child", || {
        let batch = journal.next_batch().unwrap();
        batch.into_iter().find_map(|entry| match entry.event {
            Event::Child { pid, born } => Some((pid, born)),
            _ => None,
        })
    })
    .await;
    assert!(child.1.is_some());
    let worker = pid(world.only().worker.unwrap().pid);
    kill_process(worker, Signal::STOP).unwrap();
    let patience = StopWait {
        answer: Duration::from_millis(300),
        until: Until::Answered,
    };
    let stopped = run::stop(&world.runs, id, patience).await.unwrap();
    assert_eq!(stopped, Stop::Killed);
    assert_eq!(world.runs.get(id).unwrap().state, State::Died);
    eventually("the end of the child", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.0));
        let gone = stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z "));
        gone.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_killed_worker_is_a_run_that_died() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    let worker = pid(world.only().worker.unwrap().pid);
    kill_process(worker, Signal::KILL).unwrap();
    let run = world.ended(id).await;
    assert_eq!((&run.state, run.exit()), (&State::Died, Some(6)));
    let failure = run.failure().unwrap();
    assert!(failure.message.contains(&id.short()), "{failure:?}");
    eventually("the end of the process", || {
        test_kill_process(worker).is_err().then_some(())
    })
    .await;
    assert_eq!(stop(&world, id, Until::Ended).await, Stop::HadEnded);
}

#[tokio::test]
async fn a_run_that_died_cannot_be_begun_again_by_hand() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    kill_process(pid(world.only().worker.unwrap().pid), Signal::KILL).unwrap();
    world.ended(id).await;
    let journal = world.text(id, "events.jsonl");
    let open = || File::open(world.runs.path(id).join("lock")).unwrap();
    let locked = open();
    locked.lock().unwrap();
    let by_hand = |stdin: Stdio| process::by_hand(world.state.path(), id, stdin);
    let again = async |stdin: Stdio| output(by_hand(stdin)).await.status.code();
    // Under somebody else's lock, and as the leader of a group: both are wrong use.
    assert_eq!(again(open().into()).await, Some(2));
    let mut leader = by_hand(Stdio::null());
    leader.process_group(0);
    assert_eq!(output(leader).await.status.code(), Some(2));
    // With the lock in hand: it was begun before.
    assert_eq!(again(locked.into()).await, Some(8));
    assert_eq!(again(open().into()).await, Some(2));
    assert_eq!(world.text(id, "events.jsonl"), journal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_before_it_begins_is_a_run_that_died() {
    let world = World::new();
    let runs = world.runs.clone();
    let start = tokio::spawn(async move {
        super::start(&runs, "hang", Plan::new(Act::Wait, &["users-8"])).await
    });
    let run = eventually("a worker that hangs", || {
        let run = world.runs.readable().unwrap().pop()?;
        world
            .runs
            .path(run.id())
            .join("hangs")
            .exists()
            .then_some(run)
    })
    .await;
    assert_eq!((&run.state, run.worker), (&State::Running, None));
    let second = world.start(Act::Wait, &["users-8"]).await.unwrap_err();
    assert!(second.to_string().ends_with("just starting"), "{second}");
    let patience = StopWait {
        answer: Duration::from_millis(100),
        until: Until::Ended,
    };
    let error = run::stop(&world.runs, run.id(), patience)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no process"), "{error}");
    kill_process(holder_of_the_lock(&world, run.id()), Signal::KILL).unwrap();
    assert_eq!(start.await.unwrap().unwrap_err().kind(), Kind::Local);
    assert_eq!(world.ended(run.id()).await.state, State::Died);
}

/// The process whose stdin is the run's lock.
fn holder_of_the_lock(world: &World, id: Id) -> rustix::process::Pid {
    let lock = world.runs.path(id).join("lock");
    let found = std::fs::read_dir("/proc").unwrap().find_map(|entry| {
        let entry = entry.ok()?;
        let number = entry.file_name().to_str()?.parse().ok()?;
        let stdin = std::fs::read_link(entry.path().join("fd/0")).ok()?;
        (stdin == lock).then(|| pid(number))
    });
    found.unwrap()
}
