//! Time and number are bounded: the same server within this process, with short limits.

use std::time::Duration;

use selaras::clock::Clock;
use selaras::config::{Environment, Home, Sources};
use selaras::context::AppContext;
use selaras::serve::{self, Keys, Limits};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::wire::{Answer, Call, to_end, until};
use super::{KEY, WAITING, place};
use crate::harness::wait::within;
use crate::script::{Place, eventually};

pub struct Inside {
    address: std::net::SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Inside {
    pub async fn start(place: &Place, limits: Limits) -> Self {
        selaras::http::install_tls();
        let app = AppContext {
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
        let listener = serve::listen(&app).await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = Keys::of(&app.config().unwrap()).unwrap();
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let end = async {
                let _ = ended.await;
            };
            serve::serve(keys, app, listener, limits, end)
                .await
                .unwrap();
        });
        Self {
            address,
            end,
            serving,
        }
    }

    pub fn call(&self, what: &str) -> Call {
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
async fn a_client_that_sends_nothing_or_too_little_is_disconnected() {
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

/// Limits under which a stranger is hung up on by number only, never by time.
fn few() -> Limits {
    let long = Duration::from_mins(5);
    Limits {
        first_head: long,
        head: long,
        strangers: 4,
        ..Limits::default()
    }
}

#[tokio::test]
async fn more_requests_than_are_answered_at_once_wait_for_their_turn() {
    let place = place(WAITING);
    let limits = Limits {
        requests: 2,
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
async fn strangers_keep_nobody_out_whatever_they_send() {
    let place = place(WAITING);
    let server = Inside::start(&place, few()).await;
    let mut run = server.call("POST /sync/run").send().await;
    place.appears("pid").await;
    // Nothing, half a head, a whole request that is refused and whose answer is never read, and
    // many of those at once.
    let head = "GET /sync/status HTTP/1.1\r\nhost: x\r\n";
    let many = format!("{head}\r\n").repeat(500);
    for begin in ["", head, &format!("{head}\r\n"), &many] {
        let mut silent = Vec::new();
        for _ in 0..40 {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            // Who is hung up on while sending has lost its place, as it should.
            let _ = stream.write_all(begin.as_bytes()).await;
            silent.push(stream);
            let answer = server.call("GET /sync/status").answer().await;
            assert_eq!(answer.json()["status"], "running");
        }
        // Who has been silent for the longest was hung up on; the last one was not, or was refused.
        assert!(to_end(&mut silent[0]).await.len() < 4096);
    }
    // A friend whose answer takes long is no stranger.
    place.touch("go");
    assert_eq!(Answer::read(&mut run).await.status, 200);
}

#[tokio::test]
async fn a_stranger_has_little_time_for_its_first_head_and_a_friend_more_for_the_next() {
    let place = place("exit 0");
    let limits = Limits {
        first_head: Duration::from_millis(200),
        head: Duration::from_mins(5),
        ..Limits::default()
    };
    let server = Inside::start(&place, limits).await;
    let one = format!("GET /sync/status HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\n\r\n");
    let mut friend = TcpStream::connect(server.address).await.unwrap();
    friend.write_all(one.as_bytes()).await.unwrap();
    until(&mut friend, "idle").await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert!(to_end(&mut silent).await.is_empty());
    // By now the friend has said nothing for longer than a stranger may.
    friend.write_all(one.as_bytes()).await.unwrap();
    until(&mut friend, "idle").await;
}

#[tokio::test]
async fn a_refused_connection_is_closed_and_nothing_more_is_read_from_it() {
    let place = place("touch ran");
    let server = Inside::start(&place, few()).await;
    let good = format!("POST /sync/run HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\n\r\n");
    let refused = "GET /sync/status HTTP/1.1\r\nhost: x\r\n\r\n".to_owned() + &good;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(refused.as_bytes()).await.unwrap();
    let answer = String::from_utf8(to_end(&mut stream).await).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 401").count(), 1, "{answer}");
    assert!(!answer.contains("HTTP/1.1 200") && !place.path("ran").exists());
}

#[tokio::test]
async fn who_takes_nothing_of_its_answer_for_long_is_hung_up_on() {
    const LONG: usize = 20_000_000;
    let place = place(&format!("head -c {LONG} /dev/zero | tr '\\0' x"));
    let limits = Limits {
        write: Duration::from_millis(200),
        requests: 1,
        ..Limits::default()
    };
    let server = Inside::start(&place, limits).await;
    let ran = server.call("POST /sync/run").answer().await;
    let run = ran.header("x-selaras-run").unwrap().to_owned();
    let output = format!("GET /sync/runs/{run}/output");
    let mut stream = server.call(&output).send().await;
    until(&mut stream, "xxx").await;
    // Answered only when the other one has given up its turn.
    assert_eq!(server.call("GET /sync/status").answer().await.status, 200);
    assert!(to_end(&mut stream).await.len() < LONG);
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
