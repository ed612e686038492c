//! Signing in: once, again when the cookie has ended, and hints that are true.

use std::sync::Arc;

use selaras::config::Config;
use selaras::dapodik::{Dapodik, Scope, WhenRunning};
use selaras::engine::{Engine as _, Event, Job, Outcome as _, Verdict};
use selaras::error::Error;
use selaras::sim::backend::{PASSWORD, Setup, Shape, StreamFault, USERNAME};
use selaras::sim::fault::{Fault, Rule};

use super::{PACE, World, eventually, sources};

const LOGIN: &str = "/api/auth/login";
const METADATA: &str = "/api/sync/metadata";

fn with_account(setup: Setup) -> World {
    World {
        secrets: format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD={PASSWORD}\n"),
        ..World::new(setup)
    }
}

fn logins(world: &World) -> usize {
    let requests = world.backend.requests();
    requests
        .iter()
        .filter(|seen| seen.path.ends_with(LOGIN))
        .count()
}

#[tokio::test]
async fn one_signs_in_once_however_often_one_asks() {
    let world = with_account(Setup::default());
    for _ in 0..5 {
        world.engine().metadata(&Job::silent()).await.unwrap();
    }
    let run = world.sync(Scope::Global).await;
    assert_eq!((run.report.verdict(), logins(&world)), (Verdict::Clean, 1));
    // Whatever ended it: a new sign-in, and one.
    world.backend.expire_tokens();
    for _ in 0..3 {
        world.engine().metadata(&Job::silent()).await.unwrap();
    }
    assert_eq!(logins(&world), 2);
    for fault in [Fault::Redirect, Fault::Html] {
        let before = logins(&world);
        world.backend.fault(Rule::new(fault).on(METADATA).first(1));
        world.engine().metadata(&Job::silent()).await.unwrap();
        assert_eq!(logins(&world), before + 1, "{fault}");
        world.backend.clear_faults().unwrap();
    }
}

#[tokio::test]
async fn a_cookie_that_ends_in_the_middle_is_renewed() {
    let world = with_account(Setup {
        shape: Shape::Own,
        ..Setup::default()
    });
    world.backend.stream_fault(StreamFault::HoldBefore(5));
    let plan = world
        .plan(Scope::AllPtk, WhenRunning::Refuse)
        .await
        .unwrap();
    let engine = world.engine().at_pace(PACE);
    let ear = super::Ear::default();
    let job = ear.job();
    let running = tokio::spawn(async move { engine.apply(plan, &job).await });
    ear.hears(
        "the server's run",
        |event| matches!(event, Event::Stage { stage } if stage.starts_with("follow run")),
    )
    .await;
    world.backend.expire_tokens();
    eventually("a new sign-in", || (logins(&world) == 2).then_some(())).await;
    world.backend.release();
    let report = running.await.unwrap().unwrap();
    assert_eq!((report.verdict(), logins(&world)), (Verdict::Clean, 2));
}

async fn refused(world: &World) -> Error {
    world.engine().metadata(&Job::silent()).await.unwrap_err()
}

#[tokio::test]
async fn what_is_set_and_wrong_is_not_asked_to_be_set() {
    let mut world = World::new(Setup::default());
    let table = [
        (
            "EALUMNI_API_KEY=salah",
            "EALUMNI_API_KEY is set, and the backend refuses that",
        ),
        (
            "EALUMNI_AUTH_TOKEN=salah",
            "EALUMNI_AUTH_TOKEN is set, and the backend refuses that",
        ),
        (
            "EALUMNI_USERNAME=siapa\nEALUMNI_PASSWORD=salah",
            "EALUMNI_USERNAME with EALUMNI_PASSWORD are set, and the backend refuses that",
        ),
        (
            "EALUMNI_USERNAME=siapa",
            "EALUMNI_USERNAME is set, EALUMNI_PASSWORD is not",
        ),
    ];
    for (secrets, hint) in table {
        world.secrets = format!("{secrets}\n");
        let error = refused(&world).await;
        let said = error.advice().unwrap();
        assert!(said.starts_with(hint), "{secrets}: {said}");
        assert!(!said.starts_with("set "), "{said}");
    }
    world.secrets = String::new();
    let error = refused(&world).await;
    assert!(error.advice().unwrap().starts_with("set EALUMNI_API_KEY"));
}

#[tokio::test]
async fn a_wrong_path_that_leads_to_the_sign_in_page_is_not_called_credentials() {
    // The sign-in itself works, and the answer is a redirect to it all the same.
    let world = with_account(Setup::default());
    world.backend.fault(Rule::new(Fault::Redirect).on(METADATA));
    let error = refused(&world).await;
    let said = error.to_string();
    assert!(said.contains("although the sign-in has worked"), "{said}");
    let hint = error.advice().unwrap();
    assert!(
        hint.contains("its path too") && !hint.contains("EALUMNI"),
        "{hint}"
    );
    // A path below which nothing is: even the sign-in is redirected.
    let path = world.folder.path();
    let text = format!("[dapodik]\nurl = \"{}/salah\"\n", world.backend.url());
    std::fs::write(path.join("config.toml"), text).unwrap();
    let config = Arc::new(Config::load(&sources(path)).unwrap());
    let error = Dapodik::new(config).unwrap();
    let error = error.metadata(&Job::silent()).await.unwrap_err();
    let (said, hint) = (error.to_string(), error.advice().unwrap());
    assert!(said.contains("redirected to /login"), "{said}");
    assert!(
        !said.contains("not signed in") && !hint.contains("EALUMNI"),
        "{said} {hint}"
    );
}
