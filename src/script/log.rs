//! Follows a log file: its last lines at once, then what is added, through rotation (another file
//! of that name), truncation, and a symlink that is pointed elsewhere.
//!
//! Lines are raw bytes without their ends; whoever shows them scrubs them. Memory is bounded by a
//! chunk and the longest line, however large the file is and however fast it grows.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::error::{Context as _, Result};
use crate::files::tail::{CHUNK, Tail, last_lines, read_range};
use crate::files::{self, FileId, Links};

/// How often a quiet file is looked at.
const PULSE: Duration = Duration::from_millis(200);
/// Of a longer line, in bytes, the rest comes as a line of its own.
const LONGEST_LINE: usize = 1024 * 1024;

/// Something about a log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A line.
    Line(Vec<u8>),
    /// It begins anew: it was cut short, or written again.
    Truncated,
    /// There is another file of that name; the old one was read to its end.
    Replaced,
    /// It is not there, not any more or not yet.
    Missing,
}

/// Reads a log file as far as it was written.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    open: Option<Tail>,
    /// The beginning of a line whose end was not there yet.
    half: Vec<u8>,
    missed: bool,
}

/// The last `count` lines of a log file.
pub fn last(path: &Path, count: usize) -> Result<Vec<Vec<u8>>> {
    let file = files::open(path, Links::Follow).doing("read", path)?;
    let (mut lines, end) = last_lines(&file, count).doing("read", path)?;
    // What is being written right now is the last line of whoever looks once.
    let half = read_range(&file, end, end + CHUNK).doing("read", path)?;
    if !half.is_empty() {
        lines.push(half);
    }
    let surplus = lines.len().saturating_sub(count);
    lines.drain(..surplus);
    Ok(lines)
}

impl Follower {
    /// The last `count` lines, and what follows them. A file that is not there is waited for.
    pub fn open(path: &Path, count: usize) -> Result<(Self, Vec<Vec<u8>>)> {
        let mut follower = Self {
            path: path.to_owned(),
            open: None,
            half: Vec::new(),
            missed: false,
        };
        let Some(file) = follower.find()? else {
            return Ok((follower, Vec::new()));
        };
        let (lines, end) = last_lines(&file, count).doing("read", path)?;
        follower.open = Some(Tail::of(file, end).doing("read", path)?);
        Ok((follower, lines))
    }

    /// What is new; nothing when there is nothing for now. Reads 64 KiB at a time, and more only
    /// for a line that is longer.
    pub fn next_batch(&mut self) -> Result<Vec<News>> {
        let mut batch = Vec::new();
        self.read_some(&mut batch)?;
        if !batch.is_empty() {
            return Ok(batch);
        }
        // The file in hand is read to its end: has another one taken its place?
        match (FileId::at(&self.path), self.open.as_ref().map(Tail::id)) {
            (None, _) => {
                if !std::mem::replace(&mut self.missed, true) {
                    batch.push(News::Missing);
                }
            }
            (Some(now), Some(before)) if now == before => self.missed = false,
            (Some(_), before) => {
                self.missed = false;
                // What was written to the old one between the two looks.
                self.read(&mut batch)?;
                if !batch.is_empty() {
                    return Ok(batch);
                }
                self.end_line(&mut batch);
                let opened = self.find()?.map(|file| Tail::of(file, 0));
                self.open = opened.transpose().doing("read", &self.path)?;
                batch.extend(before.map(|_| News::Replaced));
                self.read_some(&mut batch)?;
            }
        }
        Ok(batch)
    }

    fn find(&self) -> Result<Option<File>> {
        match files::open(&self.path, Links::Follow) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            file => file.map(Some).doing("read", &self.path),
        }
    }

    /// Reads until there is something to tell, or nothing more to read.
    fn read_some(&mut self, batch: &mut Vec<News>) -> Result<()> {
        let before = batch.len();
        while self.read(batch)? && batch.len() == before {}
        Ok(())
    }

    /// Takes one chunk apart; false at the end of what is there.
    fn read(&mut self, batch: &mut Vec<News>) -> Result<bool> {
        let Some(open) = &mut self.open else {
            return Ok(false);
        };
        if open.begins_anew().doing("read", &self.path)? {
            self.half.clear();
            batch.push(News::Truncated);
        }
        let chunk = open.read_on(CHUNK).doing("read", &self.path)?;
        self.split(&chunk, batch);
        Ok(!chunk.is_empty())
    }

    fn split(&mut self, chunk: &[u8], batch: &mut Vec<News>) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.half.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.half.pop();
                batch.push(News::Line(std::mem::take(&mut self.half)));
            } else if self.half.len() >= LONGEST_LINE {
                self.end_line(batch);
            }
        }
    }

    fn end_line(&mut self, batch: &mut Vec<News>) {
        if !self.half.is_empty() {
            batch.push(News::Line(std::mem::take(&mut self.half)));
        }
    }
}

/// A log file as it grows. Dropping it, or a wait for its next batch, loses nothing.
#[derive(Debug)]
pub struct Following {
    follower: Follower,
    pulse: Interval,
}

impl Following {
    /// Follows on from where `follower` is.
    pub fn new(follower: Follower) -> Self {
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { follower, pulse }
    }

    /// Waits for what is new. A log has no end.
    pub async fn next(&mut self) -> Result<Vec<News>> {
        loop {
            // A long log must not keep others from this thread; the reads are short.
            tokio::task::coop::consume_budget().await;
            let batch = self.follower.next_batch()?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            self.pulse.tick().await;
        }
    }
}
