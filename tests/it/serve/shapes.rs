//! The original's endpoints answer byte for byte as the original does, because programs read them.

use super::{Server, WAITING, place};
use crate::harness::child;
use crate::script::shell::done;

const RUNNING: &str =
    r#"{"status":"running","message":"Sync is already running. Please wait for it to complete."}"#;
const IS_RUNNING: &str = r#"{"status":"running","message":"Sync is currently running"}"#;
const IS_IDLE: &str = r#"{"status":"idle","message":"No sync is currently running"}"#;

#[tokio::test]
async fn a_success_is_told_with_the_output_and_nothing_else() {
    let place = place("echo one; echo two >&2");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    let expected = r#"{"status":"success","message":"Sync script executed successfully","output":"one\ntwo\n"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (200, expected));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let run = answer.header("x-selaras-run").unwrap();
    assert!(place.path("state/runs").join(run).exists());
    let status = server.ask("GET /sync/status").await;
    assert_eq!((status.status, status.text().as_str()), (200, IS_IDLE));
}

#[tokio::test]
async fn a_failure_is_500_with_a_message_and_the_output() {
    let place = place("echo ERROR 1062; exit 3");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    assert_eq!(answer.status, 500);
    let (text, json) = (answer.text(), answer.json());
    assert!(
        text.starts_with(r#"{"status":"error","message":""#),
        "{text}"
    );
    assert!(text.ends_with(r#","output":"ERROR 1062\n"}"#), "{text}");
    assert_eq!(json.as_object().unwrap().len(), 3);
    assert!(
        json["message"].as_str().unwrap().contains("exit 3"),
        "{text}"
    );
    assert_eq!(server.ask("GET /sync/status").await.text(), IS_IDLE);
}

#[tokio::test]
async fn exit_2_without_a_lock_is_a_failure_and_not_running() {
    let place = place("exit 2");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (500, &"error".into())
    );
}

#[tokio::test]
async fn a_script_that_cannot_be_started_is_500_in_the_known_words() {
    let mut place = place("exit 0");
    std::fs::remove_file(place.path("sync.sh")).unwrap();
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (500, &"error".into())
    );
    drop(server);
    std::fs::write(
        place.path("config.toml"),
        "state_dir = \"state\"\n[serve]\nlisten = \"127.0.0.1:0\"\n",
    )
    .unwrap();
    place.set("SYNC_SCRIPT_PATH", "");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    let known = "SYNC_SCRIPT_PATH environment variable is not set";
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains(known), "{answer:?}");
}

#[tokio::test]
async fn while_it_runs_a_second_call_is_409_and_the_status_says_so() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let (first, ()) = tokio::join!(server.ask("POST /sync/run"), async {
        place.appears("pid").await;
        for _ in 0..2 {
            let second = server.ask("POST /sync/run").await;
            assert_eq!((second.status, second.text().as_str()), (409, RUNNING));
            let holder = second.header("x-selaras-run").unwrap();
            assert!(place.path("state/runs").join(holder).exists());
        }
        let status = server.ask("GET /sync/status").await;
        assert_eq!((status.status, status.text().as_str()), (200, IS_RUNNING));
        place.touch("go");
    });
    assert_eq!(first.json()["output"], "begins\nends\ntrap ran\n");
    assert_eq!(server.ask("GET /sync/status").await.text(), IS_IDLE);
}

#[tokio::test]
async fn of_two_calls_at_once_one_runs_and_the_other_is_told() {
    let place = place(&format!("echo once >> count\n{WAITING}"));
    let server = Server::start(&place).await;
    let calls = async { tokio::join!(server.ask("POST /sync/run"), server.ask("POST /sync/run")) };
    let ((one, two), ()) = tokio::join!(calls, async {
        place.appears("pid").await;
        // The other one is answered while the script runs.
        place.touch("go");
    });
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    // Whoever was late enough may have found the script done already, and run it again.
    let runs = place.text("count").lines().count();
    match statuses {
        [200, 409] => assert_eq!(runs, 1),
        other => assert_eq!((other, runs), ([200, 200], 2)),
    }
}

#[tokio::test]
async fn a_run_of_another_process_is_409_too() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let run = done(&place, "script run --yes --detach").await.out;
    place.appears("pid").await;
    let refused = server.ask("POST /sync/run").await;
    assert_eq!((refused.status, refused.text().as_str()), (409, RUNNING));
    let holder = refused.header("x-selaras-run").unwrap();
    assert!(holder.ends_with(run.trim()), "{holder}");
    assert_eq!(server.ask("GET /sync/status").await.text(), IS_RUNNING);
    place.touch("go");
    server.idle().await;
}

#[tokio::test]
async fn a_script_started_by_hand_is_409_and_a_lock_left_behind_is_an_error() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let mut hand = tokio::process::Command::from(child::tool(place.path("sync.sh")))
        .current_dir(place.folder.path())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    place.pid_in("pid").await;
    let refused = server.ask("POST /sync/run").await;
    assert_eq!((refused.status, refused.text().as_str()), (409, RUNNING));
    assert_eq!(server.ask("GET /sync/status").await.text(), IS_RUNNING);
    hand.kill().await.unwrap();
    std::fs::write(place.path("sync.lock"), "").unwrap();
    let left = server.ask("POST /sync/run").await;
    assert_eq!(
        (left.status, &left.json()["status"]),
        (500, &"error".into())
    );
    let message = left.text();
    assert!(
        message.contains("sync.lock") && message.contains("hint"),
        "{message}"
    );
    assert_eq!(server.ask("GET /sync/status").await.text(), IS_IDLE);
}

#[tokio::test]
async fn a_call_that_does_not_wait_is_202_with_the_run() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run?wait=false").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (202, &"started".into())
    );
    let run = answer.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("x-selaras-run"), Some(run.as_str()));
    place.touch("go");
    server.idle().await;
    let kept = place.text(&format!("state/runs/{run}/output.log"));
    assert_eq!(kept, "begins\nends\ntrap ran\n");
    let odd = server.ask("POST /sync/run?wait=maybe").await;
    assert_eq!((odd.status, &odd.json()["status"]), (400, &"error".into()));
}

#[tokio::test]
async fn the_log_is_its_last_100_lines_under_the_keys_of_both_services() {
    let place = place("exit 0");
    let server = Server::start(&place).await;
    let none = server.ask("GET /sync/log").await;
    let expected = r#"{"status":"error","message":"Error reading log file"}"#;
    assert_eq!((none.status, none.text().as_str()), (404, expected));
    std::fs::write(place.path("sync.log"), lines(1, 300)).unwrap();
    let answer = server.ask("GET /sync/log").await;
    assert_eq!(answer.status, 200);
    let log = lines(201, 300).trim_end().replace('\n', "\\n");
    let file = place.path("sync.log").display().to_string();
    let expected =
        format!(r#"{{"status":"success","log":"{log}","content":"{log}","logFile":"{file}"}}"#);
    assert_eq!(answer.text(), expected);
}

fn lines(first: u32, last: u32) -> String {
    (first..=last).fold(String::new(), |text, line| text + &format!("line {line}\n"))
}

#[tokio::test]
async fn only_the_last_mebibyte_of_an_output_is_in_the_answer() {
    // Two bytes each and one at the end: the cut is in the middle of a letter.
    let place = place("head -c 2000000 /dev/zero | tr '\\0' x; yes é | head -c 1048577");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    let (note, output) = body["output"].as_str().unwrap().split_once('\n').unwrap();
    let run = answer.header("x-selaras-run").unwrap();
    assert!(note.starts_with("[only the end: 2 000 0"), "{note}");
    assert!(note.contains(&format!("/sync/runs/{run}/output")), "{note}");
    assert!(
        (1024 * 1024 - 3..=1024 * 1024 + 3).contains(&output.len()),
        "{}",
        output.len()
    );
    assert!(output.starts_with(['é', '\n']), "{:?}", output.get(..9));
}
