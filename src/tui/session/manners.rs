//! How a session behaves, as plain values.

use std::time::Duration;

use jiff::Timestamp;

use crate::tui::clipboard::Way;

/// Where the time for people comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine.
    System,
    /// Always this moment, and a spinner that stands still.
    Fixed(Timestamp),
}

/// How a session behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// How long a lone Esc is held.
    pub hold: Duration,
    /// How something gets to the clipboard.
    pub clipboard: Way,
    /// Whether the bell may ring.
    pub bell: bool,
    /// Where the time for people comes from.
    pub clock: Clock,
}
