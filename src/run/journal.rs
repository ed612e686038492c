//! The journal: one line for each event, appended in one write, synced where it matters.
//!
//! A disk that is full must not stop what is being written elsewhere: trouble is remembered and
//! told at the end, the numbers of lost lines are missing from the sequence.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::engine::Event;

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1; a gap means lines that could not be written.
    pub seq: u64,
    /// When it was said; clocks may jump, the number does not.
    pub at: Timestamp,
    /// What was said.
    #[serde(flatten)]
    pub event: Event,
}

/// Writes a journal; the worker's.
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

    /// Writes one line.
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

    /// Waits until the disk has it.
    pub(super) fn sync(&mut self) {
        if let Err(error) = self.file.sync_data() {
            // A journal that goes to a pipe or a device cannot be synced, and need not be.
            if error.kind() != ErrorKind::InvalidInput {
                self.trouble.get_or_insert(error);
            }
        }
    }

    /// What went wrong, if anything did.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

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
}
