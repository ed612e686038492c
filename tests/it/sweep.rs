//! What must never happen to a user, tried: every fault of a server at every request of a sync,
//! and a worker killed at every point of its work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what helps a test may fail like a test"
)]

mod aftermath;
mod database;
mod facts;
mod faults;
mod kill;
mod kinds;
mod people;
mod scene;
mod shell;
