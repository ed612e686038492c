//! A backend that is killed, a connection that is cut: what is known is said, and no more. And what
//! a call for all PTK empties.

use std::time::Duration;

use selaras::dapodik::model::End;
use selaras::dapodik::{Scope, WhenRunning, preview, progress::Progress};
use selaras::engine::{Engine as _, Event, Job, Outcome as _, Verdict};
use selaras::error::Kind;
use selaras::sim::backend::{Setup, Shape, StreamFault};

use super::{Ear, World, chosen, eventually};

/// Follows a sync whose backend is killed in the middle of the fourth kecamatan; what its run says
/// of it, and how it ends when somebody stops it.
pub(super) async fn a_killed_backend_is_told_by_what_is_known(world: &World) {
    world.backend.stream_fault(StreamFault::KilledBefore(19));
    let (ear, running) = world.begin(world.engine()).await;
    let known = "whether the backend still works cannot be seen from here; no new row";
    ear.hears(
        "what is known",
        |event| matches!(event, Event::Item { note, .. } if note.contains(known)),
    )
    .await;
    let mut face = Progress::new(&[]);
    for event in ear.heard() {
        face.event(&event, "2026-11-20T01:00:00Z".parse().unwrap());
    }
    assert!(face.is_watched().unwrap().contains("metadata says RUNNING"));
    ear.cancel.cancel();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.verdict(), Verdict::Stopped);
    let sentence = report.sentence();
    for part in [
        "Stopped watching: the connection broke at ",
        "34.04.04 Minggir (Sleman)",
        "metadata says RUNNING, seen so since ",
        "cannot be seen from here",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    assert!(!sentence.contains("continues"), "{sentence}");
    assert_eq!(world.backend.metadata().as_deref(), Some("RUNNING"));
}

#[tokio::test]
async fn a_backend_that_was_killed_is_told_by_what_is_known() {
    let world = World::storing(Setup::default()).await;
    a_killed_backend_is_told_by_what_is_known(&world).await;
}

#[tokio::test]
async fn rows_that_still_arrive_are_told() {
    let world = World::storing(Setup {
        shape: Shape::Documented,
        ..Setup::default()
    })
    .await;
    world.backend.stream_fault(StreamFault::CutBefore(9));
    world.backend.stream_fault(StreamFault::HoldBefore(40));
    let (ear, running) = world.begin(world.engine()).await;
    let arrive = |event: &Event| matches!(event, Event::Item { note, .. } if note.contains("in the database"));
    ear.hears("rows", arrive).await;
    world.backend.release();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.end, End::DoneByMetadata);
    assert_eq!(
        (report.verified, report.verdict()),
        (Some(true), Verdict::Clean)
    );
    let sentence = report.sentence();
    assert!(sentence.contains("The connection broke at "), "{sentence}");
}

#[tokio::test]
async fn after_a_cut_the_database_is_checked_too() {
    for scope in [Scope::Global, chosen(&["34.04.01", "34.04.02", "34.04.03"])] {
        let world = World::storing(Setup::default()).await;
        world.store_before().await;
        world.backend.stream_fault(StreamFault::CutBefore(9));
        let report = world.sync(scope.clone()).await.report;
        let broken = report.broken.clone().unwrap();
        assert!(broken.place.unwrap().contains("(Sleman)"));
        assert!(
            report
                .percent
                .is_some_and(|percent| percent == broken.percent)
        );
        // What was stored by then is counted, the rest was not reached.
        assert_eq!(report.verified, Some(false));
        assert!(report.sekolah.unwrap() >= 3, "{report:?}");
        let last = report.kecamatan.failed.last().unwrap();
        assert!(last.reason.contains("not reached"), "{last:?}");
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4);
        let sentence = report.sentence();
        for part in [
            "does not refresh its view",
            "In the database, looked at just then: ",
        ] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
        let written = serde_json::to_value(&report).unwrap();
        assert_eq!(written["broken"]["percent"], broken.percent);
    }
}

#[tokio::test]
async fn a_sync_that_was_only_watched_was_not_done_in_that_time() {
    let world = World::new(Setup {
        metadata: Some("RUNNING".to_owned()),
        ..Setup::default()
    });
    let plan = world
        .plan(Scope::Global, WhenRunning::Attach)
        .await
        .unwrap();
    let (engine, ear) = (world.engine(), Ear::default());
    let job = ear.job();
    let running = tokio::spawn(async move { engine.apply(plan, &job).await });
    eventually("look at metadata", || {
        (world.backend.requests().len() > 4).then_some(())
    })
    .await;
    world.backend.set_metadata(Some("2026-02-28T01:00:00.000Z"));
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.took(), None);
    let sentence = report.sentence();
    assert!(sentence.contains("; watched for "), "{sentence}");
    assert!(!sentence.contains("done in"), "{sentence}");
}

/// What a call for all PTK empties at the deployed backend is counted, and it does.
pub(super) async fn all_ptk_is_told_by_what_it_empties(world: &World) {
    world.store_before().await;
    let plan = async || {
        world
            .plan(Scope::AllPtk, WhenRunning::Refuse)
            .await
            .unwrap()
    };
    let planned = plan().await;
    let emptied = planned.emptied.clone().unwrap();
    assert_eq!((emptied.rows, emptied.of), (Some(408), Some(408)));
    let column = ("riwayat_sertifikasi_bidang_studi".to_owned(), 408);
    assert_eq!(emptied.columns, [column]);
    let now = "2026-02-27T03:00:00Z".parse().unwrap();
    let text = preview(&planned, None, now).join("\n");
    assert!(text.contains("408 of 408 rows lose a value"), "{text}");
    assert_eq!(emptied.typed(), "408");
    let guard = |allowed| planned.guard(allowed).map(|failure| failure.kind);
    for (allowed, tripped) in [(None, true), (Some(407), true), (Some(408), false)] {
        assert_eq!(
            guard(allowed),
            tripped.then_some(Kind::Guard),
            "{allowed:?}"
        );
    }
    let report = world.engine().apply(planned, &Job::silent()).await.unwrap();
    assert_eq!(report.end, End::Started);
    let emptying = async {
        // Nobody tells when it is done: the database does.
        while plan().await.guard(None).is_some() {
            tokio::task::yield_now().await;
        }
    };
    let emptied = tokio::time::timeout(Duration::from_secs(30), emptying).await;
    assert!(emptied.is_ok(), "the column was not emptied within 30 s");
}

#[tokio::test]
async fn all_ptk_empties_a_column_and_says_so_before() {
    let world = World::storing(Setup {
        ptk: super::checked::PTK,
        ..Setup::default()
    })
    .await;
    all_ptk_is_told_by_what_it_empties(&world).await;
    // Without a database nobody can count; then nobody can allow a figure either.
    let world = World::new(Setup::default());
    let plan = world
        .plan(Scope::AllPtk, WhenRunning::Refuse)
        .await
        .unwrap();
    let emptied = plan.emptied.clone().unwrap();
    assert_eq!((emptied.rows, emptied.typed().as_str()), (None, "empty"));
    assert_eq!(plan.guard(Some(1_000_000)).unwrap().kind, Kind::Guard);
    let plan = world.plan(Scope::AllSekolah, WhenRunning::Refuse).await;
    assert_eq!(plan.unwrap().emptied, None);
}
