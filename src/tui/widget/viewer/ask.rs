//! What the viewer asks for, and the news that come back: plain values, so that what it wants can
//! be tested without doing it.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinError;

use super::block::{Anchor, Block, number_of};
use super::save::{Existing, Saved};
use super::search::{SearchStep, SearchWork};
use super::source::Source;
use super::watch::{Seen, WatchError};
use crate::files::Links;
use crate::tui::notices::Notice;
use crate::tui::tab::Protocol;

/// What the viewer wants done.
#[derive(Debug)]
pub enum Ask {
    /// Watch this file.
    Watch(PathBuf, Links),
    /// Drop all work on the file so far.
    Stop,
    /// Read a block.
    Read(Want),
    /// Search.
    SearchWork(SearchWork),
    /// Drop the search.
    EndSearch,
    /// Save the whole file under this name.
    Save(Arc<Source>, PathBuf, Existing),
    /// Ask whether this file may be replaced.
    Overwrite(PathBuf),
    /// Show this file in the person's pager.
    Page(PathBuf),
    /// Copy this.
    Copy(String),
    /// Tell the person.
    Say(Notice),
}

/// A block to be read.
#[derive(Debug)]
pub struct Want {
    /// The file.
    pub seen: Seen,
    /// Around which place.
    pub anchor: Anchor,
    /// What to do with it then.
    pub goal: Goal,
    /// How many lines are needed before and after the place.
    pub least: usize,
    /// An offset whose line number is wanted as well.
    pub since: Option<u64>,
}

impl Want {
    /// Reads it, on this thread.
    pub fn read(self) -> Reply {
        let since = self.since.map(|offset| number_of(&self.seen, offset));
        let block = Block::read(&self.seen, self.anchor, self.least);
        Reply {
            block: block.map_err(|error| error.to_string()),
            since: since.and_then(|number| number.ok().flatten()),
            goal: self.goal,
        }
    }
}

/// What is to become of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Follow its end.
    Follow,
    /// Show its anchor, with so many rows above.
    Show {
        /// How many.
        above: usize,
    },
    /// Stand where the reader stands.
    Keep,
}

/// A block that was read.
#[derive(Debug)]
pub struct Reply {
    /// The block, or why it could not be read.
    pub block: Result<Block, String>,
    /// The line number of the offset that was asked for.
    pub since: Option<u64>,
    /// What it was wanted for.
    pub goal: Goal,
}

impl Protocol for News {
    type Act = Infallible;
}

/// What the tasks bring.
#[derive(Debug)]
pub enum News {
    /// The file is there, or changed.
    Seen(Seen),
    /// The file cannot be seen.
    WatchError(WatchError),
    /// A block was read.
    Read(Box<Reply>),
    /// How the search goes.
    SearchStep(SearchStep),
    /// What became of saving.
    Saved(Saved),
    /// Work could not be finished, for this reason.
    Broken(String),
}

impl From<JoinError> for News {
    fn from(error: JoinError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<io::Error> for News {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
