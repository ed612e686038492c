//! What the preview knows, and what nobody can confirm away.

use std::fs;

use selaras::engine::{Engine, Job};
use selaras::error::Kind;
use selaras::script::{Last, LocalPlan, Plan, Request, Script, Target};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Ear, Place, chmod};
use crate::harness::clock;

fn local(plan: &Plan) -> &LocalPlan {
    match &plan.target {
        Target::Local(local) => local,
        Target::Remote(_) => panic!("a script of this machine"),
    }
}

#[tokio::test]
async fn the_preview_shows_what_the_script_is() {
    let place = Place::with("exit 0");
    place.touch("sync.log");
    chmod(&place.path("sync.log"), 0o640);
    let plan = place.plan().await;
    let script = local(&plan);
    assert_eq!(script.path, place.path("sync.sh"));
    assert_eq!(
        (script.exists, script.readable, script.executable),
        (true, true, true)
    );
    assert_eq!((script.mode.as_str(), script.size), ("0750", 19));
    let digest = Sha256::digest("#!/bin/bash\nexit 0\n");
    assert_eq!(script.sha256, Some(format!("{digest:x}")));
    assert!(script.lock.as_ref().is_some_and(|lock| !lock.is_there()));
    assert!(script.log.as_ref().unwrap().readable);
    assert!(
        plan.problems.is_empty() && plan.warnings.is_empty(),
        "{plan:?}"
    );
}

#[tokio::test]
async fn a_plan_runs_nothing_and_writes_nothing() {
    let place = Place::with("touch ran");
    let before = fs::read_dir(place.folder.path()).unwrap().count();
    Script::new(place.config())
        .unwrap()
        .plan(Request::default(), &Job::silent())
        .await
        .unwrap();
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), before);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_cannot_be_confirmed_away() {
    let place = Place::with("touch ran");
    place.touch("sync.lock");
    let plan = place.plan().await;
    assert_eq!(plan.problems[0].kind, Kind::Busy);
    let error = place
        .engine()
        .apply(plan, &Job::silent())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Busy);
    assert!(!place.path("ran").exists());
    fs::remove_file(place.path("sync.sh")).unwrap();
    fs::remove_file(place.path("sync.lock")).unwrap();
    let plan = place.plan().await;
    assert_eq!(plan.problems[0].kind, Kind::Local);
    assert!(
        plan.problems[0].message.contains("cannot be found"),
        "{plan:?}"
    );
    fs::create_dir(place.path("sync.sh")).unwrap();
    assert!(
        place.plan().await.problems[0]
            .message
            .contains("no plain file")
    );
}

#[tokio::test]
async fn an_unset_path_is_told_in_the_known_words() {
    let place = Place::empty("");
    fs::write(place.path("config.toml"), "[script]\n").unwrap();
    let error = Script::new(place.config()).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    let known = "SYNC_SCRIPT_PATH environment variable is not set";
    assert!(error.chain().contains(known), "{}", error.chain());
}

#[tokio::test]
async fn permissions_that_are_too_wide_are_warned_about() {
    let place = Place::with("exit 0");
    place.touch("sync.log");
    for (mode, warned) in [
        (0o750, None),
        (0o755, None),
        (0o700, None),
        (0o775, Some("can be changed by others")),
        (0o757, Some("can be changed by others")),
        (0o4755, Some("has the mode 4755")),
    ] {
        chmod(&place.path("sync.sh"), mode);
        chmod(&place.path("sync.log"), 0o600);
        let warnings = place.plan().await.warnings.join("\n");
        assert_eq!(
            warned.is_some(),
            !warnings.is_empty(),
            "{mode:o}: {warnings}"
        );
        assert!(warnings.contains(warned.unwrap_or_default()), "{warnings}");
    }
    chmod(&place.path("sync.sh"), 0o750);
    chmod(&place.path("sync.log"), 0o644);
    let warnings = place.plan().await.warnings.join("\n");
    assert!(
        warnings.contains("everybody can read the log file"),
        "{warnings}"
    );
}

#[tokio::test]
async fn a_script_that_changed_since_the_last_run_says_so() {
    let place = Place::with("exit 0");
    let sha256 = local(&place.plan().await).sha256.clone();
    let last = |sha256: Option<String>| Request {
        last: Some(Last {
            run: "0199".to_owned(),
            started: clock::now(),
            operator: "admin@kantor".to_owned(),
            sha256,
            meaning: None,
        }),
        ..Request::default()
    };
    let engine = place.engine();
    for (before, changed) in [
        (sha256, Some(false)),
        (Some("00".to_owned()), Some(true)),
        (None, None),
    ] {
        let plan = engine.plan(last(before), &Job::silent()).await.unwrap();
        assert_eq!(plan.changed, changed);
    }
}

#[tokio::test]
async fn a_script_that_changes_after_the_preview_is_not_run() {
    let place = Place::with("touch ran");
    let plan = place.plan().await;
    place.write_script("touch ran; echo other");
    let ear = Ear::new();
    let error = place.engine().apply(plan, &ear.job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_lock_that_appears_after_the_preview_stops_the_start() {
    let place = Place::with("touch ran");
    let plan = place.plan().await;
    place.touch("sync.lock");
    let error = place
        .engine()
        .apply(plan, &Job::silent())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Busy);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_plan_that_was_changed_or_is_of_another_script_is_refused() {
    let place = Place::with("touch ran");
    let plan = place.plan().await;
    let mut forged = plan.clone();
    if let Target::Local(local) = &mut forged.target {
        local.command = vec!["true".to_owned()];
    }
    let job = Job::silent();
    let error = place.engine().apply(forged, &job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
    assert!(place.engine().accept(&mut plan.clone()).is_ok());
    let other = Place::with("exit 0");
    let error = other.engine().apply(plan, &job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_plan_whose_warning_was_changed_in_its_file_is_refused() {
    let place = Place::with("touch ran");
    chmod(&place.path("sync.sh"), 0o777);
    let file = serde_json::to_value(place.plan().await).unwrap();
    let mut read: Plan = serde_json::from_value(file.clone()).unwrap();
    assert!(place.engine().accept(&mut read).is_ok());
    assert_eq!(serde_json::to_value(&read).unwrap(), file);
    for (field, forged) in [("warnings", json!([])), ("changed", json!(false))] {
        let mut changed = file.clone();
        changed[field] = forged;
        assert_ne!(changed, file);
        let mut read: Plan = serde_json::from_value(changed).unwrap();
        let error = place.engine().accept(&mut read).unwrap_err();
        assert_eq!(error.kind(), Kind::Stale, "{field}");
    }
}
