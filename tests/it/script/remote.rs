//! A script behind a service that behaves: both shapes, every status, log and output.

mod access;

use std::time::Duration;

use selaras::clock::Clock;
use selaras::engine::{Engine, Job, Outcome, Verdict};
use selaras::error::{Kind, Result};
use selaras::script::{End, Plan, Report, Request, Script, Target};
use selaras::sim::script::service::{Ending, Service, Setup, Shape, TOKEN};

use super::shell::done;
use super::{Ear, Place, eventually};
use crate::harness::wait::within;

/// A service, and a configuration that leads to it with a token.
pub struct Far {
    pub service: Service,
    pub place: Place,
}

impl Far {
    pub fn new(shape: Shape) -> Self {
        let service = Service::start(Setup {
            shape,
            ..Setup::default()
        });
        Self::at(service.unwrap(), "")
    }

    pub fn at(service: Service, prefix: &str) -> Self {
        selaras::http::install_tls();
        let url = service.url();
        let mut place = Place::empty(&format!(
            "target = \"remote\"\nurl = \"{url}\"\nprefix = \"{prefix}\""
        ));
        place.set("SCRIPT_API_TOKEN", TOKEN);
        Self { service, place }
    }

    /// Looks every few milliseconds, so that no test waits for the usual 5 s.
    pub fn request(attach: bool) -> Request {
        Request {
            attach,
            poll_ms: Some(15),
            ..Request::default()
        }
    }

    pub async fn plan(&self) -> Result<Plan> {
        let engine = Script::new(self.place.config())?;
        within("a plan", engine.plan(Self::request(false), &Job::silent())).await
    }

    pub async fn run(&self, ear: &Ear) -> Result<Report> {
        self.run_as(ear, Self::request(false)).await
    }

    pub async fn run_as(&self, ear: &Ear, request: Request) -> Result<Report> {
        let engine = self.place.engine();
        let plan = within("a plan", engine.plan(request, &ear.job)).await?;
        within("the end of a run", engine.apply(plan, &ear.job)).await
    }

    /// Runs the script there, and does `meanwhile` once it does.
    pub async fn during(&self, ear: &Ear, meanwhile: impl AsyncFnOnce()) -> Result<Report> {
        let acting = async {
            eventually("a run", || self.service.is_running().then_some(())).await;
            meanwhile().await;
        };
        let (report, ()) = tokio::join!(self.run(ear), acting);
        report
    }

    /// Waits until the output holds these words.
    pub async fn prints(&self, words: &str) {
        let found = || self.place.text("output.log").contains(words).then_some(());
        eventually(words, found).await;
    }

    /// How often the script was asked to run.
    pub fn calls(&self) -> usize {
        let seen = self.service.requests().into_iter();
        seen.filter(|seen| seen.path.ends_with("/sync/run")).count()
    }
}

impl Place {
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }
}

#[tokio::test]
async fn a_run_shows_the_new_lines_of_the_log_as_they_come() {
    for shape in [Shape::Documented, Shape::Deployed, Shape::WithRuns] {
        let far = Far::new(shape);
        far.service.log_lines(&["of an earlier run"]);
        let ear = Ear::new();
        let report = far
            .during(&ear, async || {
                far.service.log_lines(&["Dumping app..."]);
                far.prints("Dumping app...\n").await;
                far.service.log_lines(&["Done"]);
                far.service
                    .end(Ending::Success("Dumping app...\nDone\n".into()));
            })
            .await
            .unwrap();
        assert_eq!((report.end, report.exit), (End::Success, Some(0)));
        // The output says nothing else, so it is not said twice.
        assert_eq!(
            far.place.text("output.log"),
            "Dumping app...\nDone\n",
            "{shape:?}"
        );
        assert_eq!((far.calls(), report.lines), (1, 2));
    }
}

#[tokio::test]
async fn an_output_that_says_more_than_the_log_is_kept_whole() {
    let far = Far::new(Shape::Documented);
    let ending = Ending::Success("\u{1b}[32mStep\u{1b}[0m\nDumping\n".into());
    let ear = Ear::new();
    let report = far.during(&ear, async || far.service.end(ending)).await;
    assert_eq!(report.unwrap().end, End::Success);
    assert_eq!(
        far.place.text("output.log"),
        "\u{1b}[32mStep\u{1b}[0m\nDumping\n"
    );
}

#[tokio::test]
async fn a_failure_there_is_a_failed_script_without_an_exit_of_ours() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        let ending = Ending::Exit(1, "ERROR 1062\n".into());
        let ear = Ear::new();
        let report = far
            .during(&ear, async || far.service.end(ending))
            .await
            .unwrap();
        assert_eq!((report.end, report.exit), (End::Failed, None));
        assert_eq!(report.failure().unwrap().kind, Kind::Script);
        assert!(
            report.meaning.contains("exit status 1"),
            "{}",
            report.meaning
        );
        assert_eq!(far.place.text("output.log"), "ERROR 1062\n");
    }
}

#[tokio::test]
async fn running_is_not_believed_when_nothing_runs() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        let ending = Ending::Exit(2, String::new());
        let ear = Ear::new();
        let report = far
            .during(&ear, async || far.service.end(ending))
            .await
            .unwrap();
        assert_eq!(
            (report.end, report.exit),
            (End::Failed, Some(2)),
            "{shape:?}"
        );
        assert!(
            report.meaning.contains("the script failed with exit 2"),
            "{}",
            report.meaning
        );
    }
}

#[tokio::test]
async fn what_runs_there_already_is_named_and_not_started_again() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        far.service.log_lines(&["Importing\u{1b}[2J into app_copy"]);
        far.service.begin();
        let plan = far.plan().await.unwrap();
        assert_eq!(plan.problems[0].kind, Kind::Busy);
        let message = &plan.problems[0].message;
        assert!(
            message.contains("Importing^[[2J into app_copy"),
            "{message}"
        );
        let error = far.run(&Ear::new()).await.unwrap_err();
        assert_eq!((error.kind(), far.calls()), (Kind::Busy, 0));
    }
}

#[tokio::test]
async fn a_run_that_begins_after_the_preview_is_noticed() {
    let far = Far::new(Shape::Documented);
    let engine = far.place.engine();
    let plan = engine
        .plan(Far::request(false), &Job::silent())
        .await
        .unwrap();
    far.service.begin();
    let error = within("a refusal", engine.apply(plan, &Job::silent()))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), far.calls()), (Kind::Busy, 0));
}

#[tokio::test]
async fn attaching_follows_what_runs_there_without_starting_anything() {
    let far = Far::new(Shape::Deployed);
    far.service.log_lines(&["one"]);
    far.service.begin();
    let ear = Ear::new();
    let acting = async {
        far.prints("one\n").await;
        far.service.log_lines(&["two"]);
        far.prints("two\n").await;
        far.service.end(Ending::Success(String::new()));
    };
    let (report, ()) = tokio::join!(far.run_as(&ear, Far::request(true)), acting);
    let report = report.unwrap();
    assert_eq!(
        (report.end, report.exit, far.calls()),
        (End::NoResult, None, 0)
    );
    assert_eq!(report.verdict(), Verdict::Interrupted);
    assert_eq!(far.place.text("output.log"), "one\ntwo\n");
}

#[tokio::test]
async fn attaching_to_somebodys_good_run_ends_well() {
    let table = [
        (
            "[2026-11-08 14:03:28] Sinkronisasi database berhasil.",
            End::Success,
        ),
        (
            "[2026-11-08 14:03:25] ERROR: Sync is already running",
            End::NoResult,
        ),
    ];
    for (line, end) in table {
        let far = Far::new(Shape::Deployed);
        far.service.log_lines(&["[2026-11-08 14:03:22] Importing"]);
        far.service.begin();
        let ear = Ear::new();
        let acting = async {
            far.prints("Importing\n").await;
            far.service.log_lines(&[line]);
            far.service.end(Ending::Success(String::new()));
        };
        let (report, ()) = tokio::join!(far.run_as(&ear, Far::request(true)), acting);
        let report = report.unwrap();
        assert_eq!((report.end, report.exit), (end, None));
        let exit = report.failure().map_or(0, |failure| failure.kind.exit());
        assert_eq!(exit == 0, end == End::Success);
        // Either way it is said what that is founded on.
        assert!(report.meaning.contains(&line[22..]), "{}", report.meaning);
    }
}

#[tokio::test]
async fn a_lock_that_was_left_behind_there_is_told_as_probably_stale() {
    let far = Far::new(Shape::Deployed);
    let line = |hours: i64| {
        let at = Clock::System.zoned() - jiff::SignedDuration::from_hours(hours);
        at.strftime("[%F %T] Importing into app_copy").to_string()
    };
    far.service.log_lines(&[&line(30)]);
    far.service.begin();
    let plan = far.plan().await.unwrap();
    let Target::Remote(remote) = &plan.target else {
        panic!("a service");
    };
    assert!(remote.stale_since.is_some());
    let message = &plan.problems[0].message;
    assert!(message.contains("probably stale since"), "{message}");
    let status = done(&far.place, "script status").await;
    let told = "running, started by somebody else; probably stale since";
    assert!(status.out.contains(told), "{status:?}");
    far.service.log_lines(&[&line(0)]);
    let status = done(&far.place, "script status").await;
    assert!(
        status.out.contains("started by somebody else"),
        "{status:?}"
    );
    assert!(!status.out.contains("stale"), "{status:?}");
}

#[tokio::test]
async fn a_service_without_a_log_runs_the_script_all_the_same() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let far = Far::new(shape);
        let plan = far.plan().await.unwrap();
        assert!(matches!(&plan.target, Target::Remote(remote) if !remote.log));
        assert!(
            plan.warnings[0].contains("has no log"),
            "{:?}",
            plan.warnings
        );
        let ending = Ending::Success("all of it\n".into());
        let ear = Ear::new();
        let report = far.during(&ear, async || far.service.end(ending)).await;
        assert_eq!(report.unwrap().end, End::Success);
        assert_eq!(far.place.text("output.log"), "all of it\n");
    }
}

#[tokio::test]
async fn a_played_script_ends_by_itself() {
    let setup = Setup {
        alone: Some(Duration::from_millis(200)),
        ..Setup::default()
    };
    let far = Far::at(Service::start(setup).unwrap(), "");
    let report = far.run(&Ear::new()).await.unwrap();
    assert_eq!(report.end, End::Success);
    assert!(
        far.place
            .text("output.log")
            .contains("Importing into app_copy...")
    );
}
