//! E-Alumni backends: the deployed one with its habits, the documented one, one like our own.
//!
//! ```text
//!   endpoints ── sync (what one does, frame by frame) ── tables (what it stores)
//!      └ run (its frames, as a client gets them)
//! ```
//! Knows nothing of who reads the answers.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::{Simulated, Tokens, lock};
use crate::config::DatabaseUrl;

mod endpoints;
mod run;
mod sync;
pub mod tables;

pub use super::region::{LIST, Region, diy, sleman};

use run::Run;

pub const KEY: &str = "kunci-contoh-4K";
pub const USERNAME: &str = "admin-alumni";
/// With which password; marked so that it is found wherever it leaks to.
pub const PASSWORD: &str = "kata-sandi-alumni-2M";
/// How every token begins; marked like the password.
pub const TOKEN_MARK: &str = "jwt-contoh-8W-";
/// A NIK with this end is not found in the portal.
pub const UNKNOWN_NIK: &str = "0404";
/// A NIK with this end makes the backend fail.
pub const BROKEN_NIK: &str = "0500";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As it was measured: progress before the work, 100 then 99, no `last_sync` for kecamatan,
    /// HEAD starts a sync, a client that leaves ends it with its kecamatan.
    Deployed,
    /// As it was described: honest progress, `last_sync` always, continues without its client.
    Documented,
    /// As the documented one, with ids and replay; a second client attaches, HEAD is refused.
    Own,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Tempo {
    /// Before the first frame, and with it the head of the answer.
    pub head: Duration,
    pub kecamatan: Duration,
    pub school: Duration,
}

impl Tempo {
    /// 17 kecamatan in about 25 seconds: long enough to watch.
    pub const WATCHABLE: Self = Self {
        head: Duration::from_millis(900),
        kecamatan: Duration::from_millis(400),
        school: Duration::from_millis(85),
    };
}

/// What becomes of what a sync fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storing {
    All,
    /// Nothing is, as with an expired token; it says "done" nevertheless.
    Nothing,
    /// All but these kecamatan, by code.
    Without(Vec<String>),
    /// All but the PTK of one school of each of these kecamatan: one of them has no birth date.
    SkippingOneOf(Vec<String>),
    /// All but these schools, by NPSN: the portal lists them no longer.
    NotListing(Vec<String>),
    /// Of these schools only the first PTK.
    OnlyOneOf(Vec<String>),
}

/// What goes wrong with a stream. Frames are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamFault {
    /// The connection breaks before this frame.
    CutBefore(usize),
    CutWithin(usize),
    /// The sync is held before this frame until it is released.
    HoldBefore(usize),
    Garbage(usize),
    /// In place of this frame comes an error, and the end.
    ErrorAt(usize, String),
    CarriageReturns,
    Bom,
    /// The answer has this status, and no body.
    Status(u16),
    Type(&'static str),
    /// The answer is 401: the token ended in between.
    SignedOut,
    Flood(usize),
    Lacking(&'static str),
    /// The server is killed before this frame: RUNNING stays forever.
    KilledBefore(usize),
    /// The first frame asks for this wait, in milliseconds, before a connection is made anew.
    Retry(&'static str),
    /// A proxy in front answers with this status after the backend began.
    Gateway(u16),
    /// A proxy in front passes on so many frames at a time.
    HeldBack(usize),
}

#[derive(Clone, Debug)]
pub struct Setup {
    pub kecamatan: Vec<Region>,
    pub schools: usize,
    pub ptk: usize,
    pub shape: Shape,
    pub tempo: Tempo,
    pub database: Option<DatabaseUrl>,
    pub storing: Storing,
    pub metadata: Option<String>,
    pub latency: Duration,
}

impl Default for Setup {
    /// The deployed one with the 17 kecamatan of Sleman, as fast as it can be.
    fn default() -> Self {
        Self {
            kecamatan: sleman(),
            schools: 3,
            ptk: 2,
            shape: Shape::Deployed,
            tempo: Tempo::default(),
            database: None,
            storing: Storing::All,
            metadata: Some("2026-02-27T01:00:00.000Z".to_owned()),
            latency: Duration::ZERO,
        }
    }
}

pub type Backend = Simulated<BackendState>;

#[derive(Debug)]
pub struct BackendState {
    setup: Setup,
    metadata: Mutex<Option<String>>,
    tokens: Tokens,
    storing: Mutex<Storing>,
    stream_faults: Mutex<Vec<StreamFault>>,
    runs: Mutex<Vec<Arc<Run>>>,
    begun: AtomicU64,
    /// Whether held syncs may continue.
    released: watch::Sender<bool>,
}

impl Simulated<BackendState> {
    /// Starts a server that behaves like `setup`. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let latency = setup.latency;
        let state = Arc::new(BackendState {
            metadata: Mutex::new(setup.metadata.clone()),
            storing: Mutex::new(setup.storing.clone()),
            setup,
            tokens: Tokens::default(),
            stream_faults: Mutex::default(),
            runs: Mutex::default(),
            begun: AtomicU64::default(),
            released: watch::Sender::new(false),
        });
        Self::serve(endpoints::router(Arc::clone(&state)), state, latency)
    }

    /// Sets what goes wrong with streams from now on, beside what does already.
    pub fn stream_fault(&self, fault: StreamFault) {
        lock(&self.state.stream_faults).push(fault);
    }

    pub fn set_storing(&self, storing: Storing) {
        *lock(&self.state.storing) = storing;
    }

    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    pub fn kecamatan(&self) -> &[Region] {
        &self.state.setup.kecamatan
    }

    pub fn metadata(&self) -> Option<String> {
        lock(&self.state.metadata).clone()
    }

    pub fn set_metadata(&self, value: Option<&str>) {
        *lock(&self.state.metadata) = value.map(str::to_owned);
    }

    pub fn expire_tokens(&self) {
        self.state.tokens.expire();
    }

    /// A token as `EALUMNI_AUTH_TOKEN` would carry it.
    pub fn token(&self) -> String {
        self.state.tokens.issue(TOKEN_MARK)
    }

    /// How often a stream was asked for, by GET or HEAD.
    pub fn streams_asked(&self) -> usize {
        let requests = self.requests();
        let streams = requests.iter().filter(|seen| {
            matches!(seen.method.as_str(), "GET" | "HEAD")
                && (seen.path.starts_with(endpoints::GLOBAL)
                    || seen.path.starts_with(endpoints::KECAMATAN))
        });
        streams.count()
    }

    pub fn frames(&self) -> usize {
        lock(&self.state.runs).iter().map(|run| run.length()).sum()
    }

    pub fn syncs(&self) -> u64 {
        self.state.begun.load(Ordering::Relaxed)
    }
}

impl BackendState {
    /// Waits until held syncs may continue, or this one is stopped.
    async fn wait_for_release(&self, run: &Run) {
        let mut released = self.released.subscribe();
        tokio::select! {
            _ = released.wait_for(|released| *released) => {}
            () = run.stop.cancelled() => {}
        }
    }

    fn stream_faults(&self) -> Vec<StreamFault> {
        lock(&self.stream_faults).clone()
    }

    fn find_fault<T>(&self, wanted: impl Fn(&StreamFault) -> Option<T>) -> Option<T> {
        lock(&self.stream_faults).iter().find_map(wanted)
    }

    fn add_run(&self, is_global: bool) -> Arc<Run> {
        let run = Arc::new(Run::new(is_global));
        lock(&self.runs).push(Arc::clone(&run));
        run
    }
}
