//! How fast a sync goes, and when it may be done: from the moments at which a percent was reached.
//!
//! The spread lies between the pace of all of it and the pace of its last third; a backend that
//! slows down shows in the later end.

use jiff::{SignedDuration, Timestamp};

/// Below this share, or with fewer moments, nothing is foretold.
const ENOUGH: (u64, usize) = (3, 3);
/// What both ends of a spread are moved apart by.
const MARGIN: f64 = 0.1;
/// A pace that was not seen in the last third is taken for this part of the whole's.
const STALLED: f64 = 0.5;

/// How long it may still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eta {
    /// At the better pace.
    pub soonest: SignedDuration,
    /// At the pace of all of it.
    pub likely: SignedDuration,
    /// At the worse pace.
    pub latest: SignedDuration,
}

/// When which percent was reached; at most a hundred moments.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    reached: Vec<(Timestamp, u64)>,
}

impl Pace {
    pub fn reach(&mut self, percent: u64, at: Timestamp) {
        self.reached.push((at, percent));
    }

    fn percent(&self) -> u64 {
        self.reached.last().map_or(0, |(_, percent)| *percent)
    }

    /// What had been reached by `at`.
    fn by(&self, at: Timestamp) -> u64 {
        let until = self.reached.partition_point(|(when, _)| *when <= at);
        until.checked_sub(1).map_or(0, |last| self.reached[last].1)
    }

    pub fn rate(&self, began: Timestamp, now: Timestamp) -> Option<f64> {
        let minutes = now.duration_since(began).as_secs_f64() / 60.0;
        (minutes > 0.0 && self.percent() > 0).then(|| of(self.percent()) / minutes)
    }

    pub fn eta(&self, began: Timestamp, now: Timestamp) -> Option<Eta> {
        let (share, moments) = ENOUGH;
        let elapsed = now.duration_since(began);
        if self.percent() < share || self.reached.len() < moments || elapsed <= SignedDuration::ZERO
        {
            return None;
        }
        let seconds = elapsed.as_secs_f64();
        let whole = of(self.percent()) / seconds;
        let gained = self.percent() - self.by(now - elapsed / 3);
        let recent = match gained {
            0 => whole * STALLED,
            gained => of(gained) / (seconds / 3.0),
        };
        let left = of(100 - self.percent());
        let after = |seconds: f64| SignedDuration::try_from_secs_f64(seconds).ok();
        Some(Eta {
            soonest: after(left / whole.max(recent) * (1.0 - MARGIN))?,
            likely: after(left / whole)?,
            latest: after(left / whole.min(recent) * (1.0 + MARGIN))?,
        })
    }

    pub fn gains(&self, began: Timestamp, now: Timestamp, parts: usize) -> Vec<u64> {
        let elapsed = now.duration_since(began);
        let Some(parts) = i32::try_from(parts).ok().filter(|parts| *parts > 0) else {
            return Vec::new();
        };
        let reached = |part: i32| match part {
            0 => 0,
            // The last part ends now, whatever a division loses.
            last if last == parts => self.percent(),
            part => self.by(began + elapsed / parts * part),
        };
        (0..parts)
            .map(|part| reached(part + 1).saturating_sub(reached(part)))
            .collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 100")]
fn of(percent: u64) -> f64 {
    percent as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn pace(reached: &[(i64, u64)]) -> Pace {
        Pace {
            reached: reached
                .iter()
                .map(|(when, percent)| (at(*when), *percent))
                .collect(),
        }
    }

    #[test]
    fn an_even_pace_has_a_narrow_spread_and_a_slowing_one_a_wide_one() {
        let even = pace(&[(10, 10), (20, 20), (30, 30), (40, 40), (50, 50), (60, 60)]);
        let eta = even.eta(at(0), at(60)).unwrap();
        assert_eq!(eta.likely.as_secs(), 40);
        assert_eq!((eta.soonest.as_secs(), eta.latest.as_secs()), (36, 44));
        let slowing = pace(&[(10, 30), (20, 50), (60, 55)]);
        let eta = slowing.eta(at(0), at(60)).unwrap();
        assert!(eta.latest > eta.likely * 3, "{eta:?}");
        assert!(eta.soonest < eta.likely);
        let stalled = even.eta(at(0), at(600)).unwrap();
        assert_eq!(
            (stalled.likely.as_secs(), stalled.latest.as_secs()),
            (400, 880)
        );
    }

    #[test]
    fn nothing_is_foretold_from_nothing() {
        assert_eq!(pace(&[]).eta(at(0), at(60)), None);
        assert_eq!(pace(&[(1, 1), (2, 2), (3, 3)]).eta(at(3), at(3)), None);
        assert_eq!(pace(&[(1, 50)]).eta(at(0), at(60)), None);
    }

    #[test]
    fn gains_add_up_to_what_was_reached() {
        let pace = pace(&[(10, 10), (20, 20), (55, 60)]);
        assert_eq!(pace.gains(at(0), at(60), 3), [20, 0, 40]);
        assert_eq!(pace.gains(at(0), at(61), 7).iter().sum::<u64>(), 60);
        assert_eq!(pace.gains(at(0), at(0), 2).iter().sum::<u64>(), 60);
        assert!(pace.gains(at(0), at(60), 0).is_empty());
    }
}
