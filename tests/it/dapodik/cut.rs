//! A connection that breaks, at every frame: what becomes of the run, and never a second sync.

use std::time::Duration;

use selaras::dapodik::Scope;
use selaras::dapodik::Timeouts;
use selaras::dapodik::model::End;
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::backend::{Setup, Shape, StreamFault, sleman};
use selaras::sim::fault::{Fault, Rule};

use super::{PACE, Run, World, chosen};

/// The frames of a sync of two kecamatan with two schools each: a greeting, four for each
/// kecamatan, the end.
const FRAMES: usize = 10;

fn small(shape: Shape) -> World {
    World::new(Setup {
        kecamatan: sleman().into_iter().take(2).collect(),
        schools: 2,
        shape,
        ..Setup::default()
    })
}

fn cuts() -> impl Iterator<Item = StreamFault> {
    (1..=FRAMES).flat_map(|frame| [StreamFault::CutBefore(frame), StreamFault::CutWithin(frame)])
}

async fn cut(world: &World, spoil: &StreamFault, scope: Scope) -> Run {
    world.backend.stream_fault(spoil.clone());
    let run = world.sync(scope).await;
    assert_eq!(world.backend.syncs(), 1, "{spoil:?}");
    run
}

#[tokio::test]
async fn a_backend_that_ends_without_its_client_has_failed_with_its_own_words() {
    for spoil in cuts() {
        let world = small(Shape::Deployed);
        let run = cut(&world, &spoil, Scope::Global).await;
        assert_eq!(world.backend.streams_asked(), 1, "{spoil:?}");
        if spoil == StreamFault::CutWithin(FRAMES) {
            // Its end was written before it was told.
            assert_eq!(run.report.end, End::DoneByMetadata);
            assert_eq!(run.report.last_sync, world.backend.metadata());
            continue;
        }
        assert_eq!(run.report.verdict(), Verdict::Failed, "{spoil:?}");
        let failure = run.report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4);
        assert!(
            failure.message.contains("Controller is already closed"),
            "{spoil:?}"
        );
    }
}

#[tokio::test]
async fn a_backend_that_continues_without_its_client_is_watched_to_its_end() {
    for spoil in cuts() {
        let world = small(Shape::Documented);
        let run = cut(&world, &spoil, Scope::Global).await;
        assert_eq!(world.backend.streams_asked(), 1, "{spoil:?}");
        assert_eq!(run.report.end, End::DoneByMetadata, "{spoil:?}");
        assert_eq!(
            (run.report.verdict(), run.report.failure()),
            (Verdict::Clean, None)
        );
        assert!(run.report.sentence().contains("by what metadata says"));
    }
}

#[tokio::test]
async fn a_server_that_replays_is_resumed_after_the_last_event() {
    for spoil in cuts() {
        let world = small(Shape::Own);
        let run = cut(&world, &spoil, Scope::Global).await;
        let first = [StreamFault::CutBefore(1), StreamFault::CutWithin(1)].contains(&spoil);
        // Without any id it may not be asked again: that would start another sync.
        let asked = if first { 1 } else { 2 };
        assert_eq!(world.backend.streams_asked(), asked, "{spoil:?}");
        let end = if first {
            End::DoneByMetadata
        } else {
            End::Done
        };
        assert_eq!(run.report.end, end, "{spoil:?}");
    }
}

#[tokio::test]
async fn a_server_that_has_nothing_to_replay_is_asked_how_its_run_ended() {
    // Its last frame is there and tells no end.
    let world = small(Shape::Own);
    let run = cut(&world, &StreamFault::Lacking("done"), Scope::Global).await;
    assert_eq!(world.backend.streams_asked(), 2);
    assert_eq!(
        (run.report.verdict(), &run.report.end),
        (Verdict::Clean, &End::Done)
    );
    assert_eq!(run.report.broken, None);
}

#[tokio::test]
async fn a_sync_of_some_kecamatan_is_interrupted_where_it_broke() {
    for spoil in cuts().skip(4) {
        let world = small(Shape::Deployed);
        let run = cut(&world, &spoil, chosen(&["34.04.01", "34.04.02"])).await;
        assert_eq!(world.backend.streams_asked(), 1, "{spoil:?}");
        // Its frames are two fewer: nothing announces a kecamatan there.
        let whole = matches!(
            spoil,
            StreamFault::CutBefore(9..) | StreamFault::CutWithin(9..)
        );
        if whole {
            assert_eq!(run.report.end, End::Done, "{spoil:?}");
            continue;
        }
        assert_eq!(run.report.verdict(), Verdict::Interrupted, "{spoil:?}");
        let failure = run.report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4);
        assert!(
            failure.message.starts_with("interrupted at "),
            "{}",
            failure.message
        );
        assert!(failure.message.contains("(Sleman)"), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_request_that_never_arrived_leaves_metadata_unchanged() {
    let world = small(Shape::Deployed);
    world
        .backend
        .fault(Rule::new(Fault::Reset).on("/api/sync/global"));
    let run = world.sync(Scope::Global).await;
    assert_eq!(
        (world.backend.streams_asked(), world.backend.syncs()),
        (1, 0)
    );
    assert_eq!(run.report.verdict(), Verdict::Interrupted);
    let failure = run.report.failure().unwrap();
    assert!(
        failure.message.starts_with("interrupted at 0 %"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn the_bytes_of_a_stream_may_end_anywhere() {
    for bytes in [60, 200, 211, 260, 400, 700] {
        let world = small(Shape::Documented);
        let rule = Rule::new(Fault::Cut(bytes)).on("/api/sync/global");
        world.backend.fault(rule);
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.end, End::DoneByMetadata, "{bytes}");
        assert_eq!(
            (world.backend.streams_asked(), world.backend.syncs()),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn running_is_not_watched_for_ever() {
    let world = small(Shape::Documented);
    world.backend.stream_fault(StreamFault::HoldBefore(5));
    world.backend.stream_fault(StreamFault::CutBefore(5));
    let pace = Timeouts {
        watch: Duration::from_millis(50),
        ..PACE
    };
    let run = world.sync_at(pace, Scope::Global).await;
    assert_eq!(run.report.verdict(), Verdict::Interrupted);
    let failure = run.report.failure().unwrap();
    assert!(failure.message.contains("RUNNING"), "{}", failure.message);
}

#[tokio::test]
async fn a_backend_that_is_gone_is_not_watched_for_ever() {
    let world = small(Shape::Deployed);
    world.backend.stream_fault(StreamFault::CutBefore(5));
    // Both reads of metadata, the plan's and the run's, are answered; then nobody listens.
    let rule = Rule::new(Fault::Refuse).on("/api/sync/metadata").at(3);
    world.backend.fault(rule);
    let run = world.sync(Scope::Global).await;
    assert_eq!(run.report.verdict(), Verdict::Interrupted);
    assert_eq!(world.backend.streams_asked(), 1);
}
