//! How fast schools and PTK are stored: what was gained in the last ten seconds.
//!
//! The times are the journal's own, so a reader of a finished journal sees what one saw live. A
//! silence counts: without a word for ten seconds the speed is nought, not the last one known.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// How far back is looked.
const WINDOW: SignedDuration = SignedDuration::from_secs(10);
/// From a shorter time no speed is told: the first batch would look like a flood.
const LEAST: SignedDuration = SignedDuration::from_secs(1);

/// Schools and PTK, in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerSecond {
    pub schools: f64,
    pub staff: f64,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Timestamp,
    schools: u64,
    staff: u64,
}

/// The counts of the last seconds.
#[derive(Clone, Debug, Default)]
pub struct Speed {
    first: Option<Sample>,
    /// Oldest first; all of the window, and the last one before it.
    samples: VecDeque<Sample>,
}

impl Speed {
    /// So many are stored by then. A count that begins high, as that of a resumed run, is no gain.
    pub fn take(&mut self, at: Timestamp, schools: u64, staff: u64) {
        let sample = Sample { at, schools, staff };
        self.first.get_or_insert(sample);
        self.samples.push_back(sample);
        while let Some(second) = self.samples.get(1)
            && at.duration_since(second.at) >= WINDOW
        {
            self.samples.pop_front();
        }
    }

    /// The speed at `now`; `None` while there is too little to judge by.
    pub fn now(&self, now: Timestamp) -> Option<PerSecond> {
        let from = now - WINDOW;
        let begin = self.samples.partition_point(|sample| sample.at <= from);
        let base = self.samples.get(begin.saturating_sub(1))?;
        let since = base.at.max(from);
        gained(base, self.samples.back()?, now.duration_since(since))
    }

    /// The speed from the first count to the last.
    pub fn average(&self) -> Option<PerSecond> {
        let (first, last) = (self.first?, self.samples.back()?);
        gained(&first, last, last.at.duration_since(first.at))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of schools and of PTK")]
fn gained(base: &Sample, last: &Sample, during: SignedDuration) -> Option<PerSecond> {
    if during < LEAST {
        return None;
    }
    let per_second = |from: u64, to: u64| to.saturating_sub(from) as f64 / during.as_secs_f64();
    Some(PerSecond {
        schools: per_second(base.schools, last.schools),
        staff: per_second(base.staff, last.staff),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tenths: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(tenths * 100)
    }

    /// Counts at these tenths of a second.
    fn speed(counts: &[(i64, u64, u64)]) -> Speed {
        let mut speed = Speed::default();
        for (tenths, schools, staff) in counts {
            speed.take(at(*tenths), *schools, *staff);
        }
        speed
    }

    fn told(speed: &Speed, tenths: i64) -> Option<(f64, f64)> {
        let told = speed.now(at(tenths));
        told.map(|told| (told.schools, told.staff))
    }

    #[test]
    fn even_work_has_its_speed_at_every_moment() {
        let counts: Vec<_> = (0..=600_u64)
            .map(|tenth| (i64::try_from(tenth).unwrap(), tenth / 5, tenth * 3))
            .collect();
        for end in [50, 100, 300, 600] {
            let (schools, staff) =
                told(&speed(&counts[..=end]), i64::try_from(end).unwrap()).unwrap();
            assert!((schools - 2.0).abs() < 0.05, "{end}: {schools}");
            assert!((staff - 30.0).abs() < 0.05, "{end}: {staff}");
        }
    }

    #[test]
    fn what_was_faster_before_the_window_is_forgotten() {
        let speed = speed(&[
            (0, 0, 0),
            (10, 500, 6_000),
            (200, 510, 6_100),
            (300, 520, 6_220),
        ]);
        assert_eq!(told(&speed, 300), Some((1.0, 12.0)));
    }

    #[test]
    fn a_silence_slows_it_down_to_nothing() {
        let speed = speed(&[(0, 0, 0), (50, 40, 400), (100, 80, 800)]);
        assert_eq!(told(&speed, 100), Some((8.0, 80.0)));
        assert_eq!(told(&speed, 150), Some((4.0, 40.0)));
        assert_eq!(told(&speed, 210), Some((0.0, 0.0)));
    }

    #[test]
    fn the_first_second_and_a_resumed_count_tell_nothing() {
        assert_eq!(told(&Speed::default(), 0), None);
        let begun = speed(&[(0, 300, 3_000), (5, 301, 3_010)]);
        assert_eq!(told(&begun, 5), None);
        assert_eq!(told(&begun, 10), Some((1.0, 10.0)));
        // A clock that was set back counts nothing below nought.
        let back = speed(&[(100, 10, 10), (0, 20, 20)]);
        assert_eq!(told(&back, 0), None);
    }

    #[test]
    fn the_average_is_that_of_the_whole() {
        let speed = speed(&[(0, 0, 0), (10, 500, 6_000), (400, 600, 8_000)]);
        let average = speed.average().unwrap();
        assert_eq!((average.schools, average.staff), (15.0, 200.0));
    }

    #[test]
    fn a_long_run_takes_no_more_room() {
        let mut speed = Speed::default();
        for tenth in 0..100_000 {
            speed.take(at(tenth), 1, 1);
        }
        assert!(speed.samples.len() <= 102, "{}", speed.samples.len());
    }
}
