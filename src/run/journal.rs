//! The journal: one line for each event, appended in one write, synced where it matters; read from
//! its start and while it grows by any number of readers, unnoticed by the worker.
//!
//! A disk that is full must not stop what is being written elsewhere: trouble is remembered and
//! told at the end, the numbers of lost lines are missing from the sequence.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use memchr::memchr_iter;
use serde::{Deserialize, Serialize};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::list::gone;
use super::{EVENTS, Id, Runs};
use crate::clock::Clock;
use crate::engine::Event;
use crate::error::{Context, Error, Result};
use crate::files::tail::{CHUNK, Tail};
use crate::files::{self, Links};

/// How often a living run is looked at.
const PULSE: Duration = Duration::from_millis(50);
/// A longer line, in bytes, is not one of ours: it is dropped and counted.
const LONGEST_LINE: usize = 1024 * 1024;
/// No journal of ours is longer, in bytes; of one that is, the rest is not read.
const LONGEST: u64 = 1 << 30;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1; a gap means lines that could not be written.
    pub seq: u64,
    /// When it was said; clocks may jump, the number does not.
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

pub(super) struct Journal {
    file: File,
    seq: u64,
    /// The last write stopped in the middle of a line.
    torn: bool,
    lost: u64,
    trouble: Option<io::Error>,
}

impl Journal {
    /// Goes on with an empty file, open for appending.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            seq: 0,
            torn: false,
            lost: 0,
            trouble: None,
        }
    }

    pub(super) fn say(&mut self, event: Event) {
        let synced = matches!(
            event,
            Event::Started { .. } | Event::Stage { .. } | Event::Stopping
        );
        self.seq += 1;
        let now = Clock::System.now();
        let entry = Entry {
            seq: self.seq,
            at: now.round(Unit::Millisecond).unwrap_or(now),
            event,
        };
        if let Err(error) = self.append(&entry) {
            self.lost += 1;
            self.trouble.get_or_insert(error);
        }
        if synced {
            self.sync();
        }
    }

    pub(super) fn sync(&mut self) {
        if let Err(error) = self.file.sync_data() {
            // A journal that goes to a pipe or a device cannot be synced, and need not be.
            if error.kind() != ErrorKind::InvalidInput {
                self.trouble.get_or_insert(error);
            }
        }
    }

    pub(super) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.as_ref()?;
        let lost = self.lost;
        Some(format!(
            "events.jsonl lacks {lost} of {} lines: {trouble}",
            self.seq
        ))
    }

    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = Vec::with_capacity(128);
        if self.torn {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, entry)?;
        line.push(b'\n');
        let mut written = 0;
        while written < line.len() {
            match self.file.write(&line[written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.torn |= written > 0;
                    return Err(error);
                }
            }
        }
        self.torn = false;
        Ok(())
    }
}

/// Reads a journal as far as it was written.
#[derive(Debug)]
pub struct Follower {
    journal: PathBuf,
    tail: Option<Tail>,
    /// The beginning of a line whose end was not there yet.
    half: Vec<u8>,
    /// The line in hand is too long.
    dropping: bool,
    after: u64,
    skipped: u64,
}

impl Runs {
    /// Reads the journal of a run, without the entries numbered up to `after`.
    pub fn follower(&self, id: Id, after: u64) -> Follower {
        Follower {
            journal: self.file(id, EVENTS),
            tail: None,
            half: Vec::new(),
            dropping: false,
            after,
            skipped: 0,
        }
    }

    /// The first line of a journal, without reading the rest.
    pub(super) fn first_entry(&self, id: Id) -> Result<Option<Entry>> {
        let journal = self.file(id, EVENTS);
        let file = match files::open(&journal, Links::Refuse) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.doing("read", &journal)?,
        };
        let mut line = String::new();
        // What is no text is no entry, and what is longer is no first line of ours.
        let read = BufReader::with_capacity(512, file.take(4096)).read_line(&mut line);
        Ok(read.ok().and_then(|_| serde_json::from_str(&line).ok()))
    }

    /// Follows a run to its end, without the entries numbered up to `after`.
    pub fn follow(&self, id: Id, after: u64) -> Result<Following> {
        let folder = self.path(id);
        if !folder.try_exists().doing("look at", &folder)? {
            return Err(gone(id));
        }
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Following {
            runs: self.clone(),
            id,
            follower: self.follower(id, after),
            pulse,
        })
    }
}

impl Follower {
    /// The next entries; none when there are no more for now. Reads 64 KiB at a time.
    pub fn next_batch(&mut self) -> Result<Vec<Entry>> {
        let mut batch = Vec::new();
        while batch.is_empty() && self.read(&mut batch)? {}
        Ok(batch)
    }

    /// How many lines could not be read: damaged, too long, or of a kind only a newer selaras
    /// knows.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes one chunk apart; false at the end of what is there.
    fn read(&mut self, batch: &mut Vec<Entry>) -> Result<bool> {
        let opened = || files::open(&self.journal, Links::Refuse);
        let tail = match &mut self.tail {
            Some(tail) => tail,
            None => match opened().and_then(|file| Tail::of(file, 0)) {
                Ok(tail) => self.tail.insert(tail),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error).doing("read", &self.journal),
            },
        };
        let wanted = CHUNK.min(LONGEST - tail.position());
        let chunk = tail.read_on(wanted).doing("read", &self.journal)?;
        if chunk.is_empty() {
            return Ok(false);
        }
        if tail.position() == LONGEST {
            // What follows is not read; that there is something is counted.
            self.skipped += 1;
        }
        let mut begin = 0;
        let ends = memchr_iter(b'\n', &chunk).map(|end| end + 1);
        for end in ends.chain([chunk.len()]) {
            self.take(&chunk[begin..end], batch);
            begin = end;
        }
        Ok(true)
    }

    fn take(&mut self, piece: &[u8], batch: &mut Vec<Entry>) {
        if !self.dropping {
            self.half.extend_from_slice(piece);
        }
        if self.half.len() > LONGEST_LINE {
            self.dropping = true;
            self.half = Vec::new();
        }
        if !piece.ends_with(b"\n") {
            return;
        }
        match serde_json::from_slice::<Entry>(&self.half) {
            Ok(entry) if entry.seq > self.after => batch.push(entry),
            Ok(_) => {}
            Err(_) => self.skipped += 1,
        }
        self.half.clear();
        self.dropping = false;
    }
}

/// A run that is followed. Dropping it, or a wait for its next batch, loses nothing.
#[derive(Debug)]
pub struct Following {
    runs: Runs,
    id: Id,
    follower: Follower,
    pulse: Interval,
}

impl Following {
    /// Looks for news this often, for a reader whose own readers wait for each line.
    #[must_use]
    pub fn every(mut self, pulse: Duration) -> Self {
        self.pulse = interval(pulse);
        self.pulse
            .set_missed_tick_behavior(MissedTickBehavior::Delay);
        self
    }

    /// Waits for the next entries; `None` once the run has ended and all was delivered.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        loop {
            // A long journal must not keep others from this thread; the reads themselves are
            // short and come out of the page cache.
            tokio::task::coop::consume_budget().await;
            // Looked at before reading: what is written before the end is then read after it.
            let running = self.runs.is_running(self.id)?;
            let batch = self.follower.next_batch()?;
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            if !running {
                let folder = self.runs.path(self.id);
                if !files::exists(&folder).doing("look at", &folder)? {
                    let (id, short) = (self.id, self.id.short());
                    return Err(Error::local(format!(
                        "the folder of run {short} was removed, so nobody can see how it ends"
                    ))
                    .hint(format!(
                        "`pgrep -af 'work {id}'` shows its worker, as long as it is at work"
                    )));
                }
                return Ok(None);
            }
            self.pulse.tick().await;
        }
    }

    /// As [`Follower::skipped`].
    pub fn skipped(&self) -> u64 {
        self.follower.skipped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};

    #[test]
    fn a_full_disk_is_remembered_and_disturbs_nobody() {
        let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let mut journal = Journal::new(full);
        journal.say(Event::Stopping);
        journal.say(Event::Stopping);
        let trouble = journal.trouble().unwrap();
        assert!(
            trouble.starts_with("events.jsonl lacks 2 of 2 lines"),
            "{trouble}"
        );
    }

    #[test]
    fn a_line_is_one_flat_object() {
        let entry = Entry {
            seq: 1,
            at: "2026-11-08T07:03:22.125Z".parse().unwrap(),
            event: Event::Started {
                pid: 4711,
                born: None,
            },
        };
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            line,
            r#"{"seq":1,"at":"2026-11-08T07:03:22.125Z","kind":"started","pid":4711}"#
        );
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }

    fn begun() -> (tempfile::TempDir, File, Follower) {
        let state = tempfile::tempdir().unwrap();
        let (runs, id) = (Runs::at(state.path()).unwrap(), Id::fresh());
        fs::create_dir_all(runs.path(id)).unwrap();
        let file = File::create(runs.file(id, EVENTS)).unwrap();
        (state, file, runs.follower(id, 0))
    }

    fn line(seq: u64) -> String {
        format!("{{\"seq\":{seq},\"at\":\"2026-11-08T07:03:22Z\",\"kind\":\"stopping\"}}\n")
    }

    fn numbers(batch: &[Entry]) -> Vec<u64> {
        batch.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn a_half_line_is_read_when_its_end_is_there() {
        let (_state, mut file, mut follower) = begun();
        let (first, second) = (line(1), line(2));
        let (half, rest) = second.split_at(20);
        write!(file, "{first}{half}").unwrap();
        assert_eq!(numbers(&follower.next_batch().unwrap()), [1]);
        assert!(follower.next_batch().unwrap().is_empty());
        write!(file, "{rest}").unwrap();
        assert_eq!(numbers(&follower.next_batch().unwrap()), [2]);
        assert_eq!(follower.skipped(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_skipped_and_counted() {
        let (_state, mut file, mut follower) = begun();
        let strange = line(1).replace("stopping", "levitating");
        let long = "x".repeat(3 * LONGEST_LINE);
        write!(file, "{strange}{{half\n\n{long}\n{}", line(2)).unwrap();
        assert_eq!(numbers(&follower.next_batch().unwrap()), [2]);
        assert_eq!(follower.skipped(), 4);
    }

    #[test]
    fn a_long_journal_comes_in_bounded_batches() {
        let (_state, mut file, mut follower) = begun();
        let all: String = (1..=10_000).map(line).collect();
        file.write_all(all.as_bytes()).unwrap();
        follower.after = 5_000;
        let mut seen = Vec::new();
        loop {
            let batch = follower.next_batch().unwrap();
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() < 2_000);
            seen.extend(numbers(&batch));
        }
        assert_eq!(seen, (5_001..=10_000).collect::<Vec<_>>());
    }
}
