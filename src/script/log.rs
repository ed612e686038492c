//! Follows a log file: its last lines at once, then what is added, through rotation (another file
//! of that name), truncation, and a symlink that is pointed elsewhere.
//!
//! Lines are raw bytes without their ends; whoever shows them scrubs them. Memory is bounded by a
//! chunk and the longest line, however large the file is and however fast it grows.

mod tail;

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::error::{Context as _, Result};
use crate::files::{self, Links};
use crate::proc::FileId;

/// How often a quiet file is looked at.
const PULSE: Duration = Duration::from_millis(200);
/// How much is read at once, in bytes: the bound of a batch.
const CHUNK: usize = 64 * 1024;
/// Of a longer line, in bytes, the rest comes as a line of its own.
const LONGEST_LINE: usize = 1024 * 1024;
/// How much of what was read is compared, to notice a file that was rewritten.
const MARK: usize = 64;

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
    open: Option<Open>,
    /// The beginning of a line whose end was not there yet.
    half: Vec<u8>,
    missed: bool,
}

#[derive(Debug)]
struct Open {
    file: File,
    id: FileId,
    position: u64,
    /// The bytes before `position`.
    mark: Vec<u8>,
}

/// The last `count` lines of a log file.
pub fn last(path: &Path, count: usize) -> Result<Vec<Vec<u8>>> {
    let file = files::open(path, Links::Follow).doing("read", path)?;
    let (mut lines, end) = tail::last_lines(&file, count).doing("read", path)?;
    // What is being written right now is the last line of whoever looks once.
    let mut half = vec![0; CHUNK];
    let length = file.read_at(&mut half, end).doing("read", path)?;
    half.truncate(length);
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
        let Some(mut open) = follower.find()? else {
            return Ok((follower, Vec::new()));
        };
        let (lines, end) = tail::last_lines(&open.file, count).doing("read", path)?;
        open.position = end;
        open.remember().doing("read", path)?;
        follower.open = Some(open);
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
        match (
            FileId::at(&self.path),
            self.open.as_ref().map(|open| open.id),
        ) {
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
                self.open = self.find()?;
                batch.extend(before.map(|_| News::Replaced));
                self.read_some(&mut batch)?;
            }
        }
        Ok(batch)
    }

    fn find(&self) -> Result<Option<Open>> {
        let file = match files::open(&self.path, Links::Follow) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.doing("read", &self.path)?,
        };
        let found = file.metadata().doing("read", &self.path)?;
        Ok(Some(Open {
            id: FileId::of(&found),
            file,
            position: 0,
            mark: Vec::new(),
        }))
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
        if open.was_rewritten().doing("read", &self.path)? {
            open.position = 0;
            open.mark.clear();
            self.half.clear();
            batch.push(News::Truncated);
        }
        let chunk = open.read_on().doing("read", &self.path)?;
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

impl Open {
    /// Whether what was read is no longer there: the file is shorter, or other bytes stand before
    /// the place where we are.
    fn was_rewritten(&self) -> std::io::Result<bool> {
        if self.file.metadata()?.len() < self.position {
            return Ok(true);
        }
        let mut now = vec![0; self.mark.len()];
        let from = self.position - self.mark.len() as u64;
        match self.file.read_exact_at(&mut now, from) {
            Ok(()) => Ok(now != self.mark),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn read_on(&mut self) -> std::io::Result<Vec<u8>> {
        let mut chunk = vec![0; CHUNK];
        let length = self.file.read_at(&mut chunk, self.position)?;
        chunk.truncate(length);
        self.position += length as u64;
        self.mark
            .extend_from_slice(&chunk[length.saturating_sub(MARK)..]);
        self.mark.drain(..self.mark.len().saturating_sub(MARK));
        Ok(chunk)
    }

    /// Notes the bytes before the place where reading begins.
    fn remember(&mut self) -> std::io::Result<()> {
        let from = self.position.saturating_sub(MARK as u64);
        let length = usize::try_from(self.position - from).unwrap_or_default();
        self.mark = vec![0; length];
        self.file.read_exact_at(&mut self.mark, from)
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
