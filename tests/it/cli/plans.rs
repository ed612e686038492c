//! A plan in a file: applied as it was shown, once, to its own database, or not at all.

use std::path::PathBuf;
use std::process::Stdio;

use selaras::sim::world::Place;
use serde_json::Value;

use super::office::{Done, end_of};
use super::{Office, sentence};

/// An office and the file with a plan for Dev.
async fn planned() -> (Office, PathBuf) {
    let office = Office::open().await;
    let file = office.root.path().join("plan.json");
    let done = office.run(&["users", "plan", "dev", "--json"]).await;
    assert_eq!(done.exit, 0, "{done:#?}");
    std::fs::write(&file, &done.out).unwrap();
    (office, file)
}

async fn apply(office: &Office, file: &std::path::Path) -> Done {
    let file = file.to_str().unwrap();
    office
        .run(&["users", "apply", "--plan", file, "--yes"])
        .await
}

#[tokio::test]
async fn a_saved_plan_is_applied_without_asking_the_server_again() {
    let (office, file) = planned().await;
    let asked = office.branch(Place::Dev).requests().len();
    let done = apply(&office, &file).await;
    done.expect(0, &sentence(25, 0, 0), "Dev: fetched 25 of 25 · 1 page");
    assert_eq!(office.branch(Place::Dev).requests().len(), asked);
}

#[tokio::test]
async fn the_same_plan_twice_is_refused_the_second_time() {
    let (office, file) = planned().await;
    apply(&office, &file).await;
    let done = apply(&office, &file).await;
    done.expect(8, "", "error: this plan was already applied by ");
    assert!(
        done.err.contains("; nothing was written\nhint: plan again"),
        "{done:#?}"
    );
    assert_eq!(office.active(Place::Dev).await, 25);
}

#[tokio::test]
async fn rows_that_changed_since_are_named_and_nothing_is_written() {
    let (office, file) = planned().await;
    let email = "dev_vendor1@dkm";
    office
        .sql(&format!(
            "INSERT INTO users (email, location_id, status) VALUES ('{email}', 8, 'inactive')"
        ))
        .await;
    let done = apply(&office, &file).await;
    done.expect(
        8,
        "",
        &format!("  {email}: was absent, is now inactive\nerror: "),
    );
    assert!(
        done.err
            .contains("changed since the preview; nothing was written"),
        "{done:#?}"
    );
    assert_eq!(office.active(Place::Dev).await, 0);
    let run = office.runs().readable().unwrap().remove(0).id().short();
    let shown = office.run(&["runs", "show", &run]).await;
    shown.expect(0, &format!("{email}: was absent, is now inactive"), "");
}

#[tokio::test]
async fn a_plan_that_somebody_changed_is_refused() {
    let (office, file) = planned().await;
    let mut plan: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    plan["locations"][0]["new"][0]["email"] = "penyusup@dkm".into();
    std::fs::write(&file, plan.to_string()).unwrap();
    let done = apply(&office, &file).await;
    done.expect(8, "", "its seal does not fit");
    assert_eq!(office.active(Place::Dev).await, 0);
    assert!(office.runs().readable().unwrap().is_empty());
}

#[tokio::test]
async fn a_plan_for_another_database_is_refused() {
    let (office, file) = planned().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    std::fs::write(office.config(), text.replace("users.db", "other.db")).unwrap();
    let done = apply(&office, &file).await;
    done.expect(8, "", "error: the plan was made for sqlite ");
    assert!(!office.root.path().join("world/data/other.db").exists());
}

#[tokio::test]
async fn a_plan_can_come_through_a_pipe() {
    let (office, file) = planned().await;
    let mut command = office.command(&["users", "apply", "--plan", "-", "--yes"]);
    command.stdin(Stdio::from(std::fs::File::open(&file).unwrap()));
    let done = end_of(command.spawn().unwrap()).await;
    done.expect(0, &sentence(25, 0, 0), "");
}

#[tokio::test]
async fn what_is_no_plan_is_a_usage_error_and_a_missing_file_a_local_one() {
    let (office, file) = planned().await;
    std::fs::write(&file, "{}").unwrap();
    apply(&office, &file)
        .await
        .expect(2, "", "hint: a plan is what `selaras users plan --json`");
    std::fs::remove_file(&file).unwrap();
    apply(&office, &file)
        .await
        .expect(6, "", "error: cannot read ");
}

#[tokio::test]
async fn a_saved_plan_can_be_looked_at_again() {
    let (office, file) = planned().await;
    let file = file.to_str().unwrap();
    let (exit, plan) = office
        .json(&["users", "plan", "--plan", file, "--json"])
        .await;
    assert_eq!(
        (exit, plan["locations"][0]["code"].as_str()),
        (0, Some("dev"))
    );
    let mixed = ["users", "plan", "--plan", file, "--max-deactivate", "3"];
    assert_eq!(office.run(&mixed).await.exit, 2);
}
