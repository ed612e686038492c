//! The real terminal: taken, drawn on, given back, whatever happens in between.
//!
//! ```text
//!   Screen ── Wire (one write for each frame) ──▶ tty
//!     ▲───── Keyboard (a thread: keys, and whether the line is dead) ◀── tty
//!     ▲───── signals: TERM, HUP, INT, TSTP, CONT, WINCH
//! ```

mod keyboard;
mod modes;
mod screen;
mod signals;
mod subprocess;
mod wire;

pub use modes::restore;
pub use screen::Screen;
pub use wire::{Measure, Wire};
