//! How a session behaves, as plain values.

use std::time::Duration;

use crate::clock::Clock;
use crate::tui::clipboard::Way;

/// How a session behaves.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    /// How long a lone Esc is held.
    pub hold: Duration,
    /// How something gets to the clipboard.
    pub clipboard: Way,
    /// Whether the bell may ring.
    pub bell: bool,
    /// Where the time for people comes from; by a fixed one a spinner stands still, too.
    pub clock: Clock,
}
