//! When the screen moves although nobody says anything: four times a second, for the spinner, and
//! once a second in a lull, for the seconds alone.

use std::time::{Duration, Instant};

/// The shortest time between two frames that only progress asks for; also a beat of the spinner.
pub const BEAT: Duration = Duration::from_millis(250);
/// After so long without a word from anywhere: a sync can be silent for minutes.
const LULL: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

/// A clock that slows down in a lull.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticker {
    started: Instant,
    heard: Instant,
}

impl Ticker {
    pub fn new(now: Instant) -> Self {
        Self {
            started: now,
            heard: now,
        }
    }

    /// Something was said.
    pub fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    /// How many beats have passed.
    pub fn passed(self, now: Instant) -> u32 {
        self.passed_of(BEAT, now)
    }

    /// When the screen moves next.
    pub fn next(self, now: Instant) -> Instant {
        let pace = if now.duration_since(self.heard) < LULL {
            BEAT
        } else {
            SECOND
        };
        self.started + pace * self.passed_of(pace, now).saturating_add(1)
    }

    fn passed_of(self, length: Duration, now: Instant) -> u32 {
        let ticker = now.duration_since(self.started).as_millis() / length.as_millis();
        u32::try_from(ticker).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_lull_only_seconds_are_told_until_somebody_speaks() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut ticker = Ticker::new(start);
        assert_eq!(ticker.next(at(100)), at(250));
        assert_eq!(ticker.next(at(4_900)), at(5_000));
        assert_eq!(ticker.next(at(5_300)), at(6_000));
        ticker.hear(at(7_100));
        assert_eq!(ticker.next(at(7_100)), at(7_250));
        assert_eq!(ticker.passed(at(7_300)), 29);
    }
}
