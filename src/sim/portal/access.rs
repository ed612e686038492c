//! Who may come in, and how often: tokens that end, a ceiling of requests in a second.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::Offset};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Expiry, Setup, TOKEN_MARK};
use crate::clock::Clock;
use crate::sim::lock;

/// What is told of a token that lives for ever.
const TOLD: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);
/// The portal's time zone: WIB.
const ZONE: Offset = Offset::constant(7);

#[derive(Debug)]
pub(super) struct Access {
    calls: Option<u64>,
    life: Option<Duration>,
    expiry: Expiry,
    ceiling: Option<u32>,
    tokens: Mutex<Tokens>,
    /// When the requests of the last second came in.
    recent: Mutex<VecDeque<Instant>>,
}

#[derive(Debug, Default)]
struct Tokens {
    issued: u64,
    alive: HashMap<String, Token>,
}

#[derive(Debug)]
struct Token {
    calls: u64,
    born: Instant,
}

impl Access {
    pub fn of(setup: &Setup) -> Self {
        Self {
            calls: setup.token_calls,
            life: setup.token_life,
            expiry: setup.expiry,
            ceiling: setup.ceiling,
            tokens: Mutex::default(),
            recent: Mutex::default(),
        }
    }

    /// A new token, and what `expired_date` says of it.
    pub fn issue(&self) -> (String, Option<String>) {
        let token = format!("{TOKEN_MARK}{}", Uuid::now_v7().simple());
        let born = Instant::now();
        let mut tokens = lock(&self.tokens);
        tokens.issued += 1;
        tokens.alive.insert(token.clone(), Token { calls: 0, born });
        (token, self.expiry())
    }

    fn expiry(&self) -> Option<String> {
        let life = SignedDuration::try_from(self.life.unwrap_or(TOLD)).unwrap_or_default();
        let end: Timestamp = Clock::System.now().checked_add(life).ok()?;
        match self.expiry {
            Expiry::Utc => Some(end.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
            Expiry::Local => {
                let local = ZONE.to_datetime(end);
                Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
            }
            Expiry::Absent => None,
        }
    }

    /// Counts a call; whether the token is good for it.
    pub fn accept(&self, token: &str) -> bool {
        let mut tokens = lock(&self.tokens);
        let Some(known) = tokens.alive.get_mut(token) else {
            return false;
        };
        known.calls += 1;
        let is_good = self.calls.is_none_or(|calls| known.calls <= calls)
            && self.life.is_none_or(|life| known.born.elapsed() < life);
        if !is_good {
            tokens.alive.remove(token);
        }
        is_good
    }

    pub fn expire(&self) {
        lock(&self.tokens).alive.clear();
    }

    pub fn issued(&self) -> u64 {
        lock(&self.tokens).issued
    }

    /// Whether one more request is below the ceiling. One that is refused does not count.
    pub fn has_room(&self) -> bool {
        let Some(ceiling) = self.ceiling else {
            return true;
        };
        let mut recent = lock(&self.recent);
        while recent.front().is_some_and(|at| at.elapsed() >= SECOND) {
            recent.pop_front();
        }
        let has_room = recent.len() < usize::try_from(ceiling).unwrap_or(usize::MAX);
        if has_room {
            recent.push_back(Instant::now());
        }
        has_room
    }
}
