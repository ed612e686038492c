//! Whether a service that says "running" only has a lock that was left behind: its log stands
//! still for longer than a script that works is silent.
//!
//! Only ever "probably": a long import may say nothing, and the clock there may be another.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// For how long a log may stand still.
const LONG: Duration = Duration::from_hours(1);

/// Since when a log stands still, where that is long. Its lines begin with `[2026-11-08 14:03:22]`
/// in the time of the service, which is taken to be `zone`.
pub fn stale_since(log: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let written = log.lines().rev().find_map(stamp)?;
    let since = written.to_zoned(zone.clone()).ok()?.timestamp();
    let length = SignedDuration::try_from(LONG).ok()?;
    (now.duration_since(since) >= length).then_some(since)
}

fn stamp(line: &str) -> Option<DateTime> {
    let (stamp, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    stamp.parse().ok()
}

/// Watches over time whether a log moves while the service says that it runs.
#[derive(Debug)]
pub struct Standstill {
    since: Instant,
    told: bool,
}

impl Standstill {
    /// It moved now.
    pub fn new(now: Instant) -> Self {
        let told = false;
        Self { since: now, told }
    }

    /// Takes a look at the log; says once for how long it has stood still, when that is long.
    pub fn look(&mut self, moved: bool, now: Instant) -> Option<Duration> {
        if moved {
            *self = Self::new(now);
            return None;
        }
        let passed = now.duration_since(self.since);
        let says = !self.told && passed >= LONG;
        self.told |= says;
        says.then_some(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_stands_still_for_an_hour_is_probably_that_of_no_run() {
        let now: Timestamp = "2026-11-08T09:00:00Z".parse().unwrap();
        let jakarta = TimeZone::fixed(jiff::tz::offset(7));
        let table = [
            ("[2026-11-08 15:58:00] Importing", None),
            (
                "[2026-11-08 03:14:00] Importing\n  42 rows\n",
                Some("2026-11-07T20:14:00Z"),
            ),
            ("[2026-11-08 03:14:00] a\n[2026-11-08 15:58:00] b", None),
            ("[2026-11-08 17:00:00] a clock that is ahead", None),
            ("no time at all", None),
            ("", None),
        ];
        for (log, since) in table {
            let since = since.map(|at| at.parse().unwrap());
            assert_eq!(stale_since(log, now, &jakarta), since, "{log}");
        }
    }

    #[test]
    fn a_standstill_is_told_once_and_forgotten_when_the_log_moves() {
        let began = Instant::now();
        let at = |minutes: u64| began + Duration::from_mins(minutes);
        let mut still = Standstill::new(began);
        assert_eq!(still.look(false, at(59)), None);
        assert_eq!(still.look(false, at(61)), Some(Duration::from_mins(61)));
        assert_eq!(still.look(false, at(62)), None);
        assert_eq!(still.look(true, at(70)), None);
        assert_eq!(still.look(false, at(131)), Some(Duration::from_mins(61)));
    }
}
