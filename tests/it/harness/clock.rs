//! What time it is in a test.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail like a test")]

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use selaras::clock::{self, Clock};

/// The moment at which tests play, as long as no other process takes part: 2026-11-20 08:00:00 UTC.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_161_600).unwrap()
}

/// A clock that stands at that moment.
pub fn still() -> Clock {
    Clock::Fixed(now())
}

/// The moment by the machine's clock, which is that of the processes a test starts. It says what is
/// long ago for them, or in the future, and nothing that is compared with a picture.
pub fn of_the_machine() -> Timestamp {
    Clock::System.now()
}

/// Tests that compare the machine's clock with times that the kernel gave to files. They say
/// nothing where another clock was preloaded, because the kernel does not know of that one.
const KERNELS_TIMES: [&str; 1] =
    ["screens::script::a_long_silence_is_said_to_be_a_question_perhaps"];

/// Whether the kernel's clock is the machine's, for the test of this name.
pub fn is_the_kernels(test: &str) -> bool {
    assert!(KERNELS_TIMES.contains(&test), "{test} is not listed");
    let apart = of_the_machine().duration_since(clock::of_the_kernel());
    apart.abs() < jiff::SignedDuration::from_mins(1)
}

/// So long ago by the kernel's clock, for the times of files.
pub fn kernels_past(before: Duration) -> SystemTime {
    SystemTime::from(clock::of_the_kernel()) - before
}
