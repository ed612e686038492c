//! When something was last heard, when silence is told, and which messages are passed on.
//!
//! A backend may send a thousand messages a second: at most ten are said, the last one always.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::dapodik::progress::BACKEND;
use crate::dapodik::words;
use crate::engine::{Event, Job};
use crate::http::RequestError;

/// How often a message is passed on.
const EVERY: Duration = Duration::from_millis(100);

/// What a follower hears.
pub(super) enum Sound {
    /// Somebody asked to stop.
    Stop,
    /// Somebody asked again.
    Insist,
    /// A piece of the stream, its end, or its breaking.
    Piece(Result<Option<Vec<u8>>, RequestError>),
    /// Nothing, for so long that something is to be done.
    Nothing,
}

/// What was heard, and what was said of it.
pub(super) struct Throttle {
    silence: Duration,
    last: Instant,
    /// How often this silence was told.
    told: u32,
    said: Option<Instant>,
    held: Option<String>,
    more: u64,
}

impl Throttle {
    pub fn new(silence: Duration) -> Self {
        Self {
            silence,
            last: Instant::now(),
            told: 0,
            said: None,
            held: None,
            more: 0,
        }
    }

    /// Something came.
    pub fn heard(&mut self) {
        self.last = Instant::now();
        self.told = 0;
    }

    /// Silence was told; it will be again when it has lasted once more as long.
    pub fn told(&mut self) {
        self.told += 1;
    }

    /// For how long nothing came.
    pub fn silent(&self) -> Duration {
        self.last.elapsed()
    }

    /// Ends when a message is to be passed on, or silence to be told.
    pub async fn due(&self) {
        let silence = self.last + self.silence.saturating_mul(self.told + 1);
        let message = self.held.as_ref().and(self.said).map(|said| said + EVERY);
        sleep_until(message.map_or(silence, |message| message.min(silence))).await;
    }

    /// Passes a message on, or keeps it for later; what was said, if anything.
    pub fn message(&mut self, message: String, job: &Job) -> Option<Event> {
        if let Some(held) = self.held.replace(message) {
            self.more += u64::from(!held.is_empty());
        }
        let early = self.said.is_some_and(|said| said.elapsed() < EVERY);
        if early { None } else { self.flush(job) }
    }

    /// Whether a message was kept for long enough.
    pub fn has_something_due(&self) -> bool {
        self.held.is_some() && self.said.is_none_or(|said| said.elapsed() >= EVERY)
    }

    /// Passes on what is kept.
    pub fn flush(&mut self, job: &Job) -> Option<Event> {
        let text = self.held.take()?;
        self.said = Some(Instant::now());
        let event = Event::Line {
            source: BACKEND.to_owned(),
            text: match std::mem::take(&mut self.more) {
                0 => text,
                more => words::and_more(&text, more),
            },
        };
        job.say(event.clone());
        Some(event)
    }
}
