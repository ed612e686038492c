//! How far a sync is, in figures people can trust: never backwards, 100 % only when it is done.
//!
//! ```text
//!   worker:  Frame ──▶ Progress::frame ──▶ events (journal) ──▶ Progress::event   any face, later
//! ```
//! A pure state machine with the time passed in: a face that reads the journal of a run knows
//! exactly what the worker knew. The deployed backend sends a kecamatan's progress before its work
//! and goes 100, 99, 100.

mod frame;
mod places;
mod rate;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use frame::CountMode;
pub use frame::Frame;
pub use places::Place;
use places::{NameIndex, Places, TurnLimit};
pub use rate::Eta;
use rate::{LapCount, RateEstimate};

use super::region::Kecamatan;
use super::sync::progress::SCHOOLS;
use crate::engine::Event;

/// The scope of the steps of the whole sync, in percent.
pub const ALL: &str = "all";
/// The scope of the count of kecamatan that are through.
pub const COUNT: &str = "kecamatan";
/// The scope of the steps of the kecamatan in hand, in percent.
pub const HERE: &str = "in hand";
/// What is told of while a sync is watched by metadata alone: its progress is unknown.
pub const STREAM: &str = "stream";
const WATCHED: &str = "watched";
/// Who speaks in the lines that are the backend's messages.
pub const BACKEND: &str = "backend";

/// The most that is shown before the backend says that it is done.
const NEARLY: u64 = 99;
const WHOLE: u64 = 100;
/// A kecamatan that was nearly through and is at its beginning again is another one.
const RESTART: (u64, u64) = (90, 10);

#[derive(Clone, Debug, Default)]
pub struct Progress {
    names: NameIndex,
    began: Option<Timestamp>,
    heard: Option<Timestamp>,
    percent: u64,
    here: Option<u64>,
    count: Option<(u64, Option<u64>)>,
    /// Which kecamatan is in hand, counted from 1, where the backend says so.
    current: Option<u64>,
    /// How many were asked for, where some were chosen.
    asked: Option<u64>,
    count_mode: CountMode,
    places: Places,
    turns: TurnLimit,
    message: Option<String>,
    watched: Option<String>,
    /// It is our own work: several kecamatan are in hand at once, so that none is a lap.
    counts_schools: bool,
    rate: RateEstimate,
}

impl Progress {
    /// Nothing yet; `known` are the kecamatan that may be named in messages.
    pub fn new(known: &[Kecamatan]) -> Self {
        Self {
            names: NameIndex::of(known),
            ..Self::default()
        }
    }

    /// The same, of a sync of `chosen` kecamatan; 0 of them are all there are.
    #[must_use]
    pub fn of_chosen(mut self, chosen: usize) -> Self {
        self.asked = u64::try_from(chosen).ok().filter(|chosen| *chosen > 0);
        self
    }

    /// The same, of a sync that took so long when it was last done.
    #[must_use]
    pub fn after(mut self, earlier: Option<Duration>) -> Self {
        let earlier = earlier.and_then(|earlier| SignedDuration::try_from(earlier).ok());
        if let Some(earlier) = earlier {
            self.rate.expect(earlier);
        }
        self
    }

    /// What a run says while it only watches: `known` is what is known of the sync.
    pub fn watched(known: &str) -> Event {
        Event::Item {
            key: STREAM.to_owned(),
            state: WATCHED.to_owned(),
            note: known.to_owned(),
        }
    }

    /// Takes a frame: what a run says for it. Its message is said by others: it is thinned.
    pub fn frame(&mut self, frame: &Frame, at: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        let begun = self.next_place(frame).filter(|_| self.turns.take(at));
        let begins = begun.is_some();
        if let Some(place) = begun {
            events.extend(self.places.leave());
            events.push(place);
            // Only of a backend that tells it: 0 % of one that never does would be false.
            events.extend(self.here.map(|_| step(HERE, 0)));
        }
        if let Some(percent) = frame.progress_kec.map(whole) {
            let before = self.here.unwrap_or(0);
            let percent = if begins { percent } else { percent.max(before) };
            if self.here != Some(percent) || begins {
                events.push(step(HERE, percent));
            }
        }
        if frame.done {
            events.extend(self.places.leave());
        }
        for event in &events {
            self.event(event, at);
        }
        let counted = self.counted(frame);
        events.extend(counted.inspect(|event| self.event(event, at)));
        // Said for every frame, and thinned: it is also the sign that the backend lives.
        let overall = step(ALL, self.overall(frame, begins));
        self.event(&overall, at);
        events.push(overall);
        events
    }

    /// Takes a line of the journal.
    pub fn event(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Stage { .. } | Event::Started { .. } => {
                self.began.get_or_insert(at);
                return;
            }
            Event::Step { scope, done, total } => match scope.as_str() {
                ALL => {
                    self.watched = None;
                    self.reach(*done, at);
                }
                HERE => self.here = Some(*done),
                COUNT => {
                    self.count = Some((*done, *total));
                    self.rate.through(*done, at);
                }
                SCHOOLS => self.counts_schools = true,
                _ => return,
            },
            Event::Item { state, note, .. } if state == WATCHED => {
                self.watched = Some(note.clone());
                return;
            }
            Event::Item { key, state, note } => self.places.note(key, state, note),
            Event::Line { source, text } if source == BACKEND => {
                self.message = Some(text.clone());
            }
            _ => return,
        }
        self.began.get_or_insert(at);
        self.heard = Some(at);
    }

    /// Of the whole sync; 100 only when it is done.
    pub fn percent(&self) -> u64 {
        self.percent
    }

    pub fn is_done(&self) -> bool {
        self.percent == WHOLE
    }

    /// What is known of a sync that is watched by metadata; `None` while its stream is heard.
    pub fn is_watched(&self) -> Option<&str> {
        self.watched.as_deref()
    }

    /// Of the kecamatan in hand, where the backend tells it.
    pub fn here(&self) -> Option<u64> {
        self.here
    }

    /// How many kecamatan are through, and of how many where that is known.
    pub fn count(&self) -> Option<(u64, Option<u64>)> {
        self.count
    }

    pub fn place(&self) -> Option<&str> {
        self.places.in_hand()
    }

    /// The kecamatan with this key, once its turn came.
    pub fn place_of(&self, key: &str) -> Option<&Place> {
        self.places.find(key)
    }

    /// The kecamatan seen so far, in the order of their turn.
    pub fn places(&self) -> &[Place] {
        self.places.all()
    }

    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Its first moment.
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    pub fn elapsed(&self, now: Timestamp) -> SignedDuration {
        self.began
            .map_or(SignedDuration::ZERO, |began| now.duration_since(began))
    }

    /// For how long nothing was heard of the backend.
    pub fn silent(&self, now: Timestamp) -> SignedDuration {
        self.heard
            .or(self.began)
            .map_or(SignedDuration::ZERO, |heard| now.duration_since(heard))
    }

    /// When it may be done; `None` while there is too little to judge by, or its work cannot be seen.
    pub fn eta(&self, now: Timestamp) -> Option<Eta> {
        self.began.filter(|_| self.watched.is_none())?;
        self.rate.eta(self.lap_count(), now)
    }

    /// Percent of the whole per minute.
    pub fn rate(&self, now: Timestamp) -> Option<f64> {
        let began = self.began.filter(|_| self.watched.is_none())?;
        self.rate.rate(self.lap_count(), began, now)
    }

    fn lap_count(&self) -> Option<LapCount> {
        let (through, total) = self.count.filter(|_| !self.counts_schools)?;
        Some(LapCount {
            through,
            total: total?,
            here: self.here,
        })
    }

    /// What was gained in each of `parts` equal parts of the time so far, in percent.
    pub fn gains(&self, now: Timestamp, parts: usize) -> Vec<u64> {
        self.began
            .map_or_else(Vec::new, |began| self.rate.gains(began, now, parts))
    }

    fn reach(&mut self, percent: u64, at: Timestamp) {
        if percent > self.percent {
            self.percent = percent.min(WHOLE);
            self.rate.reach(self.percent, at);
        }
    }

    /// The event of a kecamatan whose turn begins with this frame.
    fn next_place(&self, frame: &Frame) -> Option<Event> {
        let message = frame.message.as_deref().unwrap_or_default();
        let place = match frame.current {
            Some(current) if self.current == Some(current) => return None,
            Some(current) => {
                let found = self.names.find(message, &self.places);
                found.unwrap_or_else(|| Place::numbered(current, frame.total))
            }
            None => match self.names.find(message, &self.places) {
                Some(place) if self.places.is_in_hand(&place) => return None,
                Some(place) => place,
                None => self.restarted(frame)?,
            },
        };
        Some(place.begins())
    }

    /// Without number and name: the first, or the next when one that was nearly through begins anew.
    fn restarted(&self, frame: &Frame) -> Option<Place> {
        let (nearly, beginning) = RESTART;
        let percent = whole(frame.progress_kec?);
        let seen = self.places.all().len() as u64;
        let again = self.here.unwrap_or(0) >= nearly && percent <= beginning;
        (again || seen == 0).then(|| Place::numbered(seen + 1, self.asked))
    }
}

fn step(scope: &str, percent: u64) -> Event {
    Event::Step {
        scope: scope.to_owned(),
        done: percent,
        total: Some(WHOLE),
    }
}

/// A percentage without its fraction; 99.9 % is not done.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 100"
)]
fn whole(percent: f64) -> u64 {
    percent.clamp(0.0, 100.0).floor() as u64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of kecamatan, or a percentage"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
