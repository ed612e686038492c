//! A script whose worker was killed: it is no idle place, nobody starts a second one beside it, and
//! it can be stopped.

use std::fs;

use rustix::process::Pid;
use serde_json::Value;

use super::done;
use crate::harness::wait::end_of;
use crate::script::{Place, eventually, is_alive, kill};

/// A script without a lock of its own that waits for the file `go`.
fn waiting(more: &str) -> Place {
    Place::with(&format!(
        "{more}\necho $$ > pid; echo begins; while [ ! -e go ]; do sleep 0.02; done; echo ends"
    ))
}

/// Starts the script and kills its worker; says the run.
async fn orphaned(place: &Place) -> (String, Pid) {
    let run = done(place, "script run --yes --detach").await.out;
    let script = place.pid_in("pid").await;
    kill_worker(place).await;
    (run.trim().to_owned(), script)
}

async fn kill_worker(place: &Place) {
    let listed = done(place, "runs list --json").await.json();
    let worker = i32::try_from(listed["runs"][0]["pid"].as_i64().unwrap()).unwrap();
    let worker = Pid::from_raw(worker).unwrap();
    kill(worker);
    eventually("the worker's end", || (!is_alive(worker)).then_some(())).await;
}

#[tokio::test]
async fn a_status_says_that_it_runs_and_what_is_lost() {
    let place = waiting("");
    let (run, script) = orphaned(&place).await;
    let plain = done(&place, "script status").await;
    let pid = script.as_raw_nonzero().to_string();
    let parts = [
        "running",
        &run,
        &pid,
        "is lost",
        "may fail at its next line",
    ];
    for part in parts {
        assert!(plain.out.contains(part), "{part}: {}", plain.out);
    }
    let status = done(&place, "script status --json").await.json();
    assert_eq!(status["state"], "running", "{status}");
    assert_eq!(status["running"]["worker_died"], true);
    assert_eq!(status["running"]["pid"], script.as_raw_nonzero().get());
    let listed = done(&place, "runs list").await;
    assert!(listed.out.contains("still runs"), "{}", listed.out);
    kill(script);
    eventually("its end", || (!is_alive(script)).then_some(())).await;
    let status = done(&place, "script status --json").await.json();
    assert_eq!(
        (&status["state"], &status["running"]),
        (&"idle".into(), &Value::Null)
    );
}

#[tokio::test]
async fn no_second_script_is_started_beside_it() {
    let place = waiting("echo start >> starts");
    let (run, script) = orphaned(&place).await;
    for words in [
        "script run --yes",
        "script run --yes --attach",
        "script run --yes --detach",
    ] {
        let refused = done(&place, words).await;
        assert_eq!(refused.exit, 9, "{refused:?}");
        let pid = format!("pid {}", script.as_raw_nonzero());
        for part in [run.as_str(), &pid, "admin@kantor", "selaras script stop"] {
            assert!(refused.err.contains(part), "{part}: {}", refused.err);
        }
    }
    assert_eq!(place.text("starts"), "start\n");
    kill(script);
    eventually("its end", || (!is_alive(script)).then_some(())).await;
    place.touch("go");
    assert_eq!(done(&place, "script run --yes").await.exit, 0);
}

#[tokio::test]
async fn a_stop_ends_all_of_its_session() {
    for words in ["script stop", "runs stop"] {
        let place = waiting(
            "set -m; sleep 600 & echo $! > child; trap 'echo cleaned > cleaned; exit 1' TERM",
        );
        let (run, script) = orphaned(&place).await;
        let child = place.pid_in("child").await;
        let words = match words {
            "runs stop" => format!("runs stop {run}"),
            words => words.to_owned(),
        };
        let stopped = done(&place, &words).await;
        assert_eq!(stopped.exit, 0, "{stopped:?}");
        assert!(stopped.err.contains("was ended"), "{stopped:?}");
        assert!(!is_alive(script) && !is_alive(child));
        assert!(place.path("cleaned").exists(), "TERM first");
        let again = done(&place, "script stop").await;
        assert!(again.err.contains("nothing runs"), "{again:?}");
    }
}

#[tokio::test]
async fn one_that_ignores_term_is_killed_after_the_grace_or_at_the_second_stop() {
    let place = waiting("trap '' TERM");
    place.configure("grace = \"300ms\"");
    let (_, script) = orphaned(&place).await;
    assert_eq!(done(&place, "script stop").await.exit, 0);
    assert!(!is_alive(script));
    let place = waiting("trap 'echo asked > asked' TERM");
    place.configure("grace = \"10m\"");
    let (_, script) = orphaned(&place).await;
    let first = super::begin(&place, "script stop");
    place.appears("asked").await;
    assert!(is_alive(script));
    assert_eq!(done(&place, "script stop").await.exit, 0);
    assert!(!is_alive(script));
    assert_eq!(end_of(first).await.status.code(), Some(0));
}

#[tokio::test]
async fn what_the_script_left_is_known_too_when_the_worker_dies_while_it_waits() {
    let place = Place::with("sleep 600 & echo $! > child; echo $$ > pid");
    let run = done(&place, "script run --yes --detach").await.out;
    let child = place.pid_in("child").await;
    let journal = place.path(&format!("state/runs/{}/events.jsonl", full_id(&place)));
    let number = child.as_raw_nonzero();
    let known = || {
        let text = fs::read_to_string(&journal).unwrap_or_default();
        text.contains(&format!("\"pid\":{number}")).then_some(())
    };
    eventually("a note of the child", known).await;
    kill_worker(&place).await;
    let refused = done(&place, "script run --yes").await;
    assert_eq!(refused.exit, 9, "{refused:?}");
    assert!(refused.err.contains(run.trim()), "{refused:?}");
    assert_eq!(done(&place, "script stop").await.exit, 0);
    assert!(!is_alive(child));
}

fn full_id(place: &Place) -> String {
    let mut runs = fs::read_dir(place.path("state/runs")).unwrap();
    let run = runs.next().unwrap().unwrap();
    run.file_name().into_string().unwrap()
}

#[tokio::test]
async fn a_journal_that_names_a_later_process_with_the_same_number_stops_nothing() {
    let place = waiting("");
    let (run, script) = orphaned(&place).await;
    let journal = place.path(&format!("state/runs/{}/events.jsonl", full_id(&place)));
    let text = fs::read_to_string(&journal).unwrap();
    let (before, line) = text.split_once("\"kind\":\"child\"").unwrap();
    let (line, after) = line.split_once('\n').unwrap();
    let born = line.replace("\"born\":", "\"born\":1");
    fs::write(
        &journal,
        format!("{before}\"kind\":\"child\"{born}\n{after}"),
    )
    .unwrap();
    let stopped = done(&place, &format!("runs stop {run}")).await;
    assert!(stopped.err.contains("had ended already"), "{stopped:?}");
    assert!(is_alive(script));
    kill(script);
}
