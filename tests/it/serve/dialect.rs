//! `dialect = "deployed"`: the running service's answers, and what its front end does with them.

use super::{KEY, Server, WAITING, place};
use crate::script::Place;

fn deployed(script: &str) -> Place {
    let place = place(script);
    place.configure("\n[serve]\nlisten = \"127.0.0.1:0\"\ndialect = \"deployed\"");
    place
}

const RUNNING: &str = r#"{"message":"Sinkronisasi sedang berjalan.","status":"running"}"#;
const IDLE: &str = r#"{"message":"Tidak ada sinkronisasi yang sedang berjalan.","status":"idle"}"#;

#[tokio::test]
async fn the_front_end_of_the_deployed_service_works_against_ours() {
    let place = deployed(WAITING);
    let server = Server::start(&place).await;
    // It shows the button when nothing runs.
    let status = server.ask("GET /sync/status").await;
    assert_eq!((status.status, status.text().as_str()), (200, IDLE));
    let charset = "application/json; charset=utf-8";
    assert_eq!(status.header("content-type"), Some(charset));
    // Pressed: the call lasts as long as the script. Pressed again, it shows "Sync Running" and
    // polls: an answer other than 200 would be shown as an error.
    let (first, ()) = tokio::join!(server.ask("POST /sync/run"), async {
        place.appears("pid").await;
        let second = server.ask("POST /sync/run").await;
        assert_eq!((second.status, second.text().as_str()), (200, RUNNING));
        assert_eq!(second.header("content-type"), Some(charset));
        let status = server.ask("GET /sync/status").await;
        assert_eq!((status.status, status.text().as_str()), (200, RUNNING));
        place.touch("go");
    });
    let success = r#"{"message":"Sinkronisasi database berhasil.","output":"begins\nends\ntrap ran\n","status":"success"}"#;
    assert_eq!((first.status, first.text().as_str()), (200, success));
    assert_eq!(server.ask("GET /sync/status").await.text(), IDLE);
    // Then it reads the log.
    let none = server.ask("GET /sync/log").await;
    let known = r#"{"message":"Log file tidak ditemukan.","status":"error"}"#;
    assert_eq!((none.status, none.text().as_str()), (404, known));
    std::fs::write(place.path("sync.log"), "one\ntwo\n").unwrap();
    let file = place.path("sync.log").display().to_string();
    let known = format!(r#"{{"content":"one\ntwo","logFile":"{file}","status":"success"}}"#);
    assert_eq!(server.ask("GET /sync/log").await.text(), known);
}

#[tokio::test]
async fn how_a_script_ended_is_said_as_the_original_says_it() {
    let table = [
        ("echo bad; exit 1", "exit status 1"),
        ("echo bad; exit 2", "exit status 2"),
        ("echo bad; kill -KILL $$", "signal: killed"),
        ("echo bad; kill -TERM $$", "signal: terminated"),
    ];
    for (script, message) in table {
        let place = deployed(script);
        let server = Server::start(&place).await;
        let answer = server.ask("POST /sync/run").await;
        let known = format!(r#"{{"message":"{message}","output":"bad\n","status":"error"}}"#);
        assert_eq!((answer.status, answer.text()), (500, known), "{script}");
        assert_eq!(server.ask("GET /sync/status").await.text(), IDLE);
    }
}

#[tokio::test]
async fn with_the_lock_there_before_a_start_is_running_and_without_it_exit_2_is_a_failure() {
    let place = deployed("test -e sync.lock && exit 2; echo ran >> ran");
    place.touch("sync.lock");
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, RUNNING));
    assert!(!place.path("ran").exists());
    std::fs::remove_file(place.path("sync.lock")).unwrap();
    assert_eq!(server.ask("POST /sync/run").await.status, 200);
    assert_eq!(place.text("ran"), "ran\n");
}

#[tokio::test]
async fn a_refusal_and_a_missing_setting_have_its_shape_too() {
    let mut place = deployed("exit 0");
    let server = Server::start(&place).await;
    let refused = server.call("GET /sync/status").answer().await;
    let known = r#"{"error":"no token and no API key","message":"Invalid token"}"#;
    assert_eq!((refused.status, refused.text().as_str()), (401, known));
    drop(server);
    place.set("SYNC_SCRIPT_PATH", "");
    let config = place
        .text("config.toml")
        .replace("path = \"sync.sh\"\n", "");
    std::fs::write(place.path("config.toml"), config).unwrap();
    let server = Server::start(&place).await;
    let answer = server.ask("POST /sync/run").await;
    let text = answer.text();
    let cause = "SYNC_SCRIPT_PATH environment variable is not set";
    assert!(answer.status == 500 && text.contains(cause), "{text}");
    assert!(text.starts_with(r#"{"message":"#), "{text}");
    assert!(
        text.ends_with(r#","output":"","status":"error"}"#),
        "{text}"
    );
}

#[tokio::test]
async fn the_other_programs_short_secret_is_a_loud_warning_there_and_refused_elsewhere() {
    let mut place = deployed("exit 0");
    place.environment.clear();
    place.set("SERVE_JWT_SECRET", "rahasia-31-huruf-contoh-contoh-");
    let server = Server::start(&place).await;
    assert!(
        server
            .said()
            .contains("warning: SERVE_JWT_SECRET is too short: 31 bytes")
    );
    drop(server);
    let checked = crate::script::shell::done(&place, "config check").await;
    assert!(
        checked.out.contains("31 bytes, at least 32") && checked.exit == 0,
        "{checked:?}"
    );
    super::listen(&place, "127.0.0.1:0");
    let refused = crate::script::shell::done(&place, "serve").await;
    assert_eq!(refused.exit, 3, "{refused:?}");
    let checked = crate::script::shell::done(&place, "config check").await;
    assert!(
        checked.out.contains("31 bytes, at least 32") && checked.exit == 3,
        "{checked:?}"
    );
    place.set("SERVE_API_KEY", KEY);
}
