//! What time it is: the one place that asks the machine.
//!
//! A clock is passed to whatever shows or compares times, so that tests say what time it is. Only
//! what begins a process (a verb, a worker) and what stamps a record takes [`Clock::System`].

use std::time::Duration;

use jiff::{Timestamp, Zoned};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Where the time for people comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine.
    #[default]
    System,
    /// Always this moment.
    Fixed(Timestamp),
}

impl Clock {
    /// The moment.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => at,
        }
    }

    /// The moment in the local time zone.
    pub fn zoned(self) -> Zoned {
        self.now().to_zoned(jiff::tz::TimeZone::system())
    }
}

/// Ticks at once, then every `period`. A late tick moves those after it: what is looked at from time
/// to time is not looked at twice in a row to catch up.
pub fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// A length of time in milliseconds, as reports count it.
pub fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// The kernel's own time, for what is compared with times that the kernel writes, such as those of
/// files. It differs from the machine's clock where somebody has preloaded another one.
pub fn of_the_kernel() -> Timestamp {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let nanoseconds = i32::try_from(now.tv_nsec).unwrap_or_default();
    Timestamp::new(now.tv_sec, nanoseconds).unwrap_or_default()
}
