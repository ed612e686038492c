//! The users engine in a small world of its own: the same scenario on SQLite and on MariaDB gives
//! the same plans and reports, apart from ids and times.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod drift;
mod embedded;
mod sync;
mod undo;
pub mod world;
