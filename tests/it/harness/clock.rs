//! What time it is in a test.

use jiff::Timestamp;
use selaras::tui::session::Clock;

/// The moment at which tests play that need no real worker: 2026-11-20 08:00:00 UTC.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_795_161_600).unwrap()
}
