//! The outside world, simulated: true servers on loopback that answer as the real ones do.
//!
//! ```text
//!   locations  central  script  backend  portal     what a remote knows and says
//!       |
//!   server ── fault, answer ── wire         how it says it, and what goes wrong on the way
//! ```
//! `selaras demo` and the tests use the same world. Nothing here knows engines and faces, only the
//! remotes that store know a database, and below the first row nothing knows what a remote is for.

pub mod attack;
pub mod backend;
pub mod central;
pub mod docku;
pub mod fault;
pub mod locations;
pub mod people;
pub mod portal;
pub mod region;
pub mod script;
pub mod server;
pub mod world;

mod answer;
mod wire;

use std::collections::HashSet;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use uuid::Uuid;

use server::Server;

/// Locks `mutex`; a panic elsewhere does not make a simulated world useless.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running simulated server with the state that its handlers share; everything a [`Server`] can
/// do, it can.
#[derive(Debug)]
pub struct Simulated<S> {
    server: Server,
    state: Arc<S>,
}

impl<S> Simulated<S> {
    /// Starts serving `router`, each answer `latency` late. Must be called within a runtime.
    fn serve(router: Router, state: Arc<S>, latency: Duration) -> io::Result<Self> {
        let server = Server::start(router, latency)?;
        Ok(Self { server, state })
    }
}

impl<S> Deref for Simulated<S> {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// The tokens that a server has given out and still accepts.
#[derive(Debug, Default)]
struct Tokens(Mutex<HashSet<String>>);

impl Tokens {
    /// One that was agreed on in advance.
    fn of(token: &str) -> Self {
        Self(Mutex::new(HashSet::from([token.to_owned()])))
    }

    /// A new one; `mark` makes it found wherever it leaks to.
    fn issue(&self, mark: &str) -> String {
        let token = format!("{mark}{}", Uuid::now_v7().simple());
        lock(&self.0).insert(token.clone());
        token
    }

    fn accept(&self, token: &str) -> bool {
        lock(&self.0).contains(token)
    }

    fn expire(&self) {
        lock(&self.0).clear();
    }
}
