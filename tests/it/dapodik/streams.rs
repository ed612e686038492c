//! Streams that look strange and are not, and answers that are no streams.

use selaras::dapodik::Scope;
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::backend::{Setup, Shape, Spoil};
use selaras::sim::fault::{Fault, Rule};

use super::World;

const GLOBAL: &str = "/api/sync/global";

#[tokio::test]
async fn a_stream_may_begin_with_a_bom_end_lines_with_cr_and_come_byte_by_byte() {
    let world = World::new(Setup::default());
    world.backend.spoil(Spoil::Bom);
    world.backend.spoil(Spoil::CarriageReturns);
    world.backend.fault(Rule::new(Fault::ByteByByte).on(GLOBAL));
    let run = world.sync(Scope::Global).await;
    assert_eq!(
        (run.report.verdict(), run.report.unread),
        (Verdict::Clean, 0)
    );
    assert_eq!(run.report.kecamatan.done, 17);
}

#[tokio::test]
async fn a_frame_that_is_no_json_is_skipped_and_counted() {
    let world = World::new(Setup::default());
    world.backend.spoil(Spoil::Garbage(3));
    world.backend.spoil(Spoil::Garbage(8));
    let run = world.sync(Scope::Global).await;
    assert_eq!(
        (run.report.verdict(), run.report.unread),
        (Verdict::Clean, 2)
    );
    assert!(
        run.report.sentence().contains("2 events"),
        "{}",
        run.report.sentence()
    );
}

#[tokio::test]
async fn an_error_frame_ends_the_run_in_the_backends_words() {
    for shape in [Shape::Deployed, Shape::Own] {
        let world = World::new(Setup {
            shape,
            ..Setup::default()
        });
        let why = "value too long\nfor type \u{1b}[2J";
        world.backend.spoil(Spoil::ErrorAt(7, why.to_owned()));
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.verdict(), Verdict::Failed);
        let failure = run.report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4);
        assert!(
            failure.message.contains("value too long for type ^[[2J"),
            "{failure:?}"
        );
        assert_eq!(world.backend.streams_asked(), 1);
    }
}

#[tokio::test]
async fn what_is_no_stream_is_a_failure_and_is_not_asked_for_again() {
    let table = [
        (Fault::Html, "not signed in"),
        (Fault::Redirect, "not signed in"),
        (Fault::WrongType, "no event stream"),
        (Fault::ServerError, "500"),
        (Fault::Unavailable, "503"),
        (Fault::Empty, "no event stream"),
    ];
    for (fault, words) in table {
        let world = World::new(Setup::default());
        world.backend.fault(Rule::new(fault).on(GLOBAL));
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.verdict(), Verdict::Failed, "{fault}");
        let failure = run.report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4, "{fault}");
        assert!(
            failure.message.contains(words),
            "{fault}: {}",
            failure.message
        );
        assert_eq!(world.backend.streams_asked(), 1, "{fault}");
    }
    let world = World::new(Setup::default());
    world.backend.spoil(Spoil::NoContent);
    let run = world.sync(Scope::Global).await;
    assert_eq!(run.report.verdict(), Verdict::Failed);
    assert!(
        run.report.sentence().contains("204"),
        "{}",
        run.report.sentence()
    );
}

#[tokio::test]
async fn what_a_backend_says_drives_no_terminal_and_tells_no_secret() {
    let world = World::new(Setup::default());
    let why = format!("key {} was \u{9b}2J refused", selaras::sim::backend::KEY);
    world.backend.spoil(Spoil::ErrorAt(4, why));
    let run = world.sync(Scope::Global).await;
    let said = format!(
        "{:?} {:?} {}",
        run.report,
        run.events,
        run.report.sentence()
    );
    assert!(!said.contains(selaras::sim::backend::KEY), "{said}");
    assert!(
        run.report.sentence().contains("<9b>2J"),
        "{}",
        run.report.sentence()
    );
}
