//! What happens to a file: it grows, is truncated, replaced, or its symlink points elsewhere.
//!
//! Each step looks at the path once and takes one piece of new bytes into the index, so that
//! whoever drives it may stop between any two. Knows no screen and no time.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::index::Index;
use super::source::Source;
use crate::files::{FileId, Links};

/// How much is indexed in one step.
const PIECE: u64 = 256 * 1024;

/// A file as it was seen last.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The open file; another one when the file was replaced or begun anew.
    pub source: Arc<Source>,
    /// The index as far as it got.
    pub index: Arc<Index>,
    /// Its length, in bytes.
    pub size: u64,
}

impl Seen {
    /// Whether the index covers all of it.
    pub fn is_indexed(&self) -> bool {
        self.index.length() >= self.size
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing new.
    Same,
    /// There is more to see, and perhaps more to do.
    More,
}

/// Why there is nothing to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchError {
    /// There is no such file (yet).
    Missing,
    /// It cannot be read, for this reason.
    Unreadable(String),
}

impl From<&io::Error> for WatchError {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

#[derive(Debug)]
struct Open {
    source: Arc<Source>,
    index: Index,
    size: u64,
    changed: Option<SystemTime>,
}

/// Watches one path.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    links: Links,
    open: Option<Open>,
}

impl Watch {
    /// Watches `path`, whether it is there or not.
    pub fn new(path: &Path, links: Links) -> Self {
        Self {
            path: path.to_owned(),
            links,
            open: None,
        }
    }

    /// Looks once.
    pub fn step(&mut self) -> Result<Step, WatchError> {
        self.look().map_err(|error| WatchError::from(&error))
    }

    /// What was seen last.
    pub fn seen(&self) -> Option<Seen> {
        self.open.as_ref().map(|open| Seen {
            source: Arc::clone(&open.source),
            index: Arc::new(open.index.clone()),
            size: open.size,
        })
    }

    fn look(&mut self) -> io::Result<Step> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            // Between the two halves of a rotation the name is gone; the file in hand is not.
            Err(error) if error.kind() == ErrorKind::NotFound && self.open.is_some() => {
                return Ok(Step::Same);
            }
            Err(error) => return Err(error),
        };
        let open = match &mut self.open {
            Some(open) if open.source.id() == FileId::of(&metadata) => open,
            _ => return self.begin(),
        };
        let changed = metadata.modified().ok();
        let touched = (open.size, open.changed) != (metadata.len(), changed);
        if touched && (metadata.len() < open.index.length() || !open.remembers()?) {
            return self.begin();
        }
        open.changed = changed;
        let grown = open.size != metadata.len();
        open.size = metadata.len();
        let indexed = open.take_piece()?;
        Ok(if grown || indexed {
            Step::More
        } else {
            Step::Same
        })
    }

    fn begin(&mut self) -> io::Result<Step> {
        let source = Source::open(&self.path, self.links)?;
        self.open = Some(Open {
            size: source.size()?,
            source: Arc::new(source),
            index: Index::default(),
            changed: None,
        });
        Ok(Step::More)
    }
}

impl Open {
    /// Whether what was indexed last still stands there: a file may be truncated and grow beyond
    /// its former length between two looks, and an inode number may be given to a new file.
    fn remembers(&self) -> io::Result<bool> {
        let end = self.index.length();
        let last = self.index.last();
        Ok(self.source.read(end - last.len() as u64, end)? == last)
    }

    fn take_piece(&mut self) -> io::Result<bool> {
        let from = self.index.length();
        if from >= self.size {
            return Ok(false);
        }
        let bytes = self.source.read(from, self.size.min(from + PIECE))?;
        self.index.extend(&bytes);
        Ok(!bytes.is_empty())
    }
}
