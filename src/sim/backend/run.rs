//! One sync as its clients see it: the frames so far, who listens, whether it was stopped.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::lock;

/// One sync.
#[derive(Debug)]
pub(super) struct Run {
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

    /// Says a frame.
    pub fn say(&self, frame: String) {
        let mut frames = lock(&self.frames);
        frames.push(frame);
        self.said.send_replace(frames.len());
    }

    /// How many frames were said.
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

    /// Nothing more will be said.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.said.send_modify(|_| {});
    }

    /// How it will be said to have ended: the verdict, and in which words.
    pub fn end_as(&self, verdict: &'static str, words: &str) {
        *lock(&self.ending) = (verdict, words.to_owned());
    }

    /// Its row in the list of runs.
    pub fn row(&self) -> Value {
        if !self.is_over() {
            return json!({"id": self.id, "state": "running"});
        }
        let (verdict, words) = lock(&self.ending).clone();
        json!({"id": self.id, "state": "ended", "verdict": verdict, "message": words})
    }

    /// Its server is gone.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::Release);
    }

    pub fn was_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// The client is gone.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Release);
        self.taken.send_modify(|_| {});
    }

    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }
}
