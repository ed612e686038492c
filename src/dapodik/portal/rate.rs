//! Requests a second: a ceiling that is configured, and one that is learned from refusals.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long answers are remembered, and how finely they are counted.
const REMEMBERED: Duration = Duration::from_mins(1);
const BUCKET: Duration = Duration::from_millis(250);
/// What is shown is measured over so long.
const SHOWN: Duration = Duration::from_secs(5);
/// A refusal came at this many times the rate that is kept to.
const BELOW: f64 = 0.95;
/// The lowest rate that is learned, in requests a second.
const LOWEST: f64 = 0.2;
/// How much of the learned rate is added each second, and after how many seconds twice as much: a
/// portal that refuses no longer is soon asked as fast as before.
const GROWTH: f64 = 0.005;
const FASTER_AFTER: f64 = 10.0;
/// A ceiling above this holds nothing.
const NO_CEILING: f64 = 10_000.0;
/// How late a request may be without moving those after it: the granularity of timers.
const LATE: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub struct Rate {
    fixed: Option<f64>,
    learned: Option<Learned>,
    /// When the next request may go.
    slot: Option<Instant>,
    /// How many answers began to come when.
    answers: VecDeque<(Instant, u32)>,
    /// Where what is learned from begins: the first request, or the end of the last pause.
    began: Option<Instant>,
    /// What was let through before the last refusal, until something is again.
    let_through: Option<LetThrough>,
}

/// What a portal answered before it refused.
#[derive(Clone, Copy, Debug)]
struct LetThrough {
    answers: f64,
    over: Duration,
    until: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Learned {
    base: f64,
    since: Instant,
}

impl Rate {
    pub fn new(fixed: Option<f64>) -> Self {
        Self {
            fixed,
            learned: None,
            slot: None,
            answers: VecDeque::new(),
            began: None,
            let_through: None,
        }
    }

    /// The requests a second that are not exceeded.
    pub fn ceiling(&self, now: Instant) -> Option<f64> {
        let learned = self.learned.map(|learned| {
            let age = now.saturating_duration_since(learned.since).as_secs_f64();
            learned.base * (1.0 + GROWTH * age * (1.0 + age / (2.0 * FASTER_AFTER)))
        });
        let learned = learned.filter(|learned| *learned < NO_CEILING);
        match (self.fixed, learned) {
            (Some(fixed), Some(learned)) => Some(fixed.min(learned)),
            (fixed, learned) => fixed.or(learned),
        }
    }

    /// Takes the next place; `Err` says when there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        self.began = self.began.or(Some(now));
        let Some(ceiling) = self.ceiling(now) else {
            return Ok(());
        };
        let slot = self.slot.unwrap_or(now);
        if slot > now {
            return Err(slot);
        }
        let oldest = now.checked_sub(LATE).unwrap_or(now);
        self.slot = Some(slot.max(oldest) + Duration::from_secs_f64(1.0 / ceiling));
        Ok(())
    }

    pub fn answered(&mut self, now: Instant) {
        match &mut self.let_through {
            // It was on its way when the others were refused.
            Some(before) if self.began.is_some_and(|began| now < began) => before.answers += 1.0,
            _ => self.let_through = None,
        }
        match self.answers.back_mut() {
            Some((began, count)) if now < *began + BUCKET => *count += 1,
            _ => self.answers.push_back((now, 1)),
        }
        while let Some((began, _)) = self.answers.front()
            && *began + REMEMBERED < now
        {
            self.answers.pop_front();
        }
    }

    /// Learns from a refusal. `told` is how long the portal asks to wait: what it let through before
    /// has to last for that time too, and so it has for the time of refusals in a row. Nothing is
    /// sent until `end`.
    pub fn refused(&mut self, told: Duration, end: Instant, now: Instant) {
        let before = self
            .let_through
            .unwrap_or_else(|| self.let_through_until(now));
        self.let_through = Some(before);
        let refusing = now.saturating_duration_since(before.until) + told;
        let span = before.over + refusing;
        let rate = before.answers / span.as_secs_f64().max(1.0);
        self.learned = Some(Learned {
            base: (rate * BELOW).max(LOWEST),
            since: end,
        });
        self.began = Some(end);
        self.slot = Some(end);
    }

    fn let_through_until(&self, now: Instant) -> LetThrough {
        let began = self.began.unwrap_or(now);
        let oldest = now.checked_sub(REMEMBERED).unwrap_or(began).max(began);
        LetThrough {
            answers: self.count(oldest),
            over: now.saturating_duration_since(oldest),
            until: now,
        }
    }

    /// Answers a second, measured.
    pub fn measured(&self, now: Instant) -> f64 {
        let Some((first, _)) = self.answers.front() else {
            return 0.0;
        };
        let oldest = now.checked_sub(SHOWN).unwrap_or(*first).max(*first);
        let span = now.saturating_duration_since(oldest).as_secs_f64();
        self.count(oldest) / span.max(BUCKET.as_secs_f64())
    }

    fn count(&self, oldest: Instant) -> f64 {
        let recent = self.answers.iter().filter(|(began, _)| *began >= oldest);
        f64::from(recent.map(|(_, count)| count).sum::<u32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_ceiling_spaces_requests() {
        let start = Instant::now();
        let mut rate = Rate::new(Some(20.0));
        let mut sent = 0_u32;
        for millisecond in 0..1_000 {
            let now = start + Duration::from_millis(millisecond);
            sent += u32::from(rate.take(now).is_ok());
        }
        assert_eq!(sent, 20);
    }

    #[test]
    fn what_a_refusal_teaches() {
        // Answers, over how many milliseconds, the wait that is asked for in seconds, learned.
        let table = [
            (20, 10, 1, 19.0),
            (60, 1_000, 59, 0.95),
            (20, 10, 0, 19.0),
            (100, 10_000, 0, 9.5),
            (0, 10, 1, 0.2),
        ];
        for (answers, over, wait, wanted) in table {
            let start = Instant::now();
            let mut rate = Rate::new(None);
            assert!(rate.take(start).is_ok());
            for answer in 1..=answers {
                rate.answered(start + Duration::from_millis(over) * answer / answers);
            }
            let now = start + Duration::from_millis(over);
            let wait = Duration::from_secs(wait);
            rate.refused(wait, now + wait, now);
            let learned = rate.ceiling(now + wait).unwrap();
            let close = (learned / wanted - 1.0).abs() < 0.03;
            assert!(
                close,
                "{answers} over {over} ms: {learned}, wanted {wanted}"
            );
            assert_eq!(rate.take(now).is_err(), !wait.is_zero());
        }
    }

    #[test]
    fn a_learned_ceiling_is_relaxed_until_it_holds_nothing() {
        let start = Instant::now();
        let mut rate = Rate::new(Some(500.0));
        assert!(rate.take(start).is_ok());
        rate.refused(Duration::ZERO, start, start);
        let after = |seconds| rate.ceiling(start + Duration::from_secs(seconds)).unwrap();
        assert!(after(10) > after(0) && after(60) > 1.5 * after(10));
        assert!((after(100_000) - 500.0).abs() < 0.1);
    }
}
