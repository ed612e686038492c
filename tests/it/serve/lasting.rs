//! A script continues when its caller leaves and when the server ends.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::wire::until;
use super::{KEY, Server, WAITING, listen, place};
use crate::harness::wait;
use crate::script::shell::done;
use crate::script::{eventually, is_alive};

#[tokio::test]
async fn a_client_that_hangs_up_stops_nothing() {
    let place = place(WAITING);
    let server = Server::start(&place).await;
    let call = server.call("POST /sync/run").header("x-api-key", KEY);
    let stream = call.send().await;
    let script = place.pid_in("pid").await;
    drop(stream);
    // The server has noticed by now what came before this question.
    let status = server.ask("GET /sync/status").await;
    assert_eq!(status.json()["status"], "running");
    assert!(is_alive(script));
    place.touch("go");
    server.idle().await;
    let run = server.ask("GET /sync/runs").await.json()["runs"][0].clone();
    assert_eq!((&run["state"], &run["exit"]), (&"ended".into(), &0.into()));
    let output = format!("GET /sync/runs/{}/output", run["id"].as_str().unwrap());
    assert_eq!(server.ask(&output).await.text(), "begins\nends\ntrap ran\n");
}

#[tokio::test]
async fn a_client_that_hangs_up_at_once_leaves_a_whole_run_or_none() {
    let place = place("echo ran");
    let server = Server::start(&place).await;
    for _ in 0..10 {
        let call = server.call("POST /sync/run").header("x-api-key", KEY);
        drop(call.send().await);
    }
    // Some were never heard, others began something: what began is whole.
    let begun = async { while server.ask("POST /sync/run").await.status != 200 {} };
    wait::within("a run of our own", begun).await;
    // One that was heard late may still begin after ours has ended.
    let whole = async {
        loop {
            let runs = server.ask("GET /sync/runs").await.json()["runs"].clone();
            let runs = runs.as_array().unwrap().clone();
            if runs.iter().all(|run| run["state"] != "running") {
                return runs;
            }
        }
    };
    for run in wait::within("the end of all runs", whole).await {
        assert_eq!(
            (&run["state"], &run["exit"]),
            (&"ended".into(), &0.into()),
            "{run}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_ended_or_killed_stops_nothing_and_the_next_one_knows_all() {
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let place = place(WAITING);
        let mut server = Server::start(&place).await;
        let call = server.call("POST /sync/run").header("x-api-key", KEY);
        let _caller = call.send().await;
        let script = place.pid_in("pid").await;
        server.signal(signal);
        let status = wait::exit_of(&mut server.child).await;
        assert_eq!(
            status.code(),
            (signal != Signal::KILL).then_some(0),
            "{signal:?}"
        );
        assert!(is_alive(script), "{signal:?}");
        // At the same address, as a service manager does it.
        listen(&place, &server.address.to_string());
        let next = Server::start(&place).await;
        assert_eq!(
            next.ask("GET /sync/status").await.json()["status"],
            "running"
        );
        assert_eq!(next.ask("POST /sync/run").await.status, 409);
        let run = next.ask("GET /sync/runs").await.json()["runs"][0]["id"].clone();
        let output = format!("GET /sync/runs/{}/output", run.as_str().unwrap());
        let call = next.call(&output).header("x-api-key", KEY);
        let mut live = call.send().await;
        until(&mut live, "begins").await;
        place.touch("go");
        until(&mut live, "trap ran").await;
        next.idle().await;
        assert_eq!(next.ask(&output).await.text(), "begins\nends\ntrap ran\n");
        assert_eq!(next.ask("POST /sync/run").await.status, 200);
    }
}

#[tokio::test]
async fn an_end_in_order_is_said_and_without_calls_comes_at_once() {
    let place = place("exit 0");
    let server = Server::start(&place).await;
    let mut idle = server.call("GET /sync/status").send().await;
    until(&mut idle, "401").await;
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(4), server.end())
            .await
            .unwrap(),
        Some(0)
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listen(&place, &taken.local_addr().unwrap().to_string());
    let refused = done(&place, "serve").await;
    assert_eq!(refused.exit, 6, "{refused:?}");
    assert!(
        refused.err.contains("cannot listen on 127.0.0.1:"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_script_whose_worker_was_killed_is_running_and_can_be_stopped() {
    // Without a lock of its own, only the run's journal knows it.
    let place = place("echo $$ > pid; while [ ! -e go ]; do sleep 0.02; done");
    let server = Server::start(&place).await;
    let started = server.ask("POST /sync/run?wait=false").await;
    let script = place.pid_in("pid").await;
    let listed = done(&place, "runs list --json").await.json();
    let worker = i32::try_from(listed["runs"][0]["pid"].as_i64().unwrap()).unwrap();
    let worker = Pid::from_raw(worker).unwrap();
    kill_process(worker, Signal::KILL).unwrap();
    eventually("the worker's end", || (!is_alive(worker)).then_some(())).await;
    let status = server.ask("GET /sync/status").await.json();
    assert_eq!(status["status"], "running");
    assert_eq!(server.ask("POST /sync/run").await.status, 409);
    let run = started.json()["run"].as_str().unwrap().to_owned();
    let stopped = server.ask(&format!("DELETE /sync/runs/{run}")).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text());
    assert!(!is_alive(script));
    server.idle().await;
}
