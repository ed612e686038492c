//! One sync as its clients see it: its frames, its end, and the bytes a client gets, with what goes
//! wrong with them on the way.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Shape, StreamFault};
use crate::sim::lock;

#[derive(Debug)]
pub struct Run {
    pub id: Uuid,
    /// Whether a second client would attach to it.
    pub is_global: bool,
    frames: Mutex<Vec<String>>,
    /// How many frames there are, and how many were taken by a client.
    said: watch::Sender<usize>,
    taken: watch::Sender<usize>,
    left: AtomicBool,
    over: AtomicBool,
    killed: AtomicBool,
    ending: Mutex<(&'static str, String)>,
    pub stop: CancellationToken,
}

impl Run {
    pub fn new(is_global: bool) -> Self {
        Self {
            id: Uuid::now_v7(),
            is_global,
            frames: Mutex::default(),
            said: watch::Sender::new(0),
            taken: watch::Sender::new(0),
            left: AtomicBool::default(),
            over: AtomicBool::default(),
            killed: AtomicBool::default(),
            ending: Mutex::new(("clean", String::new())),
            stop: CancellationToken::new(),
        }
    }

    pub fn say(&self, frame: String) {
        let mut frames = lock(&self.frames);
        frames.push(frame);
        self.said.send_replace(frames.len());
    }

    pub fn length(&self) -> usize {
        lock(&self.frames).len()
    }

    /// Waits until a client has taken all of them, or is gone.
    pub async fn taken(&self) {
        let length = self.length();
        let mut taken = self.taken.subscribe();
        // Never fails: the sender lives as long as this.
        let _ = taken
            .wait_for(|taken| *taken >= length || self.has_left())
            .await;
    }

    /// Frame `index`, from 0; `None` after the last of a sync that is over.
    pub async fn frame(&self, index: usize) -> Option<String> {
        // Whoever asks for the next one has those before it.
        self.taken.send_if_modified(|taken| {
            let before = *taken;
            *taken = before.max(index);
            *taken > before
        });
        let mut said = self.said.subscribe();
        let ready = said.wait_for(|said| *said > index || self.is_over());
        let _ = ready.await;
        lock(&self.frames).get(index).cloned()
    }

    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.said.send_modify(|_| {});
    }

    /// How it will be said to have ended: the verdict, and in which words.
    pub fn end_as(&self, verdict: &'static str, words: &str) {
        *lock(&self.ending) = (verdict, words.to_owned());
    }

    pub fn row(&self) -> Value {
        if !self.is_over() {
            return json!({"id": self.id, "state": "running"});
        }
        let (verdict, words) = lock(&self.ending).clone();
        json!({"id": self.id, "state": "ended", "verdict": verdict, "message": words})
    }

    pub fn kill(&self) {
        self.killed.store(true, Ordering::Release);
    }

    pub fn was_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub fn leave(&self) {
        self.left.store(true, Ordering::Release);
        self.taken.send_modify(|_| {});
    }

    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }
}

/// A client of a sync. Dropping it is leaving.
pub(super) struct Listener {
    run: Arc<Run>,
    shape: Shape,
    stream_faults: Vec<StreamFault>,
    next: usize,
    broken: bool,
}

impl Listener {
    /// Listens from the frame after the first `from` on.
    pub fn new(run: Arc<Run>, shape: Shape, stream_faults: Vec<StreamFault>, from: usize) -> Self {
        Self {
            run,
            shape,
            stream_faults,
            next: from,
            broken: false,
        }
    }

    /// The answer; of the deployed backend its head comes with the first frame.
    pub async fn answer(mut self) -> Response {
        let first = match self.shape {
            Shape::Deployed => self.piece().await,
            Shape::Documented | Shape::Own => None,
        };
        let said = self.stream_faults.iter().find_map(|fault| match fault {
            StreamFault::Type(said) => Some(*said),
            _ => None,
        });
        let rest = stream::unfold(self, |mut listener| async {
            let piece = listener.piece().await?;
            Some((piece, listener))
        });
        let body = Body::from_stream(stream::iter(first).chain(rest));
        let kind = (CONTENT_TYPE, said.unwrap_or("text/event-stream"));
        ([kind, (CACHE_CONTROL, "no-cache")], body).into_response()
    }

    /// The next bytes; `None` at the end.
    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        if self.broken {
            return None;
        }
        let held = self.stream_faults.iter().find_map(|fault| match fault {
            StreamFault::HeldBack(frames) => Some(*frames),
            _ => None,
        });
        match held {
            Some(frames) => self.pieces(frames).await,
            None => self.one().await,
        }
    }

    /// So many frames at once, as a proxy that collects them passes them on.
    async fn pieces(&mut self, frames: usize) -> Option<io::Result<Bytes>> {
        let mut held = Vec::new();
        for _ in 0..frames {
            match self.one().await {
                Some(Ok(piece)) => held.extend_from_slice(&piece),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!held.is_empty()).then(|| Ok(Bytes::from(held)))
    }

    async fn one(&mut self) -> Option<io::Result<Bytes>> {
        let number = self.next + 1;
        if self.has_fault(&StreamFault::CutBefore(number)) {
            // What was said before leaves first.
            tokio::task::yield_now().await;
            return Some(Err(self.cut()));
        }
        let Some(frame) = self.run.frame(self.next).await else {
            return self.run.was_killed().then(|| Err(self.cut()));
        };
        self.next = number;
        let text = self.written(&frame, number);
        if self.has_fault(&StreamFault::CutWithin(number)) {
            // The half leaves first, the break is the next piece.
            self.stream_faults.push(StreamFault::CutBefore(number + 1));
            return Some(Ok(Bytes::from(
                text.into_bytes()[..frame.len() / 2].to_vec(),
            )));
        }
        Some(Ok(Bytes::from(text)))
    }

    fn written(&self, frame: &str, number: usize) -> String {
        let mut text = match self.shape {
            Shape::Own => format!(
                ": still here\nid: {}-{number}\ndata: {frame}\n\n",
                self.run.id
            ),
            Shape::Deployed | Shape::Documented => format!("data: {frame}\n\n"),
        };
        if self.has_fault(&StreamFault::CarriageReturns) {
            text = text.replace('\n', "\r");
        }
        for fault in &self.stream_faults {
            if let (1, StreamFault::Retry(wait)) = (number, fault) {
                text.insert_str(0, &format!("retry: {wait}\n"));
            }
        }
        if number == 1 && self.has_fault(&StreamFault::Bom) {
            text.insert(0, '\u{feff}');
        }
        text
    }

    fn has_fault(&self, fault: &StreamFault) -> bool {
        self.stream_faults.contains(fault)
    }

    fn cut(&mut self) -> io::Error {
        self.broken = true;
        io::ErrorKind::ConnectionReset.into()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.run.leave();
    }
}
