//! A script behind a service that does not behave: lost calls, held answers, rubbish, gaps.

use selaras::engine::{Engine, Outcome, Verdict};
use selaras::error::Kind;
use selaras::script::End;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::script::service::{Ending, Shape, TOKEN};

use super::remote::Far;
use super::{Ear, eventually};

const RUN: &str = "/sync/run";

#[tokio::test]
async fn a_lost_call_is_followed_to_the_end_and_never_made_again() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        let ear = Ear::new();
        let acting = async || {
            far.service.log_lines(&["before"]);
            far.prints("before\n").await;
            far.service.drop_connections().unwrap();
            let said = || ear.talk().contains("was lost").then_some(());
            eventually("the loss", said).await;
            far.service.log_lines(&["after"]);
            far.prints("after\n").await;
            far.service.log_lines(&["last"]);
            far.service.end(Ending::Success(String::new()));
        };
        let report = far.during(&ear, acting).await.unwrap();
        assert_eq!((report.end, report.exit), (End::NoResult, None));
        assert_eq!(report.verdict(), Verdict::Interrupted);
        assert_eq!(report.failure().unwrap().kind, Kind::Remote);
        assert_eq!(far.place.text("output.log"), "before\nafter\nlast\n");
        assert_eq!((far.calls(), far.service.runs_begun()), (1, 1));
    }
}

#[tokio::test]
async fn a_service_that_dies_with_its_script_leaves_a_run_without_a_result() {
    let far = Far::new(Shape::Deployed);
    let ear = Ear::new();
    let acting = async || {
        far.service.log_lines(&["in the middle"]);
        far.prints("in the middle").await;
        far.service.vanish();
        far.service.drop_connections().unwrap();
    };
    let report = far.during(&ear, acting).await.unwrap();
    assert_eq!(report.end, End::NoResult);
    assert!(
        report.sentence().contains("ended without a result"),
        "{}",
        report.sentence()
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_no_end() {
    let far = Far::new(Shape::Documented);
    far.service.fault(Rule::new(Fault::Huge).on(RUN));
    far.service.log_lines(&["old"]);
    let report = far.run(&Ear::new()).await.unwrap();
    assert_eq!(report.end, End::NoResult);
}

#[tokio::test]
async fn an_answer_over_32_mib_is_read_as_it_comes_and_both_ends_are_kept() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        let lines = 600_000_u64;
        let output = (0..lines).fold(String::new(), |text, line| {
            text + &format!("line {line:07} of a very long output, padded to be long enough\n")
        });
        let bytes = output.len() as u64;
        assert!(bytes > 33 * 1024 * 1024, "{bytes}");
        let ear = Ear::new();
        let acting = async || {
            far.service.log_lines(&["Dumping"]);
            far.prints("Dumping\n").await;
            far.service.end(Ending::Success(output));
        };
        let report = far.during(&ear, acting).await.unwrap();
        assert_eq!(
            (report.end, report.exit),
            (End::Success, Some(0)),
            "{report:?}"
        );
        assert_eq!((report.bytes, report.lines), (bytes, lines));
        assert_eq!(report.kept + report.left_out, bytes);
        assert!(
            ear.talk().contains("the first and the last part"),
            "{}",
            ear.talk()
        );
        assert!(report.sentence().contains("in its middle were not kept"));
        let kept = far.place.text("output.log");
        assert!(
            kept.starts_with("Dumping\n── the whole output"),
            "{}",
            &kept[..200]
        );
        assert!(kept.contains("\nline 0000000 of") && kept.contains("were left out here ──\n"));
        assert!(kept.ends_with("line 0599999 of a very long output, padded to be long enough\n"));
    }
}

#[tokio::test]
async fn log_and_output_are_not_counted_together() {
    let far = Far::new(Shape::Documented);
    let ear = Ear::new();
    let acting = async || {
        far.service.log_lines(&["[14:03] Dumping"]);
        far.prints("Dumping").await;
        far.service
            .end(Ending::Success("Step 1\n[14:03] Dumping\nend".into()));
    };
    let report = far.during(&ear, acting).await.unwrap();
    assert_eq!((report.lines, report.bytes, report.kept), (3, 26, 26));
    assert!(
        report.sentence().contains("3 lines, 26 bytes"),
        "{}",
        report.sentence()
    );
}

#[tokio::test]
async fn an_answer_without_a_status_says_nothing_about_the_script() {
    for fault in [
        Fault::Html,
        Fault::Garble,
        Fault::Empty,
        Fault::ServerError,
        Fault::EchoPassword,
    ] {
        let far = Far::new(Shape::Documented);
        far.service.fault(Rule::new(fault).on(RUN));
        let ear = Ear::new();
        let acting = async {
            if fault == Fault::Garble {
                eventually("a run", || far.service.is_running().then_some(())).await;
                far.service.end(Ending::Success("fine\n".into()));
            }
        };
        let (report, ()) = tokio::join!(far.run(&ear), acting);
        let report = report.unwrap();
        assert_eq!(report.end, End::Unreadable, "{fault}");
        assert_eq!(report.failure().unwrap().kind, Kind::Remote);
        assert!(!report.sentence().contains(TOKEN), "{}", report.sentence());
        assert_eq!(far.calls(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_has_run_nothing() {
    let far = Far::new(Shape::Documented);
    let engine = far.place.engine();
    let ear = Ear::new();
    let plan = engine.plan(Far::request(false), &ear.job).await.unwrap();
    far.service.stop();
    let error = engine.apply(plan, &ear.job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Remote);
    assert!(
        error.chain().contains("Connection refused"),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn a_held_back_answer_is_told_and_waited_for() {
    let far = Far::new(Shape::Deployed);
    let ear = Ear::new();
    let acting = async || {
        far.service.hold(true);
        far.service.end(Ending::Success("done\n".into()));
        let said = || ear.talk().contains("holds its answer back").then_some(());
        eventually("the remark", said).await;
        far.service.hold(false);
    };
    let report = far.during(&ear, acting).await.unwrap();
    assert_eq!((report.end, report.exit), (End::Success, Some(0)));
}

#[tokio::test]
async fn a_log_that_moved_on_too_fast_says_that_lines_may_be_missing() {
    let far = Far::new(Shape::Documented);
    far.service.log_lines(&["the beginning"]);
    let ear = Ear::new();
    let acting = async || {
        let many: Vec<String> = (0..500).map(|line| format!("line {line}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        far.service.log_lines(&many);
        far.prints("line 499").await;
        far.service.end(Ending::Success("line 499\n".into()));
    };
    far.during(&ear, acting).await.unwrap();
    let out = far.place.text("output.log");
    assert!(
        out.starts_with("… lines may be missing …\nline 400\n"),
        "{out}"
    );
    assert!(
        out.ends_with("as the server returned it ──\nline 499\n"),
        "{out}"
    );
}

#[tokio::test]
async fn looks_that_fail_meanwhile_do_not_end_the_run() {
    let far = Far::new(Shape::Documented);
    let ear = Ear::new();
    let acting = async || {
        far.service
            .fault(Rule::new(Fault::Unavailable).on("/sync/log").first(4));
        far.service
            .fault(Rule::new(Fault::Garble).on("/sync/status").first(2));
        far.service.log_lines(&["seen in the end"]);
        far.prints("seen in the end").await;
        far.service.end(Ending::Success("seen in the end\n".into()));
    };
    let report = far.during(&ear, acting).await.unwrap();
    assert_eq!((report.end, far.calls()), (End::Success, 1));
}

#[tokio::test]
async fn an_attack_in_every_text_ends_in_harmless_words() {
    let far = Far::new(Shape::Documented);
    far.service.log_lines(&["line"]);
    far.service.fault(Rule::new(Fault::Attack));
    let ear = Ear::new();
    let ending = Ending::Exit(1, "output\n".into());
    let report = far
        .during(&ear, async || far.service.end(ending))
        .await
        .unwrap();
    let said = format!("{}{}{}", report.sentence(), report.meaning, ear.talk());
    assert!(
        said.chars()
            .all(|letter| letter == '\n' || !letter.is_control()),
        "{said:?}"
    );
    assert!(said.len() < 20_000);
}

#[tokio::test]
async fn a_second_stop_leaves_at_once() {
    let far = Far::new(Shape::WithRuns);
    let ear = Ear::new();
    let acting = async || {
        far.service
            .fault(Rule::new(Fault::BlackHole).on("/sync/runs"));
        ear.cancel.cancel();
        ear.insist.cancel();
    };
    let report = far.during(&ear, acting).await.unwrap();
    assert_eq!(report.end, End::Left);
    assert!(far.service.is_running());
}
