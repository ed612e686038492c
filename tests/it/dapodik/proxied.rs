//! A proxy between here and the backend: it gives up waiting, or holds frames back.

use std::time::Duration;

use selaras::dapodik::model::End;
use selaras::dapodik::{Scope, Timeouts, progress};
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::backend::{Setup, Shape, StreamFault, Tempo};

use super::{PACE, World, chosen};

const CURE: [&str; 4] = [
    " proxy in front of the backend is the likely cause",
    "`proxy_buffering off;`",
    "`proxy_read_timeout 1h;`",
    "`proxy_http_version 1.1;`",
];

fn is_cured(text: &str) {
    for part in CURE {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_proxy_that_gives_up_is_named_and_what_became_of_the_sync_is_looked_for() {
    for status in [502, 504] {
        let world = World::storing(Setup::default()).await;
        world.backend.stream_fault(StreamFault::Gateway(status));
        let report = world.sync(Scope::Global).await.report;
        // The backend had begun, and ended with its kecamatan: its client was gone.
        assert_eq!(
            (report.verdict(), world.backend.syncs()),
            (Verdict::Failed, 1)
        );
        let failure = report.failure().unwrap();
        assert!(failure.message.contains(&status.to_string()), "{failure:?}");
        assert!(failure.message.contains("already closed"), "{failure:?}");
        is_cured(&failure.hint.unwrap());
        is_cured(report.broken.unwrap().proxy.as_deref().unwrap());
        assert_eq!(report.sekolah, Some(3), "the first kecamatan was stored");
        assert_eq!(world.backend.streams_asked(), 1);
    }
    let world = World::new(Setup::default());
    world.backend.stream_fault(StreamFault::Gateway(504));
    let report = world.sync(chosen(&["34.04.01"])).await.report;
    assert_eq!(report.verdict(), Verdict::Interrupted);
    is_cured(&report.failure().unwrap().hint.unwrap());
}

#[tokio::test]
async fn a_proxy_that_holds_frames_back_is_named_though_all_ends_well() {
    let tempo = Tempo {
        kecamatan: Duration::from_millis(30),
        ..Tempo::default()
    };
    let world = World::new(Setup {
        tempo,
        shape: Shape::Documented,
        ..Setup::default()
    });
    world.backend.stream_fault(StreamFault::HeldBack(15));
    let pace = Timeouts {
        burst: Duration::from_millis(20),
        ..PACE
    };
    let run = world.sync_at(pace, Scope::Global).await;
    assert_eq!(
        (run.report.verdict(), &run.report.end),
        (Verdict::Clean, &End::Done)
    );
    is_cured(&run.report.sentence());
    let said = run.lines("selaras");
    assert_eq!(said.iter().filter(|line| line.contains(CURE[0])).count(), 1);
    assert_eq!(run.steps(progress::COUNT).last(), Some(&17));
}

#[tokio::test]
async fn a_wait_of_ages_before_going_on_is_capped_and_said() {
    for asked in ["1000000000000000", "99999999999999999999999999"] {
        let world = World::new(Setup {
            shape: Shape::Own,
            ..Setup::default()
        });
        world.backend.stream_fault(StreamFault::Retry(asked));
        world.backend.stream_fault(StreamFault::CutBefore(9));
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.end, End::Done);
        let said = run.lines("selaras").join("\n");
        assert!(said.contains("the server asks to wait for "), "{said}");
    }
}
