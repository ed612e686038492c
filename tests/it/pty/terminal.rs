//! A pseudo-terminal with a program on it, and a vt100 that shows what a person would see.
//!
//! It waits for facts on the screen with a deadline, never for time.

use std::num::NonZero;
use std::process::ExitStatus;
use std::time::Duration;

use pty_process::{Pty, Size};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::time::{Instant, timeout, timeout_at};

use crate::harness::child;
use crate::harness::wait::{BOUND, exit_of};

/// A terminal and the program on it.
pub struct Terminal {
    pty: Pty,
    child: Child,
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Terminal {
    /// Starts `program` with exactly this environment on a terminal of this size, as the leader of
    /// a session.
    pub fn spawn(
        program: &str,
        args: &[&str],
        environment: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let (pty, pts) = pty_process::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let child = child::on_a_terminal(program)
            .args(args)
            .envs(environment.iter().copied())
            .kill_on_drop(true)
            .spawn(pts)
            .unwrap();
        // A terminal without a size is an ordinary one to everybody.
        let rows = NonZero::new(rows).or(NonZero::new(24)).unwrap();
        let columns = NonZero::new(columns).or(NonZero::new(80)).unwrap();
        Self {
            pty,
            child,
            parser: vt100::Parser::new(rows, columns, 0),
            bytes: Vec::new(),
        }
    }

    /// What is on the screen now.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// All bytes since the last call.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Reads until the screen shows a fact.
    pub async fn wait_for(
        &mut self,
        what: &str,
        fact: impl Fn(&vt100::Screen) -> bool,
    ) -> &mut Self {
        let deadline = Instant::now() + BOUND;
        while !fact(self.screen()) {
            let read = timeout_at(deadline, self.read()).await;
            let alive = read.unwrap_or(false);
            assert!(alive, "{what} did not come\n{}", self.screen().contents());
        }
        self
    }

    /// Reads until the screen shows these words.
    pub async fn wait_for_words(&mut self, words: &str) -> &mut Self {
        self.wait_for(words, |screen| screen.contents().contains(words))
            .await
    }

    /// Types.
    pub async fn type_keys(&mut self, keys: &str) -> &mut Self {
        self.pty.write_all(keys.as_bytes()).await.unwrap();
        self
    }

    /// Types, and reads until the screen shows these words.
    pub async fn type_and_see(&mut self, keys: &str, words: &str) -> &mut Self {
        self.type_keys(keys).await.wait_for_words(words).await
    }

    /// Types again and again until the screen shows these words: what is typed in the very moment a
    /// question appears does not count, and a person is never that fast.
    pub async fn insist(&mut self, keys: &str, words: &str) -> &mut Self {
        let deadline = Instant::now() + BOUND;
        while !self.screen().contents().contains(words) {
            let contents = self.screen().contents();
            assert!(
                Instant::now() < deadline,
                "{words} did not come\n{contents}"
            );
            self.type_keys(keys).await;
            let seen = self.wait_for_words(words);
            let _ = timeout(Duration::from_secs(2), seen).await;
        }
        self
    }

    /// Drags it to another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.pty.resize(Size::new(rows, columns)).unwrap();
        let (rows, columns) = (NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        self.parser.screen_mut().set_size(rows, columns);
        self
    }

    /// Sends the program a signal.
    pub fn signal(&mut self, signal: Signal) -> &mut Self {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).unwrap()));
        kill_process(pid.unwrap(), signal).unwrap();
        self
    }

    /// Reads to the end, and says how the program ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + BOUND;
        while timeout_at(deadline, self.read())
            .await
            .unwrap_or_else(|_| panic!("it did not end\n{}", self.screen().contents()))
        {}
        exit_of(&mut self.child).await
    }

    /// Takes the terminal away, as a dropped connection does, and says how the program ended.
    pub async fn hang_up(mut self) -> ExitStatus {
        drop(self.pty);
        exit_of(&mut self.child).await
    }

    /// Whether anything could be read; the other end being closed reads as an error.
    async fn read(&mut self) -> bool {
        let mut piece = [0; 4096];
        match self.pty.read(&mut piece).await {
            Ok(length) if length > 0 => {
                self.parser.process(&piece[..length]);
                self.bytes.extend_from_slice(&piece[..length]);
                true
            }
            _ => false,
        }
    }
}
