//! The fast jobs at a server of our own: it names their run, which is followed to its end.

use std::sync::Arc;

use selaras::dapodik::model::End;
use selaras::dapodik::{Report, Scope, WhenRunning};
use selaras::engine::{Engine as _, Outcome as _, Verdict};
use selaras::error::Result;
use selaras::sim::backend::{Setup, Shape, StreamFault};
use selaras::sim::fault::{Fault, Rule};
use tokio::task::JoinHandle;

use super::{Ear, World, eventually};

const RUNS: &str = "/api/sync/runs";

fn own() -> World {
    World::new(Setup {
        shape: Shape::Own,
        ..Setup::default()
    })
}

/// How often the list of runs was asked for.
fn looks(world: &World) -> usize {
    let requests = world.backend.requests();
    let lists = requests
        .iter()
        .filter(|seen| seen.method == "GET" && seen.path == RUNS);
    lists.count()
}

/// Starts it, and waits until its run was looked at twice.
async fn in_the_middle(world: &World, ear: &Ear) -> JoinHandle<Result<Report>> {
    world.backend.stream_fault(StreamFault::HoldBefore(5));
    let engine = Arc::new(world.engine());
    let plan = world.plan(Scope::AllPtk, WhenRunning::Refuse);
    let (plan, job) = (plan.await.unwrap(), ear.job());
    let running = tokio::spawn(async move { engine.apply(plan, &job).await });
    eventually("two looks", || (looks(world) >= 2).then_some(())).await;
    running
}

#[tokio::test]
async fn a_run_that_is_named_is_followed_until_it_has_ended() {
    for scope in [Scope::AllPtk, Scope::AllSekolah] {
        let world = own();
        let report = world.sync(scope).await.report;
        assert_eq!((&report.end, report.failure()), (&End::Done, None));
        assert_eq!((report.verdict(), report.verified), (Verdict::Clean, None));
        assert!(report.sentence().contains(" done in "), "{report:?}");
        assert!(looks(&world) > 0);
    }
    let (world, ear) = (own(), Ear::default());
    let running = in_the_middle(&world, &ear).await;
    assert!(!running.is_finished());
    world.backend.release();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.end, End::Done);
}

#[tokio::test]
async fn a_run_that_failed_over_there_has_failed_here_in_its_words() {
    let world = own();
    let why = "value too long\u{1b}[2J".to_owned();
    world.backend.stream_fault(StreamFault::ErrorAt(3, why));
    let report = world.sync(Scope::AllPtk).await.report;
    let failure = report.failure().unwrap();
    assert_eq!(
        (report.verdict(), failure.kind.exit()),
        (Verdict::Failed, 4)
    );
    assert!(failure.message.contains("too long^[[2J"), "{failure:?}");
}

#[tokio::test]
async fn a_stop_is_passed_on_and_its_effect_is_waited_for() {
    let (world, ear) = (own(), Ear::default());
    let running = in_the_middle(&world, &ear).await;
    ear.cancel.cancel();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.verdict(), Verdict::Stopped);
    assert!(
        report.sentence().contains("stopped at the server"),
        "{report:?}"
    );
    let requests = world.backend.requests();
    let stops = requests.iter().filter(|seen| seen.method == "DELETE");
    assert_eq!(stops.count(), 1);
}

#[tokio::test]
async fn a_server_that_is_gone_for_a_while_is_looked_at_again_and_not_for_ever() {
    let world = own();
    for look in [1, 2] {
        world
            .backend
            .fault(Rule::new(Fault::ServerError).on(RUNS).at(look));
    }
    let report = world.sync(Scope::AllPtk).await.report;
    assert_eq!(report.end, End::Done);
    let world = own();
    world.backend.fault(Rule::new(Fault::Html).on(RUNS));
    let report = world.sync(Scope::AllPtk).await.report;
    assert_eq!(report.verdict(), Verdict::Interrupted);
    let hint = report.failure().unwrap().hint.unwrap();
    assert!(hint.contains("may have been done"), "{hint}");
}

#[tokio::test]
async fn a_foreign_backend_is_asked_for_no_runs_and_ends_as_started() {
    for shape in [Shape::Deployed, Shape::Documented] {
        let world = World::new(Setup {
            shape,
            ..Setup::default()
        });
        let report = world.sync(Scope::AllSekolah).await.report;
        assert_eq!((&report.end, report.failure()), (&End::Started, None));
        assert_eq!((report.verdict(), report.verified), (Verdict::Clean, None));
        assert_eq!(looks(&world), 0);
    }
}
