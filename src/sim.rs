//! The outside world, simulated: true servers on loopback that answer as the real ones do.
//!
//! ```text
//!   locations  central  script  backend             what a remote knows and says
//!       |
//!   server ── fault, answer, page ── wire           how it says it, and what goes wrong on the way
//! ```
//! `selaras demo` and the tests use the same world. Engines and faces are unknown here, databases
//! to all but those remotes that store, and below the first row so is what a remote is for.

pub mod attack;
pub mod backend;
pub mod central;
pub mod docku;
pub mod fault;
pub mod locations;
pub mod people;
pub mod script;
pub mod server;
pub mod world;

mod answer;
mod page;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`; a panic elsewhere does not make a simulated world useless.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
