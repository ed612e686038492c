//! The outside world, simulated: true servers on loopback that answer as the real ones do.
//!
//! `selaras demo` and the tests use the same world. Engines, databases and faces are unknown here.

pub mod people;
