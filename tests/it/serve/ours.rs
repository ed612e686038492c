//! Our own client against our own server: what is a script here is a service there.

use std::net::SocketAddr;

use rustix::process::Signal;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::wire::until;
use super::{Server, WAITING, place, token};
use crate::harness::wait;
use crate::script::shell::{begin, done};
use crate::script::{Place, eventually, is_alive};

/// A place without a script, whose service is `server`.
async fn far(near: &Place, server: &Server) -> Place {
    let mut far = Place::empty("");
    let text = format!(
        "operator = \"budi@cabang\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n\
         [script]\ntarget = \"remote\"\nurl = \"http://{}\"\n",
        server.address
    );
    std::fs::write(far.path("config.toml"), text).unwrap();
    far.set("SCRIPT_API_TOKEN", &token(near, "cabang").await);
    far
}

#[tokio::test]
async fn a_run_there_is_success_here_with_its_output_once() {
    let near = place("echo \"[2026-11-08 14:03:22] one\" | tee -a sync.log; echo two");
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    for _ in 0..2 {
        let ran = done(&far, "script run --yes").await;
        assert_eq!(ran.exit, 0, "{ran:?}");
        assert!(
            ran.out.ends_with("[2026-11-08 14:03:22] one\ntwo\n"),
            "{ran:?}"
        );
    }
    let log = done(&far, "script log -n 1").await;
    assert_eq!(
        (log.exit, log.out.as_str()),
        (0, "[2026-11-08 14:03:22] one\n")
    );
    let runs = server.ask("GET /sync/runs").await.json();
    assert!(
        runs["runs"][0]["operator"]
            .as_str()
            .unwrap()
            .starts_with("cabang@"),
        "{runs}"
    );
}

#[tokio::test]
async fn a_failure_there_is_exit_12_here() {
    let near = place("echo ERROR; exit 3");
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    let ran = done(&far, "script run --yes --json").await;
    let document = ran.json();
    assert_eq!(
        (ran.exit, &document["report"]["exit"]),
        (12, &serde_json::Value::Null)
    );
    let meaning = document["report"]["meaning"].as_str().unwrap();
    assert!(meaning.contains("exit 3"), "{meaning}");
}

#[tokio::test]
async fn what_runs_there_is_exit_9_here_and_can_be_attached_to() {
    let near = place(&format!("echo in the log >> sync.log\n{WAITING}"));
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    assert_eq!(server.ask("POST /sync/run?wait=false").await.status, 202);
    near.appears("pid").await;
    let refused = done(&far, "script run --yes").await;
    assert_eq!(refused.exit, 9, "{refused:?}");
    assert!(refused.err.contains("in the log"), "{refused:?}");
    let status = done(&far, "script status --json").await.json();
    assert_eq!(status["plan"]["running"], true, "{status}");
    let attached = begin(&far, "script run --yes --attach");
    let followed = || far.path("state/runs").exists().then_some(());
    eventually("a run that follows", followed).await;
    near.touch("go");
    let attached = wait::end_of(attached).await;
    let out = String::from_utf8_lossy(&attached.stdout).into_owned();
    assert!(out.contains("in the log"), "{out}");
    // The server's list of runs tells how it ended.
    assert_eq!(attached.status.code(), Some(0));
}

#[tokio::test]
async fn a_stop_here_stops_the_script_there() {
    let near = place(WAITING);
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    let run = done(&far, "script run --yes --detach").await;
    assert_eq!(run.exit, 0, "{run:?}");
    let script = near.pid_in("pid").await;
    let stopped = done(&far, "script stop").await;
    assert_eq!(stopped.exit, 0, "{stopped:?}");
    server.idle().await;
    assert!(!is_alive(script) && !near.path("sync.lock").exists());
    let shown = done(&far, &format!("runs show {} --json", run.out.trim()))
        .await
        .json();
    assert_eq!(
        (&shown["verdict"], &shown["exit"]),
        (&"stopped".into(), &130.into()),
        "{shown}"
    );
}

#[tokio::test]
async fn a_server_that_is_restarted_meanwhile_is_followed_to_the_end() {
    let near = place(&format!("echo in the log >> sync.log\n{WAITING}"));
    let mut server = Server::start(&near).await;
    let far = far(&near, &server).await;
    let face = begin(&far, "script run --yes");
    near.appears("pid").await;
    super::listen(&near, &server.address.to_string());
    server.signal(Signal::KILL);
    wait::exit_of(&mut server.child).await;
    let next = Server::start(&near).await;
    near.touch("go");
    let ended = wait::end_of(face).await;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    // The call was lost with the server; the next one knows the run, and how it ended.
    assert!(said.contains("was lost"), "{said}");
    assert_eq!(ended.status.code(), Some(0), "{said}");
    next.idle().await;
}

/// A proxy in front of `server` that has it below `/api`.
async fn proxy(server: &Server) -> SocketAddr {
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, behind) = (door.local_addr().unwrap(), server.address);
    tokio::spawn(async move {
        while let Ok((mut front, _)) = door.accept().await {
            tokio::spawn(async move {
                let head = until(&mut front, "\r\n\r\n").await;
                // One request for each connection: only the first head is looked at.
                let head = head.replacen(" /api/", " /", 1);
                let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
                let mut back = TcpStream::connect(behind).await.unwrap();
                back.write_all(head.as_bytes()).await.unwrap();
                let _ = copy_bidirectional(&mut front, &mut back).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn below_a_prefix_everything_works_as_without() {
    let near = place(WAITING);
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    let behind = server.address.to_string();
    let front = proxy(&server).await.to_string();
    let text = far.text("config.toml").replace(&behind, &front) + "prefix = \"/api\"\n";
    std::fs::write(far.path("config.toml"), text).unwrap();
    let run = done(&far, "script run --yes --detach").await;
    assert_eq!(run.exit, 0, "{run:?}");
    let script = near.pid_in("pid").await;
    let stopped = done(&far, "script stop").await;
    assert_eq!(stopped.exit, 0, "{stopped:?}");
    server.idle().await;
    assert!(!is_alive(script));
    near.touch("go");
    let ran = done(&far, "script run --yes").await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.out.contains("begins\nends\n"), "{ran:?}");
}

#[tokio::test]
async fn a_prefix_that_is_not_there_is_told() {
    let near = place("echo one");
    let server = Server::start(&near).await;
    let far = far(&near, &server).await;
    let text = far.text("config.toml") + "prefix = \"/api\"\n";
    std::fs::write(far.path("config.toml"), text).unwrap();
    let refused = done(&far, "script run --yes").await;
    assert_eq!(refused.exit, 4, "{refused:?}");
    assert!(refused.err.contains("no such address"), "{refused:?}");
}
