//! A hundred clients of one sync: how long a frame is on its way, from the journal's line to the
//! client.
//!
//! The line says when it was written, to the millisecond; the frame made of it has its number.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use reqwest::{Client, Response};
use selaras::clock::Clock;
use selaras::run::Runs;

use super::memory::program;
use super::office::Office;

/// How many clients are attached.
pub const CLIENTS: usize = 100;
const KEY: &str = "kunci-serve-ukur";

/// A frame's number, and when a client had read it.
type Read = (u64, Timestamp);

/// `selaras serve`, ended when it is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How long each frame took to each client, the shortest first; and how many frames there were.
pub async fn delays(office: &Office) -> (Vec<Duration>, usize) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    office.serve_at(&address.to_string(), KEY);
    let mut serving = program(office, &["serve"]);
    serving.stderr(Stdio::piped());
    let mut serving = Serving(serving.spawn().unwrap());
    let stderr = BufReader::new(serving.0.stderr.take().unwrap());
    let mut said = stderr.lines();
    assert!(said.any(|line| line.unwrap().contains("http://")));
    let url = format!("http://{address}/api/sync/global");
    let builder = Client::builder().no_proxy().tls_certs_only([]);
    let client = builder.build().unwrap();
    let ask = || client.get(&url).header("x-api-key", KEY).send();
    // The first one starts the sync, the others attach to it.
    let mut reading = vec![tokio::spawn(read(ask().await.unwrap()))];
    for _ in 1..CLIENTS {
        reading.push(tokio::spawn(read(ask().await.unwrap())));
    }
    let attached = Clock::System.now();
    let mut seen = Vec::new();
    for client in reading {
        seen.push(client.await.unwrap());
    }
    let written = written(office);
    let fresh = |(number, _): &&Read| written.get(number).is_some_and(|at| *at > attached);
    let mut delays = Vec::new();
    for frames in &seen {
        for (number, at) in frames.iter().filter(fresh) {
            let delay = at.duration_since(written[number]);
            // The line's time is rounded.
            delays.push(Duration::try_from(delay).unwrap_or_default());
        }
    }
    delays.sort_unstable();
    let frames = seen[0].iter().filter(fresh).count();
    assert_eq!(delays.len(), frames * CLIENTS, "each client has each frame");
    (delays, frames)
}

/// Reads a stream to its end.
async fn read(response: Response) -> Vec<Read> {
    assert!(response.status().is_success(), "{}", response.status());
    let mut chunks = response.bytes_stream();
    let (mut frames, mut line) = (Vec::new(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let now = Clock::System.now();
        for byte in chunk.unwrap() {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            if let Some(id) = std::str::from_utf8(&line).unwrap().strip_prefix("id: ") {
                let number = id.rsplit_once('-').unwrap().1;
                frames.push((number.parse().unwrap(), now));
            }
            line.clear();
        }
    }
    frames
}

/// When each line of the journal was written.
fn written(office: &Office) -> HashMap<u64, Timestamp> {
    let runs = Runs::at(office.path().join("state")).unwrap();
    let run = runs.readable().unwrap().pop().unwrap();
    let mut journal = runs.follower(run.manifest.id, 0);
    let mut written = HashMap::new();
    loop {
        let entries = journal.next_batch().unwrap();
        if entries.is_empty() {
            return written;
        }
        written.extend(entries.iter().map(|entry| (entry.seq, entry.at)));
    }
}
