//! Any bytes on the wire get a bounded, clear answer, and the server continues.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::wire::{Answer, to_end};
use super::{KEY, Server, place};

/// Sends these bytes, and says what came back before the server hung up.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    String::from_utf8_lossy(&to_end(&mut stream).await).into_owned()
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_hung_up_on() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    let key = format!("x-api-key: {KEY}\r\n");
    let many = (0..200).fold(String::new(), |text, n| text + &format!("h{n}: x\r\n"));
    for (bytes, status) in [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            "400",
        ),
        (b"nonsense\r\n\r\n".to_vec(), "400"),
        (b"GET /sync/status HTTP/9.9\r\n\r\n".to_vec(), "400"),
        (
            b"GET /sync/status HTTP/1.1\r\nbad header\r\n\r\n".to_vec(),
            "400",
        ),
        (b"GET /sync/st\x00tus HTTP/1.1\r\n\r\n".to_vec(), "400"),
        (
            format!(
                "POST /sync/run HTTP/1.1\r\n{key}content-length: 5\r\ncontent-length: 6\r\n\r\n"
            )
            .into_bytes(),
            "400",
        ),
        (
            format!("POST /sync/run HTTP/1.1\r\n{key}content-length: -1\r\n\r\n").into_bytes(),
            "400",
        ),
        (
            format!("GET /sync/status HTTP/1.1\r\n{key}{many}\r\n").into_bytes(),
            "431",
        ),
        (
            format!(
                "GET /sync/status HTTP/1.1\r\ncookie: {}\r\n\r\n",
                "x".repeat(60_000)
            )
            .into_bytes(),
            "431",
        ),
        (
            format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)).into_bytes(),
            "4",
        ),
    ] {
        let answer = raw(&server, &bytes).await;
        let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        // Who had not sent all of it may be hung up on before the answer is read.
        let refused = answer.starts_with(&format!("HTTP/1.1 {status}"));
        assert!(
            refused || (bytes.len() > 32_768 && answer.is_empty()),
            "{begin:?}: {answer}"
        );
        assert!(answer.len() < 1_000, "{answer}");
    }
    assert_eq!(server.ask("GET /sync/status").await.status, 200);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_request_with_too_much_to_say_begins_nothing() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    let large = vec![b'x'; 65 * 1024];
    let call = server.call("POST /sync/run").header("x-api-key", KEY);
    let refused = call.body(&large).answer().await;
    assert_eq!(
        (refused.status, &refused.json()["status"]),
        (413, &"error".into())
    );
    // What is announced is believed: nobody waits for ten gigabytes.
    let call = server.call("POST /sync/run").header("x-api-key", KEY);
    let refused = call.header("content-length", "10000000000").answer().await;
    assert_eq!(refused.status, 413);
    // In chunks nothing is announced.
    let call = server.call("POST /sync/run").header("x-api-key", KEY);
    let mut stream = call.header("transfer-encoding", "chunked").send().await;
    let chunk = [b"4000\r\n".to_vec(), vec![b'x'; 0x4000], b"\r\n".to_vec()].concat();
    for _ in 0..5 {
        let _ = stream.write_all(&chunk).await;
    }
    assert_eq!(Answer::read(&mut stream).await.status, 413);
    assert!(!place.path("ran").exists() && !place.path("state/runs").exists());
    let call = server.call("POST /sync/run").header("x-api-key", KEY);
    assert_eq!(call.body(b"{}").answer().await.status, 200);
    assert!(place.path("ran").exists());
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_told_apart() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    for what in [
        "GET /",
        "GET /sync",
        "GET /sync/run/",
        "GET /api/sync/status",
        "GET /sync/../sync/status",
        "GET //sync/status",
        "GET /sync/runs/0/report",
        "POST /auth/login",
    ] {
        let answer = server.ask(what).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (404, &"error".into()),
            "{what}"
        );
    }
    for what in [
        "GET /sync/run",
        "DELETE /sync/run",
        "POST /sync/status",
        "PUT /sync/log",
        "POST /sync/runs",
        "GET /sync/runs/0",
        "BREW /sync/run",
    ] {
        let answer = server.ask(what).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (405, &"error".into()),
            "{what}"
        );
    }
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn odd_names_of_runs_lead_nowhere() {
    let place = place("echo secret > outside");
    let server = Server::start(&place).await;
    assert_eq!(server.ask("POST /sync/run").await.status, 200);
    let long = "0".repeat(20_000);
    for name in [
        "..",
        "%2e%2e",
        "..%2f..%2foutside",
        "%2fetc%2fpasswd",
        "-",
        "%00",
        "%ff%fe",
        "%F0%9F%98%80",
        "%1b%5b2J",
        "zzzzzz",
        "*",
        "00000000-0000-0000-0000-000000000000",
        long.as_str(),
    ] {
        for what in [
            format!("GET /sync/runs/{name}/output"),
            format!("DELETE /sync/runs/{name}"),
        ] {
            let answer = server.ask(&what).await;
            let short: String = what.chars().take(60).collect();
            assert_eq!(
                (answer.status, &answer.json()["status"]),
                (404, &"error".into()),
                "{short}"
            );
            assert!(answer.body.len() < 2_000, "{short}");
            assert!(!answer.text().contains('\u{1b}'), "{short}");
        }
    }
    let run = server.ask("GET /sync/runs").await.json()["runs"][0]["id"].clone();
    let run = run.as_str().unwrap();
    for offset in ["-1", "x", "18446744073709551615", "1e3"] {
        let answer = server
            .ask(&format!("GET /sync/runs/{run}/output?offset={offset}"))
            .await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (400, &"error".into()),
            "{offset}"
        );
    }
    let odd = server
        .ask(&format!("DELETE /sync/runs/{run}?insist=perhaps"))
        .await;
    assert_eq!(odd.status, 400);
}

#[tokio::test]
async fn several_requests_come_over_one_connection() {
    let place = place("exit 0");
    let server = Server::start(&place).await;
    let one = format!("GET /sync/status HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\n\r\n");
    let last = one.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let answers = raw(&server, format!("{one}{one}{last}").as_bytes()).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 3, "{answers}");
}
