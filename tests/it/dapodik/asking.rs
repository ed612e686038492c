//! What is asked before anything starts.

use selaras::dapodik::{Origin, Plan, Scope, WhenRunning, preview};
use selaras::engine::{Engine as _, Job, Outcome as _, Summary as _, Verdict};
use selaras::error::Kind;
use selaras::sim::backend::Setup;
use selaras::sim::fault::Fault;

use super::{Ear, World, chosen, eventually};

#[tokio::test]
async fn none_chosen_is_refused_and_so_is_a_name() {
    let world = World::new(Setup::default());
    let refused = async |codes: &[&str]| {
        let planned = world.plan(chosen(codes), WhenRunning::Refuse).await;
        planned.unwrap_err()
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
async fn a_preview_names_the_request_and_the_server() {
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
