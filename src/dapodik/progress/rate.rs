//! How fast a sync goes, and when it may be done: from how long one kecamatan takes.
//!
//! ```text
//!   laps     9 s  10 s  9 s  84 s  10 s │ in hand      to come
//!   typical              10 s ──────────┴──── × ───────────────▶ ETA
//! ```
//! A kecamatan is a lap; where they are not counted, five percent are one. The typical lap is the
//! median of the last ones: the deployed backend falls silent for 75 s over one school and then
//! continues as before, and an average would take that silence for the pace of everything to come.
//! How long the same sync took earlier stands in for laps that are not there yet.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::{WHOLE, as_f64};

const LAPS: usize = 9;
/// An estimate from fewer laps leans on an earlier run; without one there is none.
const ENOUGH: usize = 2;
/// How many laps an earlier run stands for, until there are as many of this one.
const EARLIER: usize = 3;
/// What a lap is where kecamatan are not counted, in percent.
const PERCENT_LAP: u64 = 5;
/// What both ends of a spread are moved apart by.
const MARGIN: f64 = 0.1;
/// A lap in hand is nearly over for as long as it lasts.
const NEARLY_OVER: f64 = 0.9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eta {
    pub soonest: SignedDuration,
    /// At the pace of a typical kecamatan.
    pub likely: SignedDuration,
    pub latest: SignedDuration,
}

/// Where a sync is, counted in kecamatan.
#[derive(Clone, Copy, Debug)]
pub(super) struct LapCount {
    pub through: u64,
    pub total: u64,
    /// How much of the one in hand is done, in percent, where the backend says so.
    pub here: Option<u64>,
}

/// When which percent was reached, at most a hundred moments, and how long the last laps took.
#[derive(Clone, Debug, Default)]
pub(super) struct RateEstimate {
    reached: Vec<(Timestamp, u64)>,
    kecamatan: Laps,
    percent: Laps,
    earlier: Option<SignedDuration>,
}

#[derive(Clone, Debug, Default)]
struct Laps {
    /// When the lap in hand began, and how many were over then.
    here: Option<(Timestamp, u64)>,
    lengths: VecDeque<f64>,
}

struct Lap {
    better: f64,
    typical: f64,
    worse: f64,
}

impl Laps {
    /// So many laps are over.
    fn over(&mut self, laps: u64, at: Timestamp) {
        let Some((began, before)) = self.here else {
            self.here = Some((at, laps));
            return;
        };
        if laps <= before {
            return;
        }
        let length = at.duration_since(began).as_secs_f64() / as_f64(laps - before);
        for _ in 0..(laps - before).min(LAPS as u64) {
            self.lengths.push_back(length);
        }
        while self.lengths.len() > LAPS {
            self.lengths.pop_front();
        }
        self.here = Some((at, laps));
    }

    /// How long a lap takes; `earlier` is how long it took in an earlier run.
    fn typical(&self, earlier: Option<f64>) -> Option<Lap> {
        let mut lengths: Vec<f64> = self.lengths.iter().copied().collect();
        match earlier {
            Some(earlier) => {
                let missing = EARLIER.saturating_sub(lengths.len());
                lengths.extend(std::iter::repeat_n(earlier, missing));
            }
            None if lengths.len() < ENOUGH => return None,
            None => {}
        }
        lengths.sort_by(f64::total_cmp);
        // Of an even number the lower: of two laps one may have been a silence.
        let at = |quarter: usize| lengths.get((lengths.len() - 1) * quarter / 4).copied();
        Some(Lap {
            better: at(1)?,
            typical: at(2)?,
            worse: at(3)?,
        })
    }

    /// How much of the lap in hand is over, judged by the time it has taken.
    fn share(&self, lap: &Lap, now: Timestamp) -> f64 {
        let Some((began, _)) = self.here.filter(|_| lap.typical > 0.0) else {
            return 0.0;
        };
        let lasted = now.duration_since(began).as_secs_f64().max(0.0);
        (lasted / lap.typical).min(NEARLY_OVER)
    }
}

impl RateEstimate {
    pub fn expect(&mut self, earlier: SignedDuration) {
        self.earlier = Some(earlier);
    }

    pub fn reach(&mut self, percent: u64, at: Timestamp) {
        self.reached.push((at, percent));
        self.percent.over(percent / PERCENT_LAP, at);
    }

    pub fn through(&mut self, kecamatan: u64, at: Timestamp) {
        self.kecamatan.over(kecamatan, at);
    }

    fn percent(&self) -> u64 {
        self.reached.last().map_or(0, |(_, percent)| *percent)
    }

    fn by(&self, at: Timestamp) -> u64 {
        let until = self.reached.partition_point(|(when, _)| *when <= at);
        until.checked_sub(1).map_or(0, |last| self.reached[last].1)
    }

    /// A lap, and how many of them are to come.
    fn to_come(&self, counted: Option<LapCount>, now: Timestamp) -> Option<(Lap, f64)> {
        let of_all = |laps: f64| Some(self.earlier?.as_secs_f64() / laps);
        let Some(counted) = counted else {
            let all = as_f64(WHOLE) / as_f64(PERCENT_LAP);
            let lap = self.percent.typical(of_all(all))?;
            let left = all - as_f64(self.percent()) / as_f64(PERCENT_LAP);
            let left = if self.reached.is_empty() {
                left
            } else {
                left - self.percent.share(&lap, now).min(left / 2.0)
            };
            return Some((lap, left));
        };
        let lap = self.kecamatan.typical(of_all(as_f64(counted.total)))?;
        let here = match counted.here {
            Some(here) => as_f64(here) / as_f64(WHOLE),
            None => self.kecamatan.share(&lap, now),
        };
        let left = as_f64(counted.total.saturating_sub(counted.through)) - here;
        Some((lap, left.max(0.0)))
    }

    /// Percent of the whole per minute, at the pace of a typical lap.
    pub fn rate(&self, counted: Option<LapCount>, began: Timestamp, now: Timestamp) -> Option<f64> {
        let laps = counted.map_or(as_f64(WHOLE) / as_f64(PERCENT_LAP), |counted| {
            as_f64(counted.total)
        });
        let seen = if counted.is_some() {
            &self.kecamatan
        } else {
            &self.percent
        };
        let earlier = self.earlier.map(|earlier| earlier.as_secs_f64() / laps);
        if let Some(lap) = seen.typical(earlier).filter(|lap| lap.typical > 0.0) {
            return Some(as_f64(WHOLE) / laps / lap.typical * 60.0);
        }
        let minutes = now.duration_since(began).as_secs_f64() / 60.0;
        (minutes > 0.0 && self.percent() > 0).then(|| as_f64(self.percent()) / minutes)
    }

    pub fn eta(&self, counted: Option<LapCount>, now: Timestamp) -> Option<Eta> {
        let (lap, left) = self.to_come(counted, now)?;
        let after = |lap: f64, margin: f64| SignedDuration::try_from_secs_f64(left * lap * margin);
        Some(Eta {
            soonest: after(lap.better, 1.0 - MARGIN).ok()?,
            likely: after(lap.typical, 1.0).ok()?,
            latest: after(lap.worse, 1.0 + MARGIN).ok()?,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn counted(through: u64) -> LapCount {
        LapCount {
            through,
            total: 17,
            here: None,
        }
    }

    /// A pace of laps that took so long, and when the last of them ended.
    fn after(laps: &[i64]) -> (RateEstimate, i64) {
        let (mut rate, mut now) = (RateEstimate::default(), 0);
        rate.through(0, at(0));
        for (through, lap) in (1..).zip(laps) {
            now += lap;
            rate.through(through, at(now));
        }
        (rate, now)
    }

    fn likely(laps: &[i64]) -> i64 {
        let (rate, now) = after(laps);
        let eta = rate.eta(Some(counted(laps.len() as u64)), at(now)).unwrap();
        eta.likely.as_secs()
    }

    #[test]
    fn even_work_is_estimated_within_a_fifth_from_the_second_kecamatan_on() {
        for through in 2..17 {
            let (rate, now) = after(&vec![10; through]);
            let left = 10 * (17 - i64::try_from(through).unwrap());
            // At the beginning, in the middle and at the end of the next one.
            for into in [0, 5, 9] {
                let eta = rate
                    .eta(Some(counted(through as u64)), at(now + into))
                    .unwrap();
                let wrong = (eta.likely.as_secs() - (left - into)).abs();
                assert!(wrong * 5 <= left - into + 5, "{through} + {into}: {eta:?}");
                assert!(eta.soonest <= eta.likely && eta.likely <= eta.latest);
            }
        }
    }

    #[test]
    fn a_single_silence_is_no_pace() {
        for through in 3..16_usize {
            for silent in 0..through {
                let mut laps = vec![9; through];
                let even = likely(&laps);
                laps[silent] = 84;
                assert_eq!(likely(&laps), even, "{silent} of {through}");
            }
        }
        // While it lasts, the end moves on with the clock, and no faster.
        let (rate, now) = after(&[9; 5]);
        let during = |silence: i64| rate.eta(Some(counted(5)), at(now + silence)).unwrap();
        assert!(during(75).likely <= during(0).likely);
        assert!(during(75).latest <= during(0).latest);
        let rate = |silence: i64| rate.rate(Some(counted(5)), at(0), at(now + silence));
        assert_eq!(rate(75), rate(0));
    }

    #[test]
    fn a_backend_that_slows_down_is_believed() {
        assert_eq!(likely(&[5, 5, 5, 5, 20, 20, 20, 20, 20, 20]), 20 * 7);
    }

    #[test]
    fn an_earlier_run_foretells_before_there_is_anything_to_judge_by() {
        let mut rate = RateEstimate::default();
        assert_eq!(rate.eta(None, at(1)), None);
        rate.expect(SignedDuration::from_secs(170));
        // Before the first frame, at the first one, and in the first kecamatan.
        assert_eq!(rate.eta(None, at(5)).unwrap().likely.as_secs(), 170);
        rate.through(0, at(9));
        let seen = |rate: &RateEstimate, now, through| {
            let eta = rate.eta(Some(counted(through)), at(now));
            eta.unwrap().likely.as_secs()
        };
        assert_eq!(seen(&rate, 9, 0), 170);
        assert_eq!(seen(&rate, 14, 0), 165);
        // What is seen counts more with every kecamatan.
        rate.through(1, at(29));
        assert_eq!(seen(&rate, 29, 1), 160);
        rate.through(2, at(49));
        assert_eq!(seen(&rate, 49, 2), 300);
    }

    #[test]
    fn without_a_count_five_percent_are_a_lap() {
        let mut rate = RateEstimate::default();
        for percent in 0..=50 {
            rate.reach(percent, at(i64::try_from(percent).unwrap() * 2));
        }
        let eta = rate.eta(None, at(100)).unwrap();
        assert_eq!(eta.likely.as_secs(), 100);
        assert_eq!(rate.rate(None, at(0), at(100)), Some(30.0));
    }

    #[test]
    fn there_is_no_estimate_from_nothing() {
        assert_eq!(RateEstimate::default().eta(None, at(60)), None);
        let (rate, now) = after(&[10]);
        assert_eq!(rate.eta(Some(counted(1)), at(now)), None);
        let mut strange = RateEstimate::default();
        strange.through(u64::MAX, at(3));
        strange.through(0, at(1));
        assert_eq!(strange.eta(Some(counted(0)), at(9)), None);
    }

    #[test]
    fn gains_add_up_to_what_was_reached() {
        let mut rate = RateEstimate::default();
        for (when, percent) in [(10, 10), (20, 20), (55, 60)] {
            rate.reach(percent, at(when));
        }
        assert_eq!(rate.gains(at(0), at(60), 3), [20, 0, 40]);
        assert_eq!(rate.gains(at(0), at(61), 7).iter().sum::<u64>(), 60);
        assert_eq!(rate.gains(at(0), at(0), 2).iter().sum::<u64>(), 60);
        assert!(rate.gains(at(0), at(60), 0).is_empty());
    }
}
