//! A sync that is stopped and continued, and one that may not begin.

use selaras::dapodik::{Dapodik, Request, Scope, WhenRunning};
use selaras::engine::{Engine as _, Event, Job, Outcome as _, Verdict};
use selaras::error::Kind;

use super::super::Run;
use super::{
    Desk, QUICK, assert_same, continued, is_iso, keeps_the_rules, resume_of, small, undisturbed,
};
use crate::harness::wait::within;

/// Two requests at once: there is a middle in which a sync can be stopped.
async fn unhurried() -> Vec<Desk> {
    let mut desks = Desk::each(&small()).await;
    for desk in &mut desks {
        "concurrency = 2".clone_into(&mut desk.settings);
    }
    desks
}

fn global() -> Request {
    Request::of(Scope::Global)
}

/// Stops a sync when it has stored something.
async fn stopped(desk: &Desk, request: Request) -> Run {
    let (ear, running) = desk.halfway(QUICK, request).await;
    ear.cancel.cancel();
    desk.portal.release();
    let report = within("the end", running).await.unwrap().unwrap();
    let run = Run {
        report,
        events: ear.heard(),
    };
    keeps_the_rules(&run);
    assert_eq!(run.report.verdict(), Verdict::Stopped);
    let failure = run.report.failure().unwrap();
    assert_eq!(failure.kind.exit(), 130);
    assert!(failure.hint.unwrap().contains("--resume RUN"));
    let sentence = run.report.sentence();
    assert!(
        sentence.contains("stays. Stored until then: "),
        "{sentence}"
    );
    assert!(
        sentence.contains("The view was not refreshed"),
        "{sentence}"
    );
    run
}

#[tokio::test]
async fn a_sync_that_is_stopped_twice_ends_as_one_that_never_was() {
    for desk in unhurried().await {
        let first = stopped(&desk, global()).await;
        let value = desk.metadata().await;
        assert!(value.starts_with("ERROR: the sync was stopped"), "{value}");
        // What is told as stored is stored.
        let done = resume_of(&first.events).done;
        let listed = done.iter().map(|npsn| format!("'{npsn}'"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        let sql = format!("data_ptk WHERE npsn IN ({listed})");
        assert!(desk.count(&sql).await > 0);
        assert!(done.len() < 38, "it was stopped too late to show anything");

        let second = stopped(&desk, continued(&first.events)).await;
        let mut request = continued(&second.events);
        let resume = request.resume.as_mut().unwrap();
        assert_eq!(resume.start, resume_of(&first.events).start);
        resume.done.extend(done);
        let asked = |desk: &Desk| {
            let requests = desk.portal.requests();
            requests
                .iter()
                .filter(|seen| seen.path.starts_with("/ptk?"))
                .count()
        };
        let (left, before) = (38 - resume.done.len(), asked(&desk));
        let third = desk.sync_at(QUICK, request).await;
        keeps_the_rules(&third);
        assert_eq!(third.report.verdict(), Verdict::Clean);
        assert_eq!(asked(&desk) - before, left);
        assert!(is_iso(&desk.metadata().await));
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
        let gone = third.report.work.unwrap().gone.unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (0, 0));
    }
}

#[tokio::test]
async fn a_second_sync_into_one_database_is_refused_and_told_who_is_there() {
    for desk in unhurried().await {
        let early = desk.plan(global()).await.unwrap();
        let (_, running) = desk.halfway(QUICK, global()).await;
        let plan = desk.plan(global()).await.unwrap();
        let obstacle = plan.obstacle().unwrap();
        assert_eq!(obstacle.kind, Kind::Busy);
        assert!(
            obstacle.message.contains("process "),
            "{}",
            obstacle.message
        );
        // One that was planned before is refused too.
        let second: Dapodik = desk.engine();
        let refused = second.apply(early, &Job::silent()).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Busy);
        assert!(refused.chain().contains("process "), "{}", refused.chain());
        desk.portal.release();
        let report = within("the end", running).await.unwrap().unwrap();
        assert_eq!(report.verdict(), Verdict::Clean);
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
    }
}

#[tokio::test]
async fn running_of_somebody_else_is_not_overrun() {
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let early = desk.plan(global()).await.unwrap();
        desk.run("UPDATE system_metadata SET value = 'RUNNING'")
            .await;
        let plan = desk.plan(global()).await.unwrap();
        let obstacle = plan.obstacle().unwrap();
        assert_eq!(obstacle.kind.exit(), 9);
        assert!(obstacle.hint.unwrap().contains("--force-running"));
        let refused = desk.engine().apply(early, &Job::silent()).await;
        assert_eq!(refused.unwrap_err().kind(), Kind::Busy);
        assert_eq!(desk.metadata().await, "RUNNING");
        let forced = Request {
            when_running: WhenRunning::Force,
            ..global()
        };
        let run = desk.sync_at(QUICK, forced).await;
        assert_eq!(run.report.verdict(), Verdict::Clean);
        assert!(is_iso(&desk.metadata().await));
        let work = run.report.work.unwrap();
        assert_eq!(work.metadata_before.as_deref(), Some("RUNNING"));
        assert!(run.events.iter().any(|event| matches!(
            event,
            Event::Item { state, note, .. } if state == "begun" && note == "RUNNING"
        )));
    }
}
