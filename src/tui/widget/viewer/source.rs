//! One file, open: bytes at a place, the begin of a line, which file it is.
//!
//! Reads are bounded by what is asked for and never move a cursor, so that several tasks share one
//! handle. A deleted or renamed file stays readable. Knows no lines beyond where they begin.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use memchr::memrchr;

use crate::files::{self, Links};

/// How much is read at a time where an end is searched for.
pub(super) const CHUNK: u64 = 64 * 1024;

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// An open file.
#[derive(Debug)]
pub struct Source {
    file: File,
    identity: Identity,
}

impl Source {
    /// Opens a regular file.
    pub fn open(path: &Path, links: Links) -> io::Result<Self> {
        let file = files::open(path, links)?;
        let metadata = file.metadata()?;
        Ok(Self {
            file,
            identity: Identity::of(&metadata),
        })
    }

    /// Which file it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Its length now, in bytes.
    pub fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The bytes from `from` to `to`; fewer where the file ends before.
    pub fn read(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            let at = from + filled as u64;
            match self.file.read_at(&mut bytes[filled..], at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
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
