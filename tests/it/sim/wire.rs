//! Every fault of a connection does on the wire what its name says.

use std::io::ErrorKind;
use std::time::Duration;

use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{Branch, EMAIL, LOGIN, PASSWORD, TOKEN_MARK};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::wait::{eventually, within};

use super::{asking_for_json, broken, client, list, log_in, setup};

/// A login as bytes.
fn request() -> String {
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    format!(
        "POST {LOGIN} HTTP/1.1\r\nHost: branch.example\r\nAccept: application/json\r\n\
         X-Requested-With: XMLHttpRequest\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn connect(branch: &Branch) -> std::io::Result<TcpStream> {
    TcpStream::connect(branch.url().trim_start_matches("http://")).await
}

/// Sends a login and reads until the connection ends.
async fn exchange(branch: &Branch) -> std::io::Result<Vec<u8>> {
    let mut stream = connect(branch).await?;
    stream.write_all(request().as_bytes()).await?;
    let mut answer = Vec::new();
    let reading = within("the end of an answer", stream.read_to_end(&mut answer));
    reading.await.map(|_| answer)
}

/// Whether an ordinary client sees no whole answer.
async fn log_in_fails(branch: &Branch) -> bool {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let request = client().post(branch.url() + LOGIN).json(&body);
    match asking_for_json(request).send().await {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    }
}

#[tokio::test]
async fn a_cut_answer_ends_after_exactly_so_many_bytes() {
    for bytes in [0, 1, 40, 200] {
        let branch = broken(Fault::Cut(bytes));
        assert_eq!(exchange(&branch).await.unwrap().len(), bytes);
        assert!(log_in_fails(&branch).await);
    }
}

#[tokio::test]
async fn an_answer_shorter_than_the_cut_comes_whole_and_is_the_last() {
    let answer = exchange(&broken(Fault::Cut(1_000_000))).await.unwrap();
    assert!(String::from_utf8(answer).unwrap().contains(TOKEN_MARK));
}

#[tokio::test]
async fn a_trickled_answer_comes_whole_in_many_pieces() {
    let branch = broken(Fault::ByteByByte);
    let mut stream = connect(&branch).await.unwrap();
    stream.write_all(request().as_bytes()).await.unwrap();
    let (mut answer, mut pieces) = (Vec::new(), 0);
    while !answer.ends_with(b"}") {
        let read = within("another piece", stream.read_buf(&mut answer)).await;
        assert!(read.unwrap() > 0);
        pieces += 1;
    }
    assert!(String::from_utf8(answer).unwrap().contains(TOKEN_MARK));
    assert!(pieces > 10, "{pieces} pieces");
}

#[tokio::test]
async fn a_reset_connection_says_so() {
    let branch = broken(Rule::new(Fault::Reset).at(1));
    let error = exchange(&branch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(branch.requests()[0].status, None);
    assert!(!log_in_fails(&branch).await);
}

#[tokio::test]
async fn a_black_hole_takes_the_request_and_never_answers() {
    let branch = broken(Fault::BlackHole);
    let mut stream = connect(&branch).await.unwrap();
    stream.write_all(request().as_bytes()).await.unwrap();
    eventually("the request", || branch.requests().first().map(|_| ())).await;
    assert_eq!(branch.requests()[0].fault, Some(Fault::BlackHole));
    let wait = tokio::time::timeout(Duration::from_millis(50), stream.read_u8());
    assert!(wait.await.is_err());
    branch.stop();
    assert!(within("an end", stream.read_u8()).await.is_err());
}

#[tokio::test]
async fn a_server_that_refuses_keeps_its_address_until_the_faults_are_cleared() {
    let branch = broken(Fault::Refuse);
    for _ in 0..3 {
        let error = connect(&branch).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(branch.requests(), []);
    branch.clear_faults().unwrap();
    assert!(!log_in_fails(&branch).await);
}

#[tokio::test]
async fn a_server_may_go_away_at_a_later_request() {
    let branch = broken(Rule::new(Fault::Refuse).at(2));
    let client = client();
    let login = log_in(&client, &branch).await;
    let token = login["access_token"].as_str().unwrap();
    assert!(list(&client, &branch, token, "").send().await.is_err());
    let error = list(&client, &branch, token, "").send().await.unwrap_err();
    assert!(error.is_connect());
    let seen: Vec<_> = branch.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(seen, [Some(200), None]);
}

#[tokio::test]
async fn a_stopped_server_refuses_and_a_resumed_one_answers() {
    let branch = Branch::start(setup()).unwrap();
    let mut kept = connect(&branch).await.unwrap();
    kept.write_all(request().as_bytes()).await.unwrap();
    assert!(within("an answer", kept.read_u8()).await.is_ok());
    branch.stop();
    let mut rest = Vec::new();
    // Whatever was under way, the kept connection has an end.
    let _ = within("an end", kept.read_to_end(&mut rest)).await;
    assert!(connect(&branch).await.is_err());
    branch.resume().unwrap();
    assert!(!log_in_fails(&branch).await);
}

#[tokio::test]
async fn a_dropped_server_ends_its_connections() {
    let branch = Branch::start(setup()).unwrap();
    let mut kept = connect(&branch).await.unwrap();
    drop(branch);
    assert!(within("an end", kept.read_u8()).await.is_err());
}

#[tokio::test]
async fn hundreds_of_servers_run_at_once() {
    let branches: Vec<_> = (0..200).map(|_| Branch::start(setup()).unwrap()).collect();
    let client = client();
    for branch in &branches {
        assert!(log_in(&client, branch).await["access_token"].is_string());
    }
}
