//! Getting in, and stopping: prefixes, tokens, logins, and services that cannot be asked to stop.

use selaras::engine::Outcome;
use selaras::error::{Error, Kind};
use selaras::script::{End, Target};
use selaras::sim::script::service::{Ending, PASSWORD, Service, Setup, Shape, TOKEN, USERNAME};

use super::Far;
use crate::script::Ear;

/// All that people read of an error.
fn told(error: &Error) -> String {
    let text = format!("{} {}", error.chain(), error.advice().unwrap_or_default());
    assert!(!text.contains(TOKEN) && !text.contains(PASSWORD), "{text}");
    text
}

#[tokio::test]
async fn a_prefix_stands_before_every_path() {
    let setup = Setup {
        prefix: "/api",
        ..Setup::default()
    };
    let far = Far::at(Service::start(setup).unwrap(), "/api");
    let plan = far.plan().await.unwrap();
    assert!(plan.problems.is_empty());
    let paths = far.service.requests();
    assert!(
        paths.iter().all(|seen| seen.path.starts_with("/api/")),
        "{paths:?}"
    );
}

#[tokio::test]
async fn a_name_and_a_password_are_logged_in_with_and_again_when_the_token_runs_out() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let mut far = Far::new(shape);
        far.place.environment.clear();
        far.place.set("SCRIPT_API_USERNAME", USERNAME);
        far.place.set("SCRIPT_API_PASSWORD", PASSWORD);
        let ear = Ear::new();
        let acting = async || {
            far.service.forget_tokens();
            far.service.log_lines(&["after the token"]);
            far.prints("after the token").await;
            far.service.end(Ending::Success("after the token\n".into()));
        };
        let report = far.during(&ear, acting).await.unwrap();
        assert_eq!((report.end, far.calls()), (End::Success, 1));
        far.place.set("SCRIPT_API_PASSWORD", "wrong");
        let error = far.plan().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Remote);
        assert!(
            told(&error).contains("the login failed"),
            "{}",
            told(&error)
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_told_with_what_to_correct() {
    let mut far = Far::new(Shape::Documented);
    far.place.set("SCRIPT_API_TOKEN", "old");
    let error = far.plan().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Remote);
    let text = told(&error);
    assert!(
        text.contains("Invalid token") && text.contains("SCRIPT_API_TOKEN"),
        "{text}"
    );
    far.place.environment.clear();
    let error = far.plan().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(
        told(&error).contains("SCRIPT_API_TOKEN"),
        "{}",
        told(&error)
    );
}

#[tokio::test]
async fn a_stop_is_asked_for_where_runs_can_be_stopped() {
    let far = Far::new(Shape::WithRuns);
    let plan = far.plan().await.unwrap();
    assert!(matches!(&plan.target, Target::Remote(remote) if remote.no_stop.is_none()));
    let ear = Ear::new();
    let report = far
        .during(&ear, async || ear.cancel.cancel())
        .await
        .unwrap();
    assert_eq!(report.end, End::Stopped);
    assert_eq!(report.failure().unwrap().kind, Kind::Stopped);
    assert!(!far.service.is_running());
}

#[tokio::test]
async fn elsewhere_a_stop_only_ends_the_following_and_says_why() {
    let far = Far::new(Shape::Deployed);
    let plan = far.plan().await.unwrap();
    let Target::Remote(remote) = &plan.target else {
        panic!("a service");
    };
    let reason = remote.no_stop.clone().unwrap();
    assert!(reason.contains("offers no way to stop a run"), "{reason}");
    let ear = Ear::new();
    let report = far
        .during(&ear, async || ear.cancel.cancel())
        .await
        .unwrap();
    assert_eq!((report.end, report.meaning), (End::Left, reason));
    assert!(far.service.is_running());
}
