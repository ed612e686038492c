//! What every test stands on: how children start, what time it is, how long anything may take.
//!
//! `house.rs` holds the tests to it: no child is started, no clock is read and nothing is waited
//! for in any other way.

pub mod child;
pub mod clock;
pub mod wait;
