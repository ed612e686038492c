//! What time it is: the one place that asks the machine.
//!
//! A clock is passed to whatever shows or compares times, so that tests say what time it is. Only
//! what begins a process (a verb, a worker) and what stamps a record takes [`Clock::System`].

use jiff::{Timestamp, Zoned};

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

/// The kernel's own time, for what is compared with times that the kernel writes, such as those of
/// files. It differs from the machine's clock where somebody has preloaded another one.
pub fn of_the_kernel() -> Timestamp {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let nanoseconds = i32::try_from(now.tv_nsec).unwrap_or_default();
    Timestamp::new(now.tv_sec, nanoseconds).unwrap_or_default()
}
