//! How many requests may be under way, and when: decisions only, the time is passed in.
//!
//! ```text
//!   admit ─▶ Go(ticket) ─▶ … ─▶ settle(ticket, outcome)
//!     ├────▶ Wait: no room, a ceiling of requests a second, or a pause
//!     └────▶ Gone: nothing more is asked
//! ```
//! Room grows by one each round trip and shrinks by a part after 429, failures and rising latency
//! (AIMD), at most once each round trip. At a low latency that cannot hold a portal's ceiling of
//! requests a second: after a 429 the rate is learned from what was answered before it.

use std::time::{Duration, Instant};

use super::rate::Rate;

/// What is left of the room after a decrease.
const DECREASE: f64 = 0.7;
/// The latency has risen when it is this many times the lowest, and clearly more than jitter.
const RISEN: f64 = 3.0;
const JITTER: f64 = 0.1;
/// How fast the lowest latency is forgotten, each answer: a portal may be slower for good.
const FORGET: f64 = 0.002;
/// How much one answer counts in the smoothed latency.
const SMOOTH: f64 = 0.2;
/// The fewest failures in a row that mean that the portal is down.
const FEWEST_FAILURES: u32 = 3;
/// The longest wait that is guessed.
const LONGEST_GUESS: Duration = Duration::from_mins(1);
/// The longest wait that the portal may ask for where `outage` is shorter.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most requests at once.
    pub most: usize,
    /// The most requests a second.
    pub per_second: Option<f64>,
    /// After a 429 that does not say how long; doubled with each one in a row.
    pub too_many: Duration,
    pub probe: Duration,
    pub outage: Duration,
}

impl Limits {
    /// The wait after a 429 that does not say how long, where so many came just before it.
    fn longer(&self, before: u32) -> Duration {
        let doubled = self.too_many.saturating_mul(1 << before.min(16));
        doubled.min(LONGEST_GUESS.max(self.too_many))
    }
}

/// What is asked: each kind has a latency of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Token,
    Districts,
    Schools,
    Staff,
    OneStaff,
}

const ROUTES: usize = 5;

/// A request that was let through.
#[derive(Debug)]
pub struct Ticket {
    route: Route,
    began: Instant,
    /// Which question it belongs to, all its tries together.
    question: u64,
    /// It asks whether a portal that is down is back.
    pub is_probe: bool,
}

#[derive(Debug)]
pub enum Admission {
    Go(Ticket),
    /// Until then, or until something is settled.
    Wait(Option<Instant>),
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer of the portal itself, which may be a refusal.
    Answered,
    /// 429, and how long it asks to wait.
    TooMany(Option<Duration>),
    /// No answer, or one under load; why.
    Failed(String),
    /// Nobody waited for it.
    Dropped,
}

/// What people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// All wait so long after a 429.
    TooMany(Duration),
    /// The portal counts as down; why.
    Down(String),
    /// It is back, after so long.
    Up(Duration),
    /// Nothing more is asked; why.
    Gone(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    TooMany { since: Instant, until: Instant },
    Down { since: Instant, why: String },
}

#[derive(Debug)]
enum State {
    Open,
    Paused {
        since: Instant,
        until: Instant,
    },
    Down {
        since: Instant,
        next: Instant,
        is_probing: bool,
        why: String,
    },
    Gone,
}

#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    room: f64,
    in_flight: usize,
    decreased: Option<Instant>,
    latencies: [Latency; ROUTES],
    rate: Rate,
    state: State,
    /// Failures since the last answer.
    failures: u32,
    /// The question of the first of them, and whether others failed too.
    failing: Option<u64>,
    several: bool,
    /// The 429s since the last answer: how many pauses, and since when.
    refused: Option<(u32, Instant)>,
}

impl Limiter {
    pub fn new(limits: Limits) -> Self {
        let most = limits.most.max(1);
        Self {
            limits: Limits { most, ..limits },
            room: number(most),
            in_flight: 0,
            decreased: None,
            latencies: [Latency::default(); ROUTES],
            rate: Rate::new(limits.per_second),
            state: State::Open,
            failures: 0,
            failing: None,
            several: false,
            refused: None,
        }
    }

    /// How many requests may be under way now.
    pub fn at_once(&self) -> usize {
        let counts = (1..=self.limits.most).rev();
        let mut fitting = counts.filter(|count| number(*count) <= self.room);
        fitting.next().unwrap_or(1)
    }

    pub fn most(&self) -> usize {
        self.limits.most
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub fn rate(&self) -> &Rate {
        &self.rate
    }

    pub fn is_down(&self) -> bool {
        matches!(self.state, State::Down { .. })
    }

    pub fn pause(&self, now: Instant) -> Option<Pause> {
        match &self.state {
            State::Paused { since, until } if now < *until => Some(Pause::TooMany {
                since: *since,
                until: *until,
            }),
            State::Down { since, why, .. } => Some(Pause::Down {
                since: *since,
                why: why.clone(),
            }),
            _ => None,
        }
    }

    /// Whether a request of `question` may be sent now.
    pub fn admit(
        &mut self,
        route: Route,
        question: u64,
        now: Instant,
    ) -> (Admission, Option<Change>) {
        let mut is_probe = false;
        match &mut self.state {
            State::Gone => return (Admission::Gone, None),
            State::Paused { until, .. } if now < *until => {
                return (Admission::Wait(Some(*until)), None);
            }
            State::Down {
                is_probing: true, ..
            } => return (Admission::Wait(None), None),
            State::Down { since, why, .. } if now >= *since + self.limits.outage => {
                let change = Change::Gone(std::mem::take(why));
                self.state = State::Gone;
                return (Admission::Gone, Some(change));
            }
            State::Down { since, next, .. } if now < *next => {
                let end = *since + self.limits.outage;
                return (Admission::Wait(Some(end.min(*next))), None);
            }
            State::Down { is_probing, .. } => {
                *is_probing = true;
                is_probe = true;
            }
            State::Paused { .. } => self.state = State::Open,
            State::Open => {}
        }
        if !is_probe {
            if self.in_flight >= self.at_once() {
                return (Admission::Wait(None), None);
            }
            if let Err(slot) = self.rate.take(now) {
                return (Admission::Wait(Some(slot)), None);
            }
        }
        self.in_flight += 1;
        let ticket = Ticket {
            route,
            began: now,
            question,
            is_probe,
        };
        (Admission::Go(ticket), None)
    }

    /// What became of a request.
    pub fn settle(&mut self, ticket: &Ticket, outcome: Outcome, now: Instant) -> Option<Change> {
        self.in_flight = self.in_flight.saturating_sub(1);
        match outcome {
            Outcome::Answered => self.answered(ticket, now),
            Outcome::TooMany(wait) => self.too_many(ticket, wait, now),
            Outcome::Failed(why) => self.failed(ticket, why, now),
            Outcome::Dropped => {
                self.probed(ticket, now);
                None
            }
        }
    }

    fn answered(&mut self, ticket: &Ticket, now: Instant) -> Option<Change> {
        self.refused = None;
        self.rate.answered(now);
        let took = now.saturating_duration_since(ticket.began).as_secs_f64();
        let latency = &mut self.latencies[ticket.route as usize];
        if !ticket.is_probe && latency.rises(took) {
            self.decrease(ticket, now);
        } else {
            // One more after a round trip of all that are under way.
            self.room = (self.room + 1.0 / self.room).min(number(self.limits.most));
        }
        self.is_alive(now)
    }

    fn too_many(
        &mut self,
        ticket: &Ticket,
        told: Option<Duration>,
        now: Instant,
    ) -> Option<Change> {
        // The answers to one burst are one refusal.
        let is_first = self.decrease(ticket, now);
        let (pauses, since) = self.refused.unwrap_or((0, now));
        let before = if is_first {
            pauses
        } else {
            pauses.saturating_sub(1)
        };
        let wait = told.unwrap_or_else(|| self.limits.longer(before));
        if is_first {
            self.rate.refused(told.unwrap_or_default(), now + wait, now);
        }
        self.refused = Some((pauses + u32::from(is_first), since));
        let too_long = wait > self.limits.outage.max(LONGEST_WAIT);
        let for_ever = pauses >= FEWEST_FAILURES && now - since >= self.limits.outage;
        self.is_alive(now);
        if matches!(self.state, State::Gone) {
            return None;
        }
        if too_long || for_ever {
            self.state = State::Gone;
            let why = if too_long {
                format!("it asks to wait {} s (429)", wait.as_secs())
            } else {
                "it refuses every request (429)".to_owned()
            };
            return Some(Change::Gone(why));
        }
        let (since, before) = match self.state {
            State::Paused { since, until } if now < until => (since, Some(until)),
            _ => (now, None),
        };
        let until = before.map_or(now + wait, |before| before.max(now + wait));
        self.state = State::Paused { since, until };
        before.is_none().then_some(Change::TooMany(wait))
    }

    fn failed(&mut self, ticket: &Ticket, why: String, now: Instant) -> Option<Change> {
        let in_force = u32::try_from(self.at_once()).unwrap_or(u32::MAX);
        self.failures += 1;
        self.several |= self.failing.is_some_and(|first| first != ticket.question);
        self.failing = self.failing.or(Some(ticket.question));
        self.decrease(ticket, now);
        self.probed(ticket, now);
        let is_open = match self.state {
            State::Open => true,
            State::Paused { until, .. } => now >= until,
            State::Down { .. } | State::Gone => false,
        };
        if is_open && self.several && self.failures >= in_force.max(FEWEST_FAILURES) {
            self.state = State::Down {
                since: now,
                next: now + self.limits.probe,
                is_probing: false,
                why: why.clone(),
            };
            return Some(Change::Down(why));
        }
        None
    }

    /// An answer came, whatever it says: the portal is there.
    fn is_alive(&mut self, now: Instant) -> Option<Change> {
        self.failures = 0;
        self.failing = None;
        self.several = false;
        let State::Down { since, .. } = self.state else {
            return None;
        };
        self.state = State::Open;
        Some(Change::Up(now.saturating_duration_since(since)))
    }

    fn probed(&mut self, ticket: &Ticket, now: Instant) {
        if let State::Down {
            next, is_probing, ..
        } = &mut self.state
            && ticket.is_probe
        {
            *is_probing = false;
            *next = now + self.limits.probe;
        }
    }

    /// Takes room away, once for all requests that were under way at the same time.
    fn decrease(&mut self, ticket: &Ticket, now: Instant) -> bool {
        let is_first = self.decreased.is_none_or(|last| ticket.began >= last);
        if is_first {
            self.room = (self.room * DECREASE).max(1.0);
            self.decreased = Some(now);
        }
        is_first
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The latency of one kind of request, in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Latency(Option<Smoothed>);

#[derive(Clone, Copy, Debug)]
struct Smoothed {
    now: f64,
    lowest: f64,
}

impl Latency {
    /// Takes in one answer; whether they have become clearly slower.
    fn rises(&mut self, took: f64) -> bool {
        let Some(known) = &mut self.0 else {
            self.0 = Some(Smoothed {
                now: took,
                lowest: took,
            });
            return false;
        };
        known.now += (took - known.now) * SMOOTH;
        known.lowest += (known.now - known.lowest) * FORGET;
        known.lowest = known.lowest.min(known.now);
        known.now > known.lowest * RISEN + JITTER
    }
}

#[cfg(test)]
mod tests;
