//! Beyond the original: the list of runs, their output as it grows, and stopping them.

use tokio::io::AsyncReadExt as _;

use super::wire::{Answer, until};
use super::{KEY, Server, WAITING, place};
use crate::harness::wait::within;
use crate::script::{eventually, is_alive};

/// Starts the script, and says its run.
async fn begin(server: &Server) -> String {
    let answer = server.ask("POST /sync/run?wait=false").await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["run"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn runs_are_listed_the_newest_first_with_how_they_ended() {
    let place = place("[ -e go ] || exit 3");
    let server = Server::start(&place).await;
    let none = server.ask("GET /sync/runs").await;
    assert_eq!(none.text(), r#"{"status":"success","runs":[]}"#);
    assert_eq!(server.ask("POST /sync/run").await.status, 500);
    place.touch("go");
    assert_eq!(server.ask("POST /sync/run").await.status, 200);
    let runs = server.ask("GET /sync/runs").await.json()["runs"].clone();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    let told = |index: usize, key: &str| runs[index][key].clone();
    assert_eq!(
        (told(0, "exit"), told(0, "verdict")),
        (0.into(), "clean".into())
    );
    assert_eq!(
        (told(1, "exit"), told(1, "verdict")),
        (12.into(), "failed".into())
    );
    for index in 0..2 {
        assert_eq!(told(index, "state"), "ended");
        assert_eq!(told(index, "operator"), "api-key@kantor");
        let at = |key| {
            told(index, key)
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
        };
        assert!(at("ended").unwrap() >= at("started").unwrap());
    }
}

#[tokio::test]
async fn output_comes_in_chunks_as_it_is_printed_from_where_one_wants_it() {
    let place = place(
        "printf '\\033[32mone\\033[0m\\n\\377'; while [ ! -e go ]; do sleep 0.02; done; echo two",
    );
    let server = Server::start(&place).await;
    let run = begin(&server).await;
    let what = format!("GET /sync/runs/{}/output", &run[run.len() - 6..]);
    let mut live = server.call(&what).header("x-api-key", KEY).send().await;
    let begun = until(&mut live, "one\u{1b}[0m\n").await;
    assert!(
        begun.to_lowercase().contains("transfer-encoding: chunked"),
        "{begun}"
    );
    let from = format!("{what}?offset=4");
    let mut later = server.call(&from).header("x-api-key", KEY).send().await;
    until(&mut later, "\r\n\r\n").await;
    place.touch("go");
    until(&mut live, "two\n\r\n0\r\n\r\n").await;
    let all = b"\x1b[32mone\x1b[0m\n\xfftwo\n";
    assert_eq!(server.ask(&what).await.body, all, "byte for byte");
    for offset in [0, 5, all.len(), all.len() + 1_000] {
        let rest = server.ask(&format!("{what}?offset={offset}")).await;
        let expected = all.get(offset..).unwrap_or_default();
        assert_eq!((rest.status, rest.body.as_slice()), (200, expected));
    }
}

#[tokio::test]
async fn a_stop_lets_the_script_clean_up_and_is_asked_once_however_often_it_is_called() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let run = begin(&server).await;
    let script = place.pid_in("pid").await;
    let what = format!("DELETE /sync/runs/{run}");
    let answer = server.ask(&what).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (200, &"success".into())
    );
    server.idle().await;
    assert!(!is_alive(script) && !place.path("sync.lock").exists());
    let output = server
        .ask(&format!("GET /sync/runs/{run}/output"))
        .await
        .text();
    assert!(output.ends_with("trap ran\n"), "{output}");
    let listed = server.ask("GET /sync/runs").await.json()["runs"][0].clone();
    assert_eq!(
        (&listed["verdict"], &listed["exit"]),
        (&"stopped".into(), &130.into())
    );
    let again = server.ask(&what).await;
    assert_eq!(
        (again.status, &again.json()["message"]),
        (200, &"it had ended already".into())
    );
}

#[tokio::test]
async fn a_waiting_caller_learns_of_a_stop_and_insisting_kills_at_once() {
    let place = place("trap '' TERM; echo $$ > pid; echo begins; while :; do sleep 0.05; done");
    place.configure("grace = \"1h\"\n[serve]\nlisten = \"127.0.0.1:0\"");
    let server = Server::start(&place).await;
    let mut waiting = server
        .call("POST /sync/run")
        .header("x-api-key", KEY)
        .send()
        .await;
    let script = place.pid_in("pid").await;
    let run = server.ask("GET /sync/runs").await.json()["runs"][0]["id"].clone();
    let what = format!("DELETE /sync/runs/{}", run.as_str().unwrap());
    for _ in 0..3 {
        let answer = server.ask(&what).await;
        assert_eq!(answer.json()["message"], "it is stopping", "{answer:?}");
    }
    assert!(is_alive(script), "a call made again does not insist");
    assert_eq!(
        server.ask("GET /sync/status").await.json()["status"],
        "running"
    );
    assert_eq!(server.ask(&format!("{what}?insist=true")).await.status, 200);
    let answer = Answer::read(&mut waiting).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (500, &"error".into())
    );
    assert_eq!(answer.json()["output"], "begins\n");
    eventually("the end", || (!is_alive(script)).then_some(())).await;
    server.idle().await;
}

#[tokio::test]
async fn readers_that_do_not_read_cost_the_server_nothing() {
    let place = place("head -c 50000000 /dev/zero; echo done");
    let server = Server::start(&place).await;
    let run = begin(&server).await;
    server.idle().await;
    let pid = server.child.id().unwrap();
    let before = resident(pid);
    let what = format!("GET /sync/runs/{run}/output");
    let mut readers = Vec::new();
    for _ in 0..40 {
        let mut reader = server.call(&what).header("x-api-key", KEY).send().await;
        until(&mut reader, "200 OK").await;
        readers.push(reader);
    }
    // Somebody who reads gets all of it meanwhile.
    assert_eq!(server.ask(&what).await.body.len(), 50_000_005);
    let grown = resident(pid).saturating_sub(before);
    assert!(grown < 40_000, "{grown} KiB more");
    // One of the slow ones continues after all.
    let mut rest = vec![0; 1_000_000];
    within("the rest", readers[0].read_exact(&mut rest))
        .await
        .unwrap();
}

/// How much memory a process has in hand, in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
