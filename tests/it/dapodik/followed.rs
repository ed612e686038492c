//! Followed to the end, stopped, silent, flooded.

use std::time::{Duration, Instant};

use selaras::dapodik::model::End;
use selaras::dapodik::{Report, Scope, WhenRunning, progress};
use selaras::engine::{Event, Outcome as _, Verdict};
use selaras::error::Result;
use selaras::sim::backend::{Setup, Shape, StreamFault, diy};

use super::{PACE, Run, World, chosen, eventually};
use crate::harness::clock;
use selaras::dapodik::Timeouts;
use tokio::task::JoinHandle;

#[tokio::test]
async fn a_global_sync_over_17_kecamatan_is_followed_to_its_end() {
    for shape in [Shape::Deployed, Shape::Documented, Shape::Own] {
        let world = World::new(Setup {
            shape,
            ..Setup::default()
        });
        let run = world.sync(Scope::Global).await;
        let report = &run.report;
        assert_eq!(
            (report.verdict(), &report.end),
            (Verdict::Clean, &End::Done),
            "{shape:?}"
        );
        assert_eq!((report.kecamatan.done, report.percent), (17, Some(100)));
        assert_eq!((report.verified, report.failure()), (None, None));
        assert_eq!(report.last_sync, world.backend.metadata());
        assert!(
            report.sentence().contains("Not verified"),
            "{}",
            report.sentence()
        );
        assert_eq!(
            (world.backend.streams_asked(), world.backend.syncs()),
            (1, 1)
        );
        is_trustworthy(&run);
    }
}

/// Never backwards, and 100 % once: at the end.
fn is_trustworthy(run: &Run) {
    let overall = run.steps(progress::ALL);
    assert!(overall.is_sorted(), "{overall:?}");
    let whole = overall.iter().filter(|percent| **percent == 100).count();
    assert_eq!((whole, overall.last()), (1, Some(&100)));
    assert_eq!(run.steps(progress::COUNT).last(), Some(&17));
}

#[tokio::test]
async fn a_face_that_reads_the_events_knows_the_kecamatan_and_their_turn() {
    let world = World::new(Setup::default());
    let run = world.sync(Scope::Global).await;
    let mut face = progress::Progress::new(&[]);
    for event in &run.events {
        face.event(event, clock::now());
    }
    assert!(face.is_done());
    let labels: Vec<&str> = face
        .places()
        .iter()
        .map(|place| place.label.as_str())
        .collect();
    assert_eq!((labels.len(), labels[6]), (17, "34.04.07 Depok (Sleman)"));
    assert!(face.places().iter().all(|place| place.passed));
}

#[tokio::test]
async fn all_78_kecamatan_are_followed_and_found_in_the_database() {
    let world = World::storing(Setup {
        kecamatan: diy(),
        ..Setup::default()
    })
    .await;
    let run = world.sync(Scope::Global).await;
    let report = &run.report;
    assert_eq!((report.kecamatan.done, report.verified), (78, Some(true)));
    assert_eq!((report.sekolah, report.ptk), (Some(78 * 3), Some(78 * 6)));
    assert!(
        report.sentence().contains("verified"),
        "{}",
        report.sentence()
    );
}

#[tokio::test]
async fn two_kecamatan_of_one_name_are_told_apart() {
    let world = World::storing(Setup {
        kecamatan: diy(),
        ..Setup::default()
    })
    .await;
    let both = chosen(&["34.71.02", "34.02.09", "34.71.02"]);
    let plan = world.plan(both.clone(), WhenRunning::Refuse).await.unwrap();
    let labels: Vec<String> = plan
        .kecamatan
        .iter()
        .map(selaras::dapodik::Kecamatan::label)
        .collect();
    assert_eq!(
        labels,
        [
            "34.71.02 Jetis (Kota Yogyakarta)",
            "34.02.09 Jetis (Bantul)"
        ]
    );
    let run = world.sync(both).await;
    assert_eq!(
        (run.report.kecamatan.done, run.report.verified),
        (2, Some(true))
    );
    assert_eq!(run.report.last_sync, None);
    let one = world.sync(chosen(&["34.02.09"])).await;
    assert_eq!(
        (one.report.kecamatan.done, one.report.sekolah),
        (1, Some(3))
    );
    let asked = world.backend.requests();
    let asked: Vec<_> = asked
        .iter()
        .filter(|seen| seen.path.contains('?'))
        .collect();
    assert_eq!(
        asked[0].path,
        "/api/sync/kecamatan?kode_kecamatan=34.71.02&kode_kecamatan=34.02.09"
    );
}

/// A global sync that is stopped while the fourth kecamatan is in hand.
async fn stopped_in_the_middle(world: &World) -> Report {
    world.backend.stream_fault(StreamFault::HoldBefore(20));
    let (ear, running) = world.begin(world.engine()).await;
    ear.hears(
        "kecamatan in hand",
        |event| matches!(event, Event::Item { note, .. } if note.contains("Minggir")),
    )
    .await;
    ear.cancel.cancel();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.verdict(), Verdict::Stopped);
    report
}

#[tokio::test]
async fn a_stop_closes_the_stream_and_says_what_that_means() {
    let world = World::new(Setup::default());
    let report = stopped_in_the_middle(&world).await;
    assert_eq!(report.failure().unwrap().kind.exit(), 130);
    assert!(
        report
            .sentence()
            .contains("to the end of the kecamatan in hand")
    );
    assert_eq!(report.kecamatan.done, 3);
    world.backend.release();
    eventually("end over there", || {
        let said = world.backend.metadata()?;
        said.contains("Controller is already closed").then_some(())
    })
    .await;
    assert_eq!(world.backend.streams_asked(), 1);
}

#[tokio::test]
async fn our_own_server_is_asked_to_stop() {
    let world = World::new(Setup {
        shape: Shape::Own,
        ..Setup::default()
    });
    let report = stopped_in_the_middle(&world).await;
    assert!(report.sentence().contains("stopped at the server"));
    let requests = world.backend.requests();
    assert!(requests.iter().any(|seen| seen.method == "DELETE"));
}

#[tokio::test]
async fn silence_is_told_and_never_cut() {
    for (frame, words) in [(1, "asked, no answer for"), (9, "connected, silent for")] {
        let world = World::new(Setup::default());
        world.backend.stream_fault(StreamFault::HoldBefore(frame));
        let pace = Timeouts {
            silence: Duration::from_millis(20),
            ..PACE
        };
        let (ear, running) = world.begin(world.engine().at_pace(pace)).await;
        ear.hears("word about silence", |event| {
            matches!(event, Event::Line { text, .. }
                if text.starts_with(words) && text.contains("RUNNING"))
        })
        .await;
        world.backend.release();
        let report = running.await.unwrap().unwrap();
        assert_eq!(
            (report.verdict(), report.kecamatan.done),
            (Verdict::Clean, 17)
        );
        assert_eq!(world.backend.streams_asked(), 1);
    }
}

const PRYING: Timeouts = Timeouts {
    silence: Duration::from_millis(20),
    ..PACE
};

/// A global sync whose stream stands still, while metadata says this about somebody else's.
async fn meanwhile(world: &World, said: &str) -> JoinHandle<Result<Report>> {
    world.backend.stream_fault(StreamFault::HoldBefore(9));
    let (ear, running) = world.begin(world.engine().at_pace(PRYING)).await;
    ear.hears("frame", |event| matches!(event, Event::Item { .. }))
        .await;
    world.backend.set_metadata(Some(said));
    let looks = || {
        let heard = ear.heard();
        let told = heard.iter().filter(|event| {
            matches!(event, Event::Line { text, .. }
                if text.starts_with("connected, silent") && !text.contains("RUNNING"))
        });
        told.count()
    };
    eventually("three looks in the silence", || {
        (looks() >= 3).then_some(())
    })
    .await;
    running
}

#[tokio::test]
async fn metadata_informs_and_never_ends_an_open_stream() {
    for said in ["ERROR: \ndisk full\n  at pg", "2026-11-20T01:00:00.000Z"] {
        let world = World::new(Setup::default());
        let running = meanwhile(&world, said).await;
        assert!(!running.is_finished());
        world.backend.release();
        let report = running.await.unwrap().unwrap();
        assert_eq!(
            (report.verdict(), &report.end, report.kecamatan.done),
            (Verdict::Clean, &End::Done, 17)
        );
        assert_eq!(world.backend.streams_asked(), 1);
    }
}

#[tokio::test]
async fn what_metadata_said_while_the_stream_was_open_is_not_its_end_afterwards() {
    for (shape, end) in [(Shape::Deployed, "already closed"), (Shape::Documented, "")] {
        let world = World::new(Setup {
            shape,
            ..Setup::default()
        });
        world.backend.stream_fault(StreamFault::CutBefore(14));
        let running = meanwhile(&world, "ERROR: \ndisk full").await;
        world.backend.release();
        let report = running.await.unwrap().unwrap();
        match &report.end {
            End::Failed(failure) => {
                assert!(failure.message.contains(end), "{failure:?}");
                assert!(!failure.message.contains("disk full"), "{failure:?}");
            }
            end => assert_eq!((end, shape), (&End::DoneByMetadata, Shape::Documented)),
        }
    }
}

#[tokio::test]
async fn a_thousand_frames_a_second_are_thinned() {
    let world = World::new(Setup {
        kecamatan: diy().into_iter().take(2).collect(),
        schools: 2,
        ..Setup::default()
    });
    world.backend.stream_fault(StreamFault::Flood(1_000));
    let began = Instant::now();
    let run = world.sync(Scope::Global).await;
    let tenths = usize::try_from(began.elapsed().as_millis() / 100).unwrap();
    assert_eq!(run.report.verdict(), Verdict::Clean);
    assert!(run.lines(progress::BACKEND).len() <= tenths + 10);
    // Steps and lines, ten a second each, and what happens once.
    assert!(
        run.events.len() <= 4 * tenths + 60,
        "{} events",
        run.events.len()
    );
    let last = run
        .lines(progress::BACKEND)
        .last()
        .copied()
        .unwrap()
        .to_owned();
    assert!(last.contains("SELESAI"), "{last}");
}
