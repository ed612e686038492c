//! `--json`: exactly one document on standard output, whatever happens, in the documented shape.

use serde_json::{Value, json};

use super::Office;

const ANSWER: [&str; 6] = ["run", "plan", "report", "verdict", "exit", "error"];

#[track_caller]
fn has(document: &Value, keys: &[&str]) {
    for key in keys {
        assert!(document.get(key).is_some(), "no {key} in {document:#}");
    }
}

#[tokio::test]
async fn a_plan_is_printed_as_a_whole() {
    let office = Office::open().await;
    let (exit, plan) = office
        .json(&["users", "plan", "test", "malang", "--json"])
        .await;
    assert_eq!((exit, &plan["engine"]), (0, &json!("users")));
    has(&plan, &["id", "hash", "database"]);
    let [test, malang] = plan["locations"].as_array().unwrap().as_slice() else {
        panic!("{plan:#}");
    };
    has(
        test,
        &[
            "code",
            "name",
            "fetched",
            "new",
            "reactivate",
            "deactivate",
            "conflict",
            "protected",
            "unchanged_rows",
            "unchanged",
            "ignored",
            "gone",
            "guards",
            "error",
        ],
    );
    has(
        &test["fetched"],
        &["pages", "rows", "total", "complete", "why"],
    );
    assert_eq!(test["fetched"]["why"], "page 2 is empty");
    has(&test["new"][0], &["email", "id"]);
    has(&test["guards"][0], &["name", "passed", "detail"]);
    let count = |rows: &Value| rows.as_array().unwrap().len();
    let figures = [&test["new"], &test["deactivate"], &test["unchanged_rows"]].map(count);
    assert_eq!((figures, &test["unchanged"]), ([3, 2, 10], &json!(10)));
    assert_eq!(malang["error"]["kind"], "remote");
    has(&malang["error"], &["message", "hint"]);
    let (exit, plan) = office.json(&["users", "plan", "malang", "--json"]).await;
    assert_eq!(
        (exit, plan["locations"][0]["error"]["kind"].as_str()),
        (4, Some("remote"))
    );
}

#[tokio::test]
async fn an_apply_answers_with_run_plan_and_report() {
    let office = Office::open().await;
    let apply = ["users", "apply", "dev", "malang", "--yes", "--json"];
    let (exit, answer) = office.json(&apply).await;
    has(&answer, &ANSWER);
    assert_eq!(
        (exit, &answer["exit"], &answer["verdict"]),
        (11, &json!(11), &json!("partial"))
    );
    assert_eq!(answer["error"]["kind"], "partial");
    let dev = &answer["report"]["locations"][0];
    has(
        dev,
        &[
            "code",
            "inserted",
            "reactivated",
            "deactivated",
            "unchanged",
            "message",
            "error",
        ],
    );
    assert_eq!(
        (&dev["inserted"], &answer["plan"]["engine"]),
        (&json!(25), &json!("users"))
    );
    let (exit, answer) = office.json(&["users", "apply", "dev", "--json"]).await;
    has(&answer, &ANSWER);
    assert_eq!(
        (exit, &answer["run"], &answer["verdict"]),
        (0, &Value::Null, &json!("clean"))
    );
}

#[tokio::test]
async fn a_detached_run_is_answered_before_its_end() {
    let office = Office::open().await;
    let apply = ["users", "apply", "dev", "--yes", "--json", "--detach"];
    let (exit, answer) = office.json(&apply).await;
    has(&answer, &ANSWER);
    assert_eq!(
        (exit, &answer["exit"], &answer["report"]),
        (0, &Value::Null, &Value::Null)
    );
    let run = answer["run"].as_str().unwrap();
    let (exit, followed) = office.json(&["runs", "follow", run, "--json"]).await;
    assert_eq!((exit, &followed["verdict"]), (0, &json!("clean")));
    has(
        &followed,
        &[
            "run", "state", "engine", "target", "operator", "plan", "report", "error",
        ],
    );
}

#[tokio::test]
async fn a_failure_keeps_the_plan_that_failed() {
    let office = Office::open().await;
    let held = office.hold().await;
    office
        .run(&["users", "apply", "dev", "--yes", "--detach"])
        .await;
    let (exit, answer) = office
        .json(&["users", "apply", "dev", "--yes", "--json"])
        .await;
    assert_eq!((exit, &answer["error"]["kind"]), (9, &json!("busy")));
    assert_eq!(
        (&answer["plan"]["engine"], &answer["run"]),
        (&json!("users"), &Value::Null)
    );
    drop(held);
    let asked = office.json(&["users", "apply", "test", "--json"]).await;
    assert_eq!((asked.0, &asked.1["error"]["kind"]), (2, &json!("usage")));
}

#[tokio::test]
async fn every_other_verb_answers_with_one_document() {
    let office = Office::open().await;
    office.run(&["users", "apply", "dev", "--yes"]).await;
    let run = office.runs().readable().unwrap().remove(0).id().short();
    let table: [(&[&str], i32, &[&str]); 10] = [
        (&["runs", "list"], 0, &["runs"]),
        (
            &["runs", "show", &run],
            0,
            &["run", "plan", "report", "written"],
        ),
        (&["runs", "follow", &run], 0, &["run", "state", "report"]),
        (
            &["runs", "stop", &run],
            0,
            &["run", "state", "report", "error"],
        ),
        (&["runs", "prune"], 0, &ANSWER),
        (&["config", "check"], 0, &["file", "findings", "exit"]),
        (&["config", "show"], 0, &["file", "settings"]),
        (&["doctor"], 4, &["checks", "exit"]),
        (&["users", "migrate"], 0, &ANSWER),
        (&["users", "undo", &run, "--yes"], 7, &ANSWER),
    ];
    for (verb, exit, keys) in table {
        let (found, document) = office.json(&[verb, &["--json"]].concat()).await;
        assert_eq!(found, exit, "{verb:?} {document:#}");
        has(&document, keys);
    }
    let (exit, users) = office
        .json(&["users", "list", "--location", "dev", "--json"])
        .await;
    assert_eq!((exit, users.as_array().unwrap().len()), (0, 25));
    has(
        &users[0],
        &["id", "email", "location_code", "status", "created_at"],
    );
    let file = office.root.path().join("new/config.toml");
    let init = [
        "--config",
        file.to_str().unwrap(),
        "config",
        "init",
        "--json",
    ];
    let (exit, document) = office.json(&init).await;
    assert_eq!((exit, document["file"].as_str()), (0, file.to_str()));
}

#[tokio::test]
async fn wrong_use_and_every_other_failure_are_documents_too() {
    let office = Office::open().await;
    let table: [(&[&str], i32, &str); 9] = [
        (&["users", "plan", "--json"], 2, "usage"),
        (&["users", "plan", "nowhere", "--json"], 2, "usage"),
        (
            &["users", "plan", "dev", "--frobnicate", "--json"],
            2,
            "usage",
        ),
        (&["users", "frobnicate", "--json"], 2, "usage"),
        (
            &["users", "list", "--created", "yesterday", "--json"],
            2,
            "usage",
        ),
        (
            &["users", "list", "--sort", "age", "--format", "json"],
            2,
            "usage",
        ),
        (
            &["users", "apply", "dev", "--json", "--read-only", "--yes"],
            3,
            "config",
        ),
        (
            &["--config", "none.toml", "users", "plan", "dev", "--json"],
            3,
            "config",
        ),
        (&["runs", "show", "ffffff", "--json"], 2, "usage"),
    ];
    for (arguments, exit, kind) in table {
        let (found, document) = office.json(arguments).await;
        assert_eq!(
            (found, &document["error"]["kind"]),
            (exit, &json!(kind)),
            "{arguments:?}"
        );
        has(&document, &ANSWER);
        assert!(document["error"]["message"].is_string());
    }
}
