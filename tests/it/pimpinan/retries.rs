//! What is tried again, what is not, and what a stop leaves behind.

use std::time::{Duration, Instant};

use selaras::engine::{Engine as _, Event, Job, Outcome as _, Verdict};
use selaras::error::Kind;
use selaras::sim::fault::{Fault, Rule};
use tokio_util::sync::CancellationToken;

use super::office::{Office, heard};
use crate::harness::wait::{eventually, within};

#[tokio::test]
async fn refusals_that_pass_are_tried_again_and_an_answer_that_never_came_is_not() {
    let table = [
        (Rule::new(Fault::Unavailable).first(2), 3, Some(200)),
        (Rule::new(Fault::Unavailable), 3, Some(503)),
        (Rule::new(Fault::BadGateway).first(1), 2, Some(200)),
        (Rule::new(Fault::GatewayTimeout).first(1), 2, Some(200)),
        (Rule::new(Fault::TooMany(Some(0))).first(1), 2, Some(200)),
        (Rule::new(Fault::Reset), 1, Some(0)),
        (Rule::new(Fault::BlackHole), 1, Some(0)),
        (Rule::new(Fault::Cut(20)), 1, Some(0)),
        (Rule::new(Fault::TooMany(Some(60))), 1, Some(429)),
        (Rule::new(Fault::ServerError), 1, Some(500)),
        (Rule::new(Fault::UnauthorizedOnce), 1, Some(401)),
        (Rule::new(Fault::Html), 1, Some(200)),
    ];
    for (rule, tries, code) in table {
        let office = Office::usual().await;
        office.central.fault(rule.clone());
        let report = office.push().await;
        assert_eq!(office.central.requests().len(), tries, "{rule:?}");
        assert_eq!(report.code, code, "{rule:?}");
        let [line] = office.log().try_into().unwrap();
        // Docku's page takes a 200 for a success.
        let failed = report.verdict() == Verdict::Failed;
        let logged = code.filter(|code| !failed || *code != 200).unwrap_or(0);
        let said = format!("| Code: {logged} | Count: 6 |");
        assert!(line.contains(&said), "{line}");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failed_push_with_code_zero() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    office.central.stop();
    let report = office.apply(plan).await.unwrap();
    let failure = report.failure().unwrap();
    assert_eq!((failure.kind, report.code), (Kind::Remote, Some(0)));
    let url = office.central.url();
    let place = url.trim_start_matches("http://");
    let said = format!("Connection refused by {place} (POST {url}/api/v1/users/sync)");
    assert!(failure.message.ends_with(&said), "{}", failure.message);
    let hint = failure.hint.unwrap();
    assert!(
        hint.contains(place) && hint.contains("nothing was sent"),
        "{hint}"
    );
    let [line] = office.log().try_into().unwrap();
    let said = format!("| Code: 0 | Count: 6 | Response: Connection refused by {place}");
    assert!(line.ends_with(&said), "{line}");
}

#[tokio::test]
async fn an_answer_that_never_comes_ends_in_time() {
    let office = Office::usual().await;
    let database = format!("sqlite:{}", office.path("docku.db").display());
    office.configure(&database, "production = true");
    let text = std::fs::read_to_string(office.path("config.toml")).unwrap();
    let text = text.replace("timeout = \"5s\"", "timeout = \"50ms\"");
    std::fs::write(office.path("config.toml"), text).unwrap();
    office.central.fault(Fault::BlackHole);
    let plan = office.plan().await;
    let (job, events) = heard(CancellationToken::new());
    let began = Instant::now();
    let report = office.engine().apply(plan, &job).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "one budget for all"
    );
    let failure = report.failure().unwrap();
    assert!(failure.message.contains("Connection timeout"));
    assert!(failure.hint.unwrap().contains("does no harm"));
    assert_eq!((report.code, office.central.requests().len()), (Some(0), 1));
    let bound =
        |event: &Event| matches!(event, Event::Stage { stage } if stage.contains("at most"));
    assert!(
        events.lock().unwrap().iter().any(bound),
        "the bound is said"
    );
}

#[tokio::test]
async fn refusals_take_no_longer_than_the_budget_and_are_told_at_its_end() {
    let office = Office::usual().await;
    let text = std::fs::read_to_string(office.path("config.toml")).unwrap();
    let text = text.replace("retry_base = \"1ms\"", "retry_base = \"1h\"");
    std::fs::write(office.path("config.toml"), text).unwrap();
    office.central.fault(Fault::Unavailable);
    let report = office.push().await;
    assert_eq!(
        (report.code, office.central.requests().len()),
        (Some(503), 1)
    );
    let failure = report.failure().unwrap();
    assert!(
        failure.message.contains("503 Service Unavailable"),
        "{}",
        failure.message
    );
}

/// Waits for a fact.
async fn until(fact: impl Fn() -> bool) {
    eventually("what the engine does", || fact().then_some(())).await;
}

#[tokio::test]
async fn a_push_under_way_gets_its_answer_in_spite_of_a_stop() {
    let office = Office::usual().await;
    office
        .central
        .fault(Fault::Slow(Duration::from_millis(200)));
    let plan = office.plan().await;
    let cancel = CancellationToken::new();
    let (job, _) = heard(cancel.clone());
    let engine = office.engine();
    let push = engine.apply(plan, &job);
    let stop = async {
        until(|| !office.central.requests().is_empty()).await;
        cancel.cancel();
    };
    let (report, ()) = tokio::join!(within("a push", push), stop);
    assert_eq!(report.unwrap().verdict(), Verdict::Clean);
    assert_eq!(office.forwarded_to().len(), 6);
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_another_try() {
    let office = Office::usual().await;
    office.central.fault(Fault::TooMany(Some(4)));
    let plan = office.plan().await;
    let cancel = CancellationToken::new();
    let (job, events) = heard(cancel.clone());
    let engine = office.engine();
    let push = engine.apply(plan, &job);
    let stop = async {
        let waits = |event: &Event| matches!(event, Event::Retry { .. });
        until(|| events.lock().unwrap().iter().any(waits)).await;
        cancel.cancel();
    };
    let (report, ()) = tokio::join!(within("a push", push), stop);
    let report = report.unwrap();
    assert_eq!(report.verdict(), Verdict::Stopped);
    assert_eq!(report.failure().unwrap().kind, Kind::Stopped);
    assert_eq!(
        (office.central.requests().len(), office.log().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_second_stop_drops_the_push_and_says_that_nobody_knows() {
    let office = Office::usual().await;
    office.central.fault(Fault::BlackHole);
    let plan = office.plan().await;
    let (cancel, insist) = (CancellationToken::new(), CancellationToken::new());
    let identity = selaras::engine::RunIdentity {
        run: plan.id,
        operator: "admin@kantor".into(),
        refused: std::iter::empty().collect(),
    };
    let job = Job::for_run(|_| {}, cancel.clone(), insist.clone(), identity);
    let engine = office.engine();
    let push = engine.apply(plan, &job);
    let stop = async {
        until(|| !office.central.requests().is_empty()).await;
        cancel.cancel();
        insist.cancel();
    };
    let (report, ()) = tokio::join!(within("a push", push), stop);
    let failure = report.unwrap().failure().unwrap();
    assert_eq!(failure.kind, Kind::Stopped);
    assert!(failure.hint.unwrap().contains("is not known"));
    assert_eq!(office.log().len(), 1);
}

#[tokio::test]
async fn stopped_before_anything_was_sent_nothing_is_written_down() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (job, _) = heard(cancel);
    let error = within("a push", office.engine().apply(plan, &job))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Stopped);
    assert!(office.central.requests().is_empty() && office.log().is_empty());
}
