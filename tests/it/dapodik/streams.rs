//! Streams that look strange and are not, and answers that are no streams.

use selaras::dapodik::model::End;
use selaras::dapodik::{Scope, WhenRunning, progress};
use selaras::engine::{Event, Outcome as _, Verdict};
use selaras::sim::backend::{KEY, PASSWORD, Setup, Shape, StreamFault, USERNAME};
use selaras::sim::fault::{Fault, Rule};

use super::{World, eventually};

const GLOBAL: &str = "/api/sync/global";
const METADATA: &str = "/api/sync/metadata";
const LOGIN: &str = "/api/auth/login";

#[tokio::test]
async fn a_stream_may_begin_with_a_bom_end_lines_with_cr_and_come_byte_by_byte() {
    let world = World::new(Setup::default());
    world.backend.stream_fault(StreamFault::Bom);
    world.backend.stream_fault(StreamFault::CarriageReturns);
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
    world.backend.stream_fault(StreamFault::Garbage(3));
    world.backend.stream_fault(StreamFault::Garbage(8));
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
        world
            .backend
            .stream_fault(StreamFault::ErrorAt(7, why.to_owned()));
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
async fn any_key_may_be_missing_from_every_frame() {
    let keys = [
        "message",
        "progress",
        "progressKec",
        "current",
        "total",
        "last_sync",
    ];
    let each = keys.iter().map(std::slice::from_ref);
    for lacking in each.chain([&keys[1..4], &keys[..]]) {
        let world = World::new(Setup::default());
        for key in lacking {
            world.backend.stream_fault(StreamFault::Lacking(key));
        }
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.end, End::Done, "{lacking:?}");
        let overall = run.steps(progress::ALL);
        assert!(overall.is_sorted(), "{lacking:?}: {overall:?}");
        assert_eq!(overall.iter().filter(|part| **part == 100).count(), 1);
        assert_eq!(world.backend.streams_asked(), 1, "{lacking:?}");
    }
    // Without `done` the stream just ends: metadata tells the rest.
    let world = World::new(Setup::default());
    world.backend.stream_fault(StreamFault::Lacking("done"));
    let run = world.sync(Scope::Global).await;
    assert_eq!(run.report.end, End::DoneByMetadata);
    assert!(run.steps(progress::ALL).iter().all(|part| *part < 100));
    assert_eq!(world.backend.streams_asked(), 1);
}

/// A world in which one signs in with a password.
fn with_login() -> World {
    World {
        secrets: format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD={PASSWORD}\n"),
        ..World::new(Setup {
            shape: Shape::Documented,
            ..Setup::default()
        })
    }
}

#[tokio::test]
async fn a_sign_in_that_ends_in_between_is_renewed_while_a_broken_stream_is_watched() {
    let world = with_login();
    world.backend.stream_fault(StreamFault::HoldBefore(9));
    world.backend.stream_fault(StreamFault::CutBefore(9));
    let (ear, running) = world.begin(world.engine()).await;
    ear.hears(
        "the watching",
        |event| matches!(event, Event::Stage { stage } if stage == "watch by metadata"),
    )
    .await;
    let logins = || {
        let requests = world.backend.requests();
        requests.iter().filter(|seen| seen.path == LOGIN).count()
    };
    let before = logins();
    world.backend.expire_tokens();
    eventually("a new sign-in", || (logins() > before).then_some(())).await;
    world.backend.release();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.end, End::DoneByMetadata, "{report:?}");
    assert_eq!(world.backend.streams_asked(), 1);
}

#[tokio::test]
async fn a_sign_in_that_ends_at_the_stream_is_a_failure_and_it_is_not_asked_for_again() {
    let world = with_login();
    world.backend.stream_fault(StreamFault::SignedOut);
    let run = world.sync(Scope::Global).await;
    let failure = run.report.failure().unwrap();
    assert_eq!(
        (run.report.verdict(), failure.kind.exit()),
        (Verdict::Failed, 4)
    );
    assert!(failure.message.contains("Session expired"), "{failure:?}");
    assert!(failure.hint.unwrap().contains("EALUMNI_PASSWORD"));
    assert_eq!(world.backend.streams_asked(), 1);
}

#[tokio::test]
async fn head_starts_a_sync_there_and_is_never_sent() {
    for (shape, begun) in [(Shape::Deployed, 1), (Shape::Own, 0)] {
        let world = World::new(Setup {
            shape,
            ..Setup::default()
        });
        let request = reqwest::Client::new()
            .head(format!("{}{GLOBAL}", world.backend.url()))
            .header("x-api-key", KEY);
        request.send().await.unwrap();
        assert_eq!(world.backend.syncs(), begun, "{shape:?}");
        let before = world.backend.requests().len();
        world.backend.release();
        world.plan(Scope::Global, WhenRunning::Force).await.unwrap();
        let requests = world.backend.requests();
        assert!(requests[before..].iter().all(|seen| seen.method == "GET"));
        assert!(requests[before..].iter().all(|seen| seen.path == METADATA));
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
        (Fault::TooMany(Some(1)), "429"),
        (Fault::Html503, "503"),
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
}

#[tokio::test]
async fn any_status_but_200_and_any_other_type_is_a_failure() {
    let failed = async |spoil: StreamFault, words: &str| {
        let world = World::new(Setup::default());
        world.backend.stream_fault(spoil);
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.verdict(), Verdict::Failed, "{words}");
        let failure = run.report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 4, "{words}");
        assert!(failure.message.contains(words), "{}", failure.message);
        assert_eq!(world.backend.streams_asked(), 1, "{words}");
    };
    for status in [204, 205, 299, 404, 410, 503] {
        failed(StreamFault::Status(status), &status.to_string()).await;
    }
    for other in ["text/html", "text/x-bogus", ""] {
        failed(StreamFault::Type(other), "no event stream").await;
    }
    for right in [
        "text/event-stream;",
        "Text/Event-Stream;charset=windows-1252",
    ] {
        let world = World::new(Setup::default());
        world.backend.stream_fault(StreamFault::Type(right));
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.end, End::Done, "{right}");
        // UTF-8, whatever it is said to be.
        assert!(run.lines(progress::BACKEND)[0].starts_with("🚀"));
    }
}

#[tokio::test]
async fn what_a_backend_says_drives_no_terminal_and_tells_no_secret() {
    let world = World::new(Setup::default());
    let why = format!("key {} was \u{9b}2J refused", selaras::sim::backend::KEY);
    world.backend.stream_fault(StreamFault::ErrorAt(4, why));
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
