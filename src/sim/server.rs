//! A server of the simulated world: a router behind a layer that counts, delays and breaks.
//!
//! The router decides what is answered. A fault of the content of a listing reaches it as an
//! `Extension<Fault>` of the request.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::answer::{self, TOKENS};
use super::fault::{Arrival, Due, Fault, Rule, Rules};
use super::lock;
use super::wire::{ConnectionControl, Port, WriteMode};

/// A request that arrived. Headers and bodies, where secrets travel, are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// What it was answered with, if it was answered (yet).
    pub status: Option<u16>,
    /// Which connection brought it, counted from 1.
    pub connection: u64,
    /// The fault it met, delays aside.
    pub fault: Option<Fault>,
}

/// A server on a port of its own on loopback. Dropping it stops it.
pub struct Server {
    router: Router,
    intake: Arc<Intake>,
    runtime: Handle,
}

struct Intake {
    port: Port,
    latency: Duration,
    log: Mutex<Log>,
    released: Notify,
}

/// Rules and requests under one lock, so that they agree on the order of arrival.
#[derive(Default)]
struct Log {
    rules: Rules,
    hold: Option<Hold>,
    seen: Vec<Seen>,
    /// How many requests wait for their answer, and the most that ever did.
    open: usize,
    most_open: usize,
}

/// Which requests wait until they are released.
#[derive(Debug)]
struct Hold {
    path: String,
    /// How many are still answered.
    free: u64,
}

impl Hold {
    fn keeps(&mut self, path: &str) -> bool {
        if !path.starts_with(&self.path) {
            return false;
        }
        let keeps = self.free == 0;
        self.free = self.free.saturating_sub(1);
        keeps
    }
}

impl Server {
    /// Starts serving `router`, each answer `latency` late. Must be called within a runtime.
    pub fn start(router: Router, latency: Duration) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let intake = Arc::new(Intake {
            port: Port::reserve()?,
            latency,
            log: Mutex::default(),
            released: Notify::new(),
        });
        let server = Self {
            router: router.layer(from_fn_with_state(Arc::clone(&intake), pass)),
            intake,
            runtime,
        };
        server.resume()?;
        Ok(server)
    }

    /// Where it is, such as `http://127.0.0.1:40123`; the same for all its life.
    pub fn url(&self) -> String {
        format!("http://{}", self.intake.port.address())
    }

    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.intake.log).seen.clone()
    }

    /// The most requests that waited for their answers at once.
    pub fn peak_concurrency(&self) -> usize {
        lock(&self.intake.log).most_open
    }

    /// Sets a fault, beside those that are set already.
    pub fn fault(&self, rule: impl Into<Rule>) {
        let rule = rule.into();
        let refuses_at_once = rule.fault == Fault::Refuse && rule.is_due_first();
        lock(&self.intake.log).rules.add(rule);
        if refuses_at_once {
            self.stop();
        }
    }

    /// Ends all misbehaviour. A server that refused, or was stopped, serves again.
    pub fn clear_faults(&self) -> io::Result<()> {
        lock(&self.intake.log).rules.clear();
        self.resume()
    }

    /// Answers so many more requests below `path`; the others wait for [`Server::release`]. Whatever
    /// needs them is in its middle until then.
    pub fn hold(&self, path: &str, free: u64) {
        let path = path.to_owned();
        lock(&self.intake.log).hold = Some(Hold { path, free });
    }

    /// Answers what was held, and everything after it.
    pub fn release(&self) {
        lock(&self.intake.log).hold = None;
        self.intake.released.notify_waiters();
    }

    /// Refuses connections from now on and ends those there are. The port stays reserved.
    pub fn stop(&self) {
        self.intake.port.close();
    }

    /// Serves again after [`Server::stop`], at the same address.
    pub fn resume(&self) -> io::Result<()> {
        // Listening and spawning need the runtime, whichever thread calls.
        let _entered = self.runtime.enter();
        let Some(acceptor) = self.intake.port.open()? else {
            return Ok(());
        };
        let service = self
            .router
            .clone()
            .into_make_service_with_connect_info::<ConnectionControl>();
        let closed = acceptor.closed();
        let serving = axum::serve(acceptor, service).with_graceful_shutdown(closed);
        self.runtime.spawn(serving.into_future());
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Intake {
    /// Notes a request; returns its place in the log, its faults, and whether it is held.
    fn arrive(&self, request: &Request, control: &ConnectionControl) -> (usize, Due, bool) {
        let mut log = lock(&self.log);
        let path = request.uri().path();
        let held = log.hold.as_mut().is_some_and(|hold| hold.keeps(path));
        let due = log.rules.meet(Arrival {
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            has_token: TOKENS
                .iter()
                .any(|name| request.headers().contains_key(*name)),
        });
        log.seen.push(Seen {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            status: None,
            connection: control.number,
            fault: due.fault,
        });
        log.open += 1;
        log.most_open = log.most_open.max(log.open);
        (log.seen.len() - 1, due, held)
    }
}

/// A request that waits for its answer; a client that leaves ends it too.
struct Open<'a>(&'a Intake);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        lock(&self.0.log).open -= 1;
    }
}

async fn pass(
    State(intake): State<Arc<Intake>>,
    ConnectInfo(control): ConnectInfo<ConnectionControl>,
    request: Request,
    next: Next,
) -> Response {
    control.set(WriteMode::Plain);
    // Hears of a release from here on, though it is not polled yet.
    let released = intake.released.notified();
    let (place, due, held) = intake.arrive(&request, &control);
    let _open = Open(&intake);
    if held {
        released.await;
    }
    let delay = intake.latency + due.delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let response = match due.fault {
        Some(Fault::Refuse) => {
            intake.port.close();
            std::future::pending().await
        }
        Some(Fault::Reset) => {
            control.set(WriteMode::Reset);
            std::future::pending().await
        }
        Some(Fault::BlackHole) => std::future::pending().await,
        Some(Fault::Cut(bytes)) => {
            control.set(WriteMode::Cut(bytes));
            answer::last(next.run(request).await)
        }
        Some(Fault::ByteByByte) => {
            control.set(WriteMode::Trickle);
            next.run(request).await
        }
        fault => answer::answer(fault, request, next).await,
    };
    if let Some(seen) = lock(&intake.log).seen.get_mut(place) {
        seen.status = Some(response.status().as_u16());
    }
    response
}
