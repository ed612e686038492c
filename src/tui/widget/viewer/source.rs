//! One file, open: bytes at a place, the begin of a line, which file it is.
//!
//! Reads are bounded by what is asked for and never move a cursor, so that several tasks share one
//! handle. A deleted or renamed file stays readable. Knows no lines beyond where they begin.

use std::fs::File;
use std::io;
use std::path::Path;

use memchr::memrchr;

use crate::files::tail::{CHUNK, read_range};
use crate::files::{self, FileId, Links};

/// An open file.
#[derive(Debug)]
pub struct Source {
    file: File,
    id: FileId,
}

impl Source {
    /// Opens a regular file.
    pub fn open(path: &Path, links: Links) -> io::Result<Self> {
        let file = files::open(path, links)?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self { file, id })
    }

    /// Which file it is.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Its length now, in bytes.
    pub fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The bytes from `from` to `to`; fewer where the file ends before.
    pub fn read(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        read_range(&self.file, from, to)
    }

    /// Where the line begins that `offset` stands in; at its very begin, `offset` itself.
    pub fn line_start(&self, offset: u64) -> io::Result<u64> {
        let mut end = offset;
        while end > 0 {
            let start = end.saturating_sub(CHUNK);
            if let Some(at) = memrchr(b'\n', &self.read(start, end)?) {
                return Ok(start + at as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }
}
