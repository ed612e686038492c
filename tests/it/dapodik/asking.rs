//! What is asked before anything starts, how one signs in, and the calls that are not followed.

use selaras::dapodik::model::End;
use selaras::dapodik::{Nik, Npsn, Origin, Plan, Report, Scope, State, WhenRunning, preview};
use selaras::engine::{Engine as _, Job, Outcome as _, Summary as _, Verdict};
use selaras::error::Kind;
use selaras::sim::backend::{PASSWORD, Setup, USERNAME};
use selaras::sim::fault::{Fault, Rule};

use super::{Ear, World, chosen, eventually};

#[tokio::test]
async fn none_chosen_is_refused_and_so_is_a_name() {
    let world = World::new(Setup::default());
    let refused = |codes: &'static [&'static str]| {
        let planning = world.plan(chosen(codes), WhenRunning::Refuse);
        async move { planning.await.unwrap_err() }
    };
    let error = refused(&[]).await;
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::Usage, "no kecamatan is chosen")
    );
    let error = refused(&["jetis"]).await;
    assert_eq!(error.kind(), Kind::Usage);
    let hint = error.advice().unwrap();
    assert!(
        hint.contains("34.02.09 Jetis (Bantul), 34.71.02 Jetis (Kota Yogyakarta)"),
        "{hint}"
    );
    let plan = world
        .plan(chosen(&["99.99.99"]), WhenRunning::Refuse)
        .await
        .unwrap();
    assert_eq!(plan.notes, ["99.99.99 is not in the list of kecamatan"]);
    assert_eq!(world.backend.syncs(), 0);
}

#[tokio::test]
async fn a_preview_says_what_is_asked_of_whom() {
    let world = World::new(Setup::default());
    let plan = world
        .plan(Scope::Global, WhenRunning::Refuse)
        .await
        .unwrap();
    let last = Some(std::time::Duration::from_secs(160));
    let now = "2026-02-27T03:00:00Z".parse().unwrap();
    let text = preview(&plan, last, now).join("\n");
    let url = world.backend.url();
    assert!(
        text.contains(&format!("GET {url}/api/sync/global")),
        "{text}"
    );
    assert!(
        text.contains("2 h ago") && text.contains("last time it took 02:40"),
        "{text}"
    );
    assert!(text.contains("no [dapodik] database"), "{text}");
    assert_eq!(
        (plan.target().as_str(), plan.resources()),
        ("global sync", vec!["dapodik".into()])
    );
    let requests = world.backend.requests();
    assert!(
        requests
            .iter()
            .all(|seen| seen.path == "/api/sync/metadata")
    );
    assert!(requests.iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn a_sync_that_runs_already_is_not_started_beside() {
    let world = World::new(Setup {
        metadata: Some("RUNNING".to_owned()),
        ..Setup::default()
    });
    for scope in [
        Scope::Global,
        chosen(&["34.04.07"]),
        Scope::AllPtk,
        Scope::AllSekolah,
    ] {
        let plan = world.plan(scope, WhenRunning::Refuse).await.unwrap();
        assert_eq!(plan.obstacle().unwrap().kind.exit(), 9);
        let error = world
            .engine()
            .apply(plan, &Job::silent())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Busy);
    }
    assert_eq!(world.backend.streams_asked(), 0);
    let plan = world.plan(Scope::Global, WhenRunning::Force).await.unwrap();
    assert_eq!(plan.obstacle(), None);
    let report = world.engine().apply(plan, &Job::silent()).await.unwrap();
    assert_eq!(
        (report.verdict(), world.backend.syncs()),
        (Verdict::Clean, 1)
    );
}

#[tokio::test]
async fn who_begins_between_the_preview_and_the_start_is_not_disturbed() {
    let world = World::new(Setup::default());
    for scope in [Scope::Global, Scope::AllPtk] {
        world.backend.set_metadata(None);
        let plan = world.plan(scope, WhenRunning::Refuse).await.unwrap();
        world.backend.set_metadata(Some("RUNNING"));
        let error = world
            .engine()
            .apply(plan, &Job::silent())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Busy);
    }
    assert_eq!(world.backend.streams_asked(), 0);
}

#[tokio::test]
async fn a_sync_of_others_is_watched_by_metadata() {
    let later = "2026-02-28T01:00:00.000Z";
    for (ends, exit) in [(later, 0), ("ERROR: \nout of memory", 4)] {
        let world = World::new(Setup {
            metadata: Some("RUNNING".to_owned()),
            ..Setup::default()
        });
        let plan = world
            .plan(Scope::Global, WhenRunning::Attach)
            .await
            .unwrap();
        assert_eq!((plan.obstacle(), plan.attaches()), (None, true));
        let (engine, ear) = (world.engine(), Ear::default());
        let job = ear.job();
        let running = tokio::spawn(async move { engine.apply(plan, &job).await });
        eventually("look at metadata", || {
            (world.backend.requests().len() > 4).then_some(())
        })
        .await;
        world.backend.set_metadata(Some(ends));
        let report = running.await.unwrap().unwrap();
        let failure = report.failure();
        assert_eq!(failure.map_or(0, |failure| failure.kind.exit()), exit);
        assert_eq!(world.backend.streams_asked(), 0);
    }
}

#[tokio::test]
async fn watching_can_be_left() {
    let world = World::new(Setup {
        metadata: Some("RUNNING".to_owned()),
        ..Setup::default()
    });
    let plan = world
        .plan(Scope::Global, WhenRunning::Attach)
        .await
        .unwrap();
    let ear = Ear::default();
    ear.cancel.cancel();
    let report = world.engine().apply(plan, &ear.job()).await;
    // Whichever comes first: the look at the start, or the watching.
    let kind = match report {
        Ok(report) => report.failure().unwrap().kind,
        Err(error) => error.kind(),
    };
    assert_eq!(kind, Kind::Stopped);
}

fn ptk(nik: &str) -> Scope {
    Scope::Ptk {
        nik: Nik::parse(nik).unwrap(),
        npsn: Npsn::parse("20401234").unwrap(),
    }
}

#[tokio::test]
async fn one_ptk_is_done_or_says_why_not() {
    let world = World::new(Setup::default());
    let table = [
        ("3404071708900001", 0, "GURU CONTOH 1 berhasil"),
        (
            "3404071708900404",
            4,
            "404 Not Found: Data tidak ditemukan di pusat",
        ),
        ("3404071708900500", 4, "value too long for type"),
    ];
    for (nik, exit, words) in table {
        let run = world.sync(ptk(nik)).await;
        let failure = run.report.failure();
        assert_eq!(
            failure.map_or(0, |failure| failure.kind.exit()),
            exit,
            "{nik}"
        );
        let sentence = run.report.sentence();
        assert!(sentence.contains(words), "{sentence}");
        let said = format!("{:?} {:?} {sentence}", run.report, run.events);
        assert!(!said.contains(nik), "{said}");
    }
    let plan = world
        .plan(ptk("3404079908900001"), WhenRunning::Refuse)
        .await
        .unwrap();
    assert!(plan.notes[0].contains("no birth date"), "{:?}", plan.notes);
    let posts = world.backend.requests();
    assert_eq!(posts.iter().filter(|seen| seen.method == "POST").count(), 3);
}

#[tokio::test]
async fn an_answer_that_never_came_is_not_called_a_failure() {
    let world = World::new(Setup::default());
    world
        .backend
        .fault(Rule::new(Fault::Reset).on("/api/sync/ptk"));
    let run = world.sync(ptk("3404071708900001")).await;
    assert_eq!(run.report.verdict(), Verdict::Interrupted);
    let failure = run.report.failure().unwrap();
    assert!(failure.hint.unwrap().contains("may have been done"));
    let posts = world.backend.requests();
    assert_eq!(posts.iter().filter(|seen| seen.method == "POST").count(), 1);
}

#[tokio::test]
async fn the_fast_jobs_end_at_their_started_answer() {
    let world = World::new(Setup::default());
    for scope in [Scope::AllPtk, Scope::AllSekolah] {
        let report: Report = world.sync(scope).await.report;
        assert_eq!(
            (report.verdict(), &report.end),
            (Verdict::Clean, &End::Started)
        );
        assert_eq!((report.verified, report.failure()), (None, None));
        assert!(
            report.sentence().contains("Not verified"),
            "{}",
            report.sentence()
        );
    }
}

#[tokio::test]
async fn one_signs_in_by_key_by_token_or_by_password() {
    let mut world = World::new(Setup::default());
    let login = format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD={PASSWORD}\n");
    let token = format!("EALUMNI_AUTH_TOKEN={}\n", world.backend.token());
    for secrets in [token.clone(), login.clone(), token.clone() + &login] {
        world.secrets = secrets;
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.verdict(), Verdict::Clean, "{:?}", run.report.end);
    }
    world.backend.expire_tokens();
    let metadata = world.engine().metadata(&Job::silent()).await.unwrap();
    assert!(matches!(metadata.state, State::Done(_)));
    world.secrets = token;
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert!(
        error.to_string().contains("Session expired or invalid"),
        "{error}"
    );
    assert_eq!(error.kind(), Kind::Remote);
    world.secrets = format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD=salah-9\n");
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert!(error.to_string().contains("password salah"), "{error}");
    world.secrets = String::new();
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
}

#[tokio::test]
async fn metadata_that_cannot_be_had_is_no_plan() {
    let table = [
        (Fault::Html, "not signed in"),
        (Fault::Redirect, "not signed in"),
        (Fault::Empty, "no JSON"),
        (Fault::ServerError, "500"),
        (Fault::Garble, "no JSON"),
    ];
    for (fault, words) in table {
        let world = World::new(Setup::default());
        world.backend.fault(fault);
        let error = world
            .plan(Scope::Global, WhenRunning::Refuse)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Remote, "{fault}");
        assert!(error.chain().contains(words), "{fault}: {}", error.chain());
    }
}

#[tokio::test]
async fn the_list_of_kecamatan_is_the_databases_else_the_files() {
    let world = World::storing(Setup::default()).await;
    let regions = world.engine().regions().await.unwrap();
    assert_eq!(
        (regions.origin, regions.kecamatan.len()),
        (Origin::Database, 17)
    );
    assert_eq!(regions.kecamatan[6].label(), "34.04.07 Depok (Sleman)");
    let world = World::new(Setup::default());
    let regions = world.engine().regions().await.unwrap();
    assert_eq!(
        (regions.origin, regions.kecamatan.len()),
        (Origin::File, 78)
    );
    std::fs::remove_file(world.folder.path().join("kecamatan.csv")).unwrap();
    let regions = world.engine().regions().await.unwrap();
    assert_eq!(
        (regions.origin, regions.kecamatan.len()),
        (Origin::Nowhere, 0)
    );
}

#[tokio::test]
async fn a_changed_plan_and_one_for_another_backend_are_refused() {
    let (world, other) = (World::new(Setup::default()), World::new(Setup::default()));
    let plan = world
        .plan(Scope::Global, WhenRunning::Refuse)
        .await
        .unwrap();
    let changed = Plan {
        when_running: WhenRunning::Force,
        ..plan.clone()
    };
    for (world, plan) in [(&world, changed), (&other, plan)] {
        let error = world
            .engine()
            .apply(plan, &Job::silent())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Stale);
    }
}
