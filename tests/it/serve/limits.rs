//! Time and number are bounded: the same server within this process, with short limits.

use std::time::Duration;

use selaras::clock::Clock;
use selaras::config::{Environment, Home, Sources};
use selaras::desk::Desk;
use selaras::serve::{self, Keys, Limits, Office};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::wire::{Answer, Call, to_end, until};
use super::{KEY, WAITING, place};
use crate::harness::wait::within;
use crate::script::{Place, eventually};

struct Inside {
    address: std::net::SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Inside {
    async fn start(place: &Place, limits: Limits) -> Self {
        selaras::http::install_tls();
        let desk = Desk {
            sources: Sources {
                config: Some(place.path("config.toml")),
                environment: place.environment.iter().cloned().collect::<Environment>(),
                folder: place.folder.path().to_owned(),
                home: Home::below(place.folder.path()),
                host: "kantor".to_owned(),
            },
            state_dir: None,
            read_only: false,
            verbose: 0,
            exe: Some(env!("CARGO_BIN_EXE_selaras").into()),
            clock: Clock::System,
        };
        let listener = serve::listen(&desk).await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = Keys::of(&desk.config().unwrap()).unwrap();
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let end = async {
                let _ = ended.await;
            };
            serve::serve(Office { keys, desk }, listener, limits, end).await;
        });
        Self {
            address,
            end,
            serving,
        }
    }

    fn call(&self, what: &str) -> Call {
        Call::new(self.address, what).header("x-api-key", KEY)
    }
}

fn short() -> Limits {
    Limits {
        head: Duration::from_millis(200),
        farewell: Duration::from_millis(200),
        ..Limits::default()
    }
}

#[tokio::test]
async fn whoever_says_nothing_or_too_little_is_hung_up_on() {
    let place = place("touch ran");
    let server = Inside::start(&place, short()).await;
    for begin in [
        "",
        "POST /sync/run HT",
        "POST /sync/run HTTP/1.1\r\nx-api-key: k",
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        to_end(&mut stream).await;
    }
    // A letter at a time is not better.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut pulse = tokio::time::interval(Duration::from_millis(20));
    let dripping = async {
        loop {
            pulse.tick().await;
            if stream.write_all(b"x").await.is_err() {
                return;
            }
        }
    };
    within("the end of a connection that drips", dripping).await;
    // Nor is a connection kept that was used once.
    let one = format!("GET /sync/status HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\n\r\n");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(one.as_bytes()).await.unwrap();
    let answer = to_end(&mut stream).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408_and_begins_nothing() {
    let place = place("touch ran");
    let server = Inside::start(&place, short()).await;
    let call = server
        .call("POST /sync/run")
        .header("content-length", "100");
    let answer = Answer::read(&mut call.send().await).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (408, &"error".into())
    );
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_wait_and_are_served() {
    let place = place(WAITING);
    let limits = Limits {
        connections: 2,
        ..short()
    };
    let server = Inside::start(&place, limits).await;
    let mut run = server.call("POST /sync/run").send().await;
    place.appears("pid").await;
    let answers = tokio::join!(
        server.call("GET /sync/status").answer(),
        server.call("GET /sync/status").answer(),
        server.call("GET /sync/status").answer(),
    );
    for answer in [answers.0, answers.1, answers.2] {
        assert_eq!(answer.json()["status"], "running");
    }
    place.touch("go");
    assert_eq!(Answer::read(&mut run).await.status, 200);
}

#[tokio::test]
async fn an_end_waits_a_moment_for_answers_and_takes_nobody_new() {
    let place = place(WAITING);
    let server = Inside::start(&place, short()).await;
    let mut run = server.call("POST /sync/run").send().await;
    place.appears("pid").await;
    let id = server.call("GET /sync/runs").answer().await.json()["runs"][0]["id"].clone();
    let output = format!("GET /sync/runs/{}/output", id.as_str().unwrap());
    let mut output = server.call(&output).send().await;
    until(&mut output, "begins").await;
    server.end.send(()).unwrap();
    server.serving.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    // Cut, not answered: nobody may take it for the end of the script.
    assert!(to_end(&mut run).await.is_empty());
    assert!(!to_end(&mut output).await.ends_with(b"0\r\n\r\n"));
    place.touch("go");
    eventually("the end", || {
        (!place.path("sync.lock").exists()).then_some(())
    })
    .await;
}
