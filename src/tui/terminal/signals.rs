//! The signals a screen answers: all of them end in giving the terminal back.

use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};
use crate::tui::console::{End, Input};

/// Signals that are waited for.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
    resized: Signal,
}

impl Signals {
    /// Takes them over from the system.
    pub fn new() -> Result<Self> {
        let take = |kind| {
            signal(kind).map_err(|cause| Error::local("cannot take over signals").because(cause))
        };
        let number = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            hang_up: take(SignalKind::hangup())?,
            interrupt: take(SignalKind::interrupt())?,
            stop: take(number(rustix::process::Signal::TSTP))?,
            go_on: take(number(rustix::process::Signal::CONT))?,
            resized: take(SignalKind::window_change())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Input {
        let end = |kind: SignalKind| Input::End(End::Signal(kind.as_raw_value()));
        tokio::select! {
            biased;
            _ = self.terminate.recv() => end(SignalKind::terminate()),
            _ = self.hang_up.recv() => end(SignalKind::hangup()),
            _ = self.interrupt.recv() => end(SignalKind::interrupt()),
            _ = self.stop.recv() => Input::Suspend,
            _ = self.go_on.recv() => Input::Continued,
            _ = self.resized.recv() => Input::Resized,
        }
    }

    /// Forgets Ctrl-C and Ctrl-Z from before.
    pub fn forget_typed(&mut self) {
        for typed in [&mut self.interrupt, &mut self.stop] {
            while typed.recv().now_or_never().flatten().is_some() {}
        }
    }

    /// Forgets that this process was continued before.
    pub fn forget_continued(&mut self) {
        while self.go_on.recv().now_or_never().flatten().is_some() {}
    }

    /// Waits until this process is continued.
    pub async fn continued(&mut self) {
        let _ = self.go_on.recv().await;
    }
}
