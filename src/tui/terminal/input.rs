//! What comes from the terminal: the thread that reads it and notices a dead line, and signals.
//!
//! crossterm's reader never returns from a lost terminal: it reads zero bytes forever, at 100 %
//! CPU, and `EventStream` does so on the loop's own thread. So this thread asks the kernel first
//! and hands the tty to crossterm only while it is alive.

use std::io::{self, PipeWriter};
use std::os::fd::AsFd;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use futures_util::FutureExt;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::error::{Error, Result};
use crate::tui::console::{End, Input};

/// How many inputs may wait for the loop; more stay in the terminal.
const QUEUE: usize = 256;
/// How long crossterm may look for what the kernel says is there. Its reader gives up at once when
/// it is given no time at all; the other one it has loses a key that comes with a new size.
const A_MOMENT: Duration = Duration::from_millis(1);

/// A running reader; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keyboard {
    inputs: Receiver<Input>,
    /// Closing it wakes the reader, which then ends.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    pub fn start() -> io::Result<Self> {
        let (wake, stop) = io::pipe()?;
        let (sender, inputs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || read(&wake, &sender))?;
        Ok(Self {
            inputs,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub async fn next(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::End(End::Lost))
    }

    pub fn next_now(&mut self) -> Option<Input> {
        self.inputs.try_recv().ok()
    }

    /// Stops the thread and waits for its end, so that another program can read the terminal.
    pub fn stop(mut self) {
        self.stop = None;
        self.inputs.close();
        while self.inputs.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(wake: &impl AsFd, sender: &Sender<Input>) {
    let stdin = io::stdin();
    loop {
        let mut watched = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(wake, PollFlags::empty()),
        ];
        match poll(&mut watched, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => break,
        }
        if !watched[1].revents().is_empty() {
            return;
        }
        let terminal = watched[0].revents();
        if terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            break;
        }
        if !forward(sender) {
            return;
        }
    }
    let _ = sender.blocking_send(Input::End(End::Lost));
}

/// Forwards what can be read without waiting; `false` when the receiver is gone.
fn forward(sender: &Sender<Input>) -> bool {
    while event::poll(A_MOMENT).unwrap_or(false) {
        let Ok(event) = event::read() else { break };
        let read = Instant::now();
        let input = match event {
            Event::Key(key) => Input::Key(key, read),
            Event::Paste(words) => Input::Paste(words, read),
            Event::Mouse(mouse) => Input::Mouse(mouse),
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => continue,
        };
        if sender.blocking_send(input).is_err() {
            return false;
        }
    }
    true
}

/// The signals a screen answers: all of them end in giving the terminal back.
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

    pub fn forget_continued(&mut self) {
        while self.go_on.recv().now_or_never().flatten().is_some() {}
    }

    pub async fn continued(&mut self) {
        let _ = self.go_on.recv().await;
    }
}
