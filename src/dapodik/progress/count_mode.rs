//! Whether a backend counts a kecamatan before its work, and what is true of its percentage then.
//!
//! ```text
//!   said       6 %        12 %        18 %      as the deployed backend has it
//!   work   ├── first ──┼── second ──┼── third …
//!   true   0 … 6 %      6 … 12 %     12 … 18 %
//! ```
//! Judged by figures alone: where the percentage is half a kecamatan ahead of the count, the count
//! is believed from then on. A time foretold from the other would come one kecamatan too early.

/// What one kecamatan may be ahead by and still be rounded, or weighed by its schools.
const TOLERATED: f64 = 0.5;

/// How a backend counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CountMode {
    counts_before: bool,
}

/// Where in a sync a frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    /// Which kecamatan is in hand, from 1.
    pub number: u64,
    /// Of how many.
    pub total: u64,
    /// How much of it is done, in percent.
    pub here: u64,
}

impl CountMode {
    /// What is done, in percent, where `said` is claimed; `telling` where the frame says how much of
    /// the kecamatan in hand is done, so that one can compare.
    pub fn done_of(&mut self, said: Option<f64>, stand: Count, telling: bool) -> Option<f64> {
        let done = stand.done();
        let tolerated = TOLERATED * 100.0 / of(stand.total);
        self.counts_before |= telling && said.is_some_and(|said| said - done > tolerated);
        if self.counts_before {
            Some(said.map_or(done, |said| said.min(done)))
        } else {
            said
        }
    }
}

impl Count {
    /// By the count alone, in percent.
    fn done(self) -> f64 {
        let through = self.number.saturating_sub(1).min(self.total);
        (of(through) * 100.0 + of(self.here)) / of(self.total.max(1))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of kecamatan, or a percentage"
)]
fn of(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(number: u64, total: u64, here: u64) -> Count {
        Count {
            number,
            total,
            here,
        }
    }

    /// What is shown when kecamatan after kecamatan is announced, with `said` as its percentage.
    fn announced(total: u64, said: impl Fn(u64) -> f64) -> Vec<f64> {
        let mut count_mode = CountMode::default();
        (1..=total)
            .filter_map(|number| {
                count_mode.done_of(Some(said(number)), stand(number, total, 0), true)
            })
            .collect()
    }

    #[test]
    fn what_is_counted_before_its_work_is_taken_back() {
        for total in [2, 17, 78] {
            let early = |number: u64| (of(number) * 100.0 / of(total)).floor();
            for (number, shown) in (1..).zip(announced(total, early)) {
                assert!(
                    shown <= of(number - 1) * 100.0 / of(total),
                    "{number}/{total}"
                );
            }
        }
        let mut count_mode = CountMode::default();
        assert_eq!(
            count_mode.done_of(Some(50.0), stand(1, 2, 10), true),
            Some(5.0)
        );
        assert_eq!(
            count_mode.done_of(Some(99.0), stand(2, 2, 50), true),
            Some(75.0)
        );
        assert_eq!(count_mode.done_of(None, stand(2, 2, 60), true), Some(80.0));
    }

    #[test]
    fn what_is_honest_is_left_alone_however_it_is_rounded_or_weighed() {
        for total in [2, 17, 78] {
            let honest = |number: u64| (of(number - 1) * 100.0 / of(total)).round();
            for (number, shown) in (1..).zip(announced(total, honest)) {
                assert!((shown - honest(number)).abs() < 0.1, "{number}/{total}");
            }
        }
        // As documented: 10 of 45 schools of the first of two, which is the smaller one.
        let mut count_mode = CountMode::default();
        assert_eq!(
            count_mode.done_of(Some(25.0), stand(1, 2, 22), true),
            Some(25.0)
        );
        // A frame that says nothing of its kecamatan cannot be compared.
        assert_eq!(
            count_mode.done_of(Some(49.0), stand(1, 2, 0), false),
            Some(49.0)
        );
    }
}
