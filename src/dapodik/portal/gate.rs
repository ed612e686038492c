//! The gate that every request passes: it waits for the [`Limiter`], and says what that decides.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::limiter::{Admission, Change, Limiter, Limits, Outcome, Pause, Route, Ticket};
use crate::engine::{Event, Job};
use crate::text;

/// How often a wait before another try is told.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// Who speaks.
pub const PORTAL: &str = "portal";

#[derive(Debug)]
pub struct Gate {
    limiter: Mutex<Limiter>,
    limits: Limits,
    /// One who waits is woken by whoever leaves, and wakes the next when it leaves itself.
    changed: Notify,
    questions: AtomicU64,
    told: Mutex<Option<Instant>>,
    /// Why nothing more is asked.
    gone: Mutex<String>,
}

/// A request that was let through; dropped, it makes room without having learned anything.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
    ticket: Option<Ticket>,
}

/// The portal was gone for too long; why.
#[derive(Debug)]
pub struct Gone(pub String);

/// Wakes the next who waits, also when the future is dropped that was woken.
struct Wake<'a>(&'a Notify);

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Gate {
    pub fn new(limits: Limits) -> Self {
        Self {
            limiter: Mutex::new(Limiter::new(limits)),
            limits,
            changed: Notify::new(),
            questions: AtomicU64::new(0),
            told: Mutex::default(),
            gone: Mutex::default(),
        }
    }

    /// A number for a question and all its tries.
    pub fn question(&self) -> u64 {
        self.questions.fetch_add(1, Ordering::Relaxed)
    }

    pub async fn enter(&self, route: Route, question: u64, job: &Job) -> Result<Pass<'_>, Gone> {
        let _wake = Wake(&self.changed);
        loop {
            let changed = self.changed.notified();
            let (admission, change) = self.limiter().admit(route, question, Instant::now());
            self.tell(change, job);
            match admission {
                Admission::Go(ticket) => {
                    return Ok(Pass {
                        gate: self,
                        ticket: Some(ticket),
                    });
                }
                Admission::Gone => return Err(Gone(self.why())),
                Admission::Wait(None) => changed.await,
                Admission::Wait(Some(until)) => {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep_until(until.into()) => {}
                    }
                }
            }
        }
    }

    pub fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a question is asked again after `wait`; not each one of many at once.
    pub fn tell_retry(
        &self,
        peer: &str,
        attempt: (u32, u32),
        wait: Duration,
        why: String,
        job: &Job,
    ) {
        let now = Instant::now();
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|told| now < told + TELL_EVERY) {
                return;
            }
            *told = Some(now);
        }
        job.say(Event::Retry {
            peer: peer.to_owned(),
            attempt: attempt.0,
            of: attempt.1,
            wait_ms: crate::clock::millis(wait),
            reason: why,
        });
    }

    fn settle(&self, ticket: &Ticket, outcome: Outcome, job: Option<&Job>) {
        let now = Instant::now();
        let change = self.limiter().settle(ticket, outcome, now);
        match job {
            Some(job) => self.tell(change, job),
            None => self.note(change.as_ref()),
        }
        self.changed.notify_one();
    }

    fn note(&self, change: Option<&Change>) {
        if let Some(Change::Gone(why)) = change {
            let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
            gone.clone_from(why);
        }
    }

    fn why(&self) -> String {
        let why = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        why.clone()
    }

    fn tell(&self, change: Option<Change>, job: &Job) {
        self.note(change.as_ref());
        let span = text::duration;
        let line = match change {
            None => return,
            Some(Change::TooMany(wait)) => {
                format!("too many requests (429): all wait {}", span(wait))
            }
            Some(Change::Down(why)) => format!(
                "no request succeeds ({why}): all wait, one look every {}, for at most {}",
                span(self.limits.probe),
                span(self.limits.outage)
            ),
            Some(Change::Up(after)) => {
                format!("it answers again, after {}", span(after))
            }
            Some(Change::Gone(why)) => format!("given up: {why}"),
        };
        job.line(PORTAL, line);
    }
}

impl Pass<'_> {
    pub fn is_probe(&self) -> bool {
        self.ticket.as_ref().is_some_and(|ticket| ticket.is_probe)
    }

    pub fn settle(mut self, outcome: Outcome, job: &Job) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(&ticket, outcome, Some(job));
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(&ticket, Outcome::Dropped, None);
        }
    }
}

/// What the screen shows of a pause.
pub fn pause_words(pause: &Pause) -> (String, Instant) {
    match pause {
        Pause::TooMany { since, .. } => ("too many requests (429)".to_owned(), *since),
        Pause::Down { since, why } => (format!("no request succeeds: {why}"), *since),
    }
}
