//! A branch server's list of users: what a page says, and whether all pages together are complete.
//!
//! ```text
//!   answers ──▶ Reading ──▶ Listing::Complete   (may deactivate)
//!                      └──▶ Listing::Incomplete (may only inform)
//! ```
//! Pure: how answers arrive is in `remote`. What a page says is in `page`, where a list ends in
//! `reading`.

pub mod page;
mod reading;

use std::fmt;

pub use page::{NoList, Page};
pub use reading::{Answer, ListRequest, NoPage, Question, Reading, Step, read};

use super::model::RemoteUser;
use crate::error::Failure;

/// All that arrived, in the order of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub users: Vec<RemoteUser>,
    /// How many pages had rows.
    pub pages: u64,
    /// How many rows the server said there are on all pages together.
    pub total: Option<u64>,
    /// The rows of an earlier reading, where the list was read twice: a user who is only among these
    /// may have been skipped by this one.
    pub earlier: Option<Vec<RemoteUser>>,
}

/// A branch server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Every page arrived and the figures agree: who is absent is really absent.
    Complete(Received, Ending),
    /// Somebody may be missing.
    Incomplete(Received, Doubt),
}

/// How a complete list came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What the end was recognised by.
    pub end: End,
    /// Whether a total, or the configuration, says that these are all.
    pub is_confirmed: bool,
    /// Why an earlier reading of it was thrown away.
    pub contradiction: Option<String>,
}

/// What the end of a list is recognised by. The numbers are those of the page that showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// A page without rows.
    Empty(u64),
    /// `last_page` is this page.
    LastPage(u64),
    /// 404, twice.
    NotFound(u64),
    /// null instead of the list, twice.
    Null(u64),
    /// The page before again, twice.
    Again(u64),
    /// The server sends all rows to every page.
    NoPages,
    /// `paging = "none"`.
    Setting,
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(page) => write!(formatter, "page {page} is empty"),
            Self::LastPage(page) => write!(formatter, "last_page is {page}"),
            Self::NotFound(page) => write!(formatter, "page {page} is not found (404), twice"),
            Self::Null(page) => write!(formatter, "page {page} has null for a list, twice"),
            Self::Again(page) => {
                write!(formatter, "page {page} repeats page {}, twice", page - 1)
            }
            Self::NoPages => write!(formatter, "the server does not page"),
            Self::Setting => write!(formatter, "one answer, by paging = \"none\""),
        }
    }
}

/// Why somebody may be missing from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// All asked for came, but the answers contradict each other.
    DoesNotAddUp(String),
    /// All asked for came, and it is not said whether that is all; the configuration can say it.
    Undecided(String),
    /// A page did not come.
    Failed(Failure),
}

impl Listing {
    pub fn received(&self) -> &Received {
        match self {
            Self::Complete(received, _) | Self::Incomplete(received, _) => received,
        }
    }

    /// Whether nobody is missing.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(..))
    }

    /// Whether a total said at the first reading that these are all: there is nothing to be told
    /// about the end.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Complete(received, ending)
            if ending.is_confirmed
                && received.earlier.is_none()
                && ending.contradiction.is_none()
                && ending.end != End::Setting)
    }

    /// Whether absent users must be absent from a second reading as well: without a total a row
    /// that is deleted between two requests moves another one past the reader.
    pub fn wants_second_reading(&self) -> bool {
        matches!(self, Self::Complete(received, ending)
            if !ending.is_confirmed && received.earlier.is_none())
    }

    /// The list by its second reading: who was on either is not absent.
    #[must_use]
    pub fn read_again(self, second: Self) -> Self {
        let (Self::Complete(first, _) | Self::Incomplete(first, _)) = self;
        let earlier = Some(first.users);
        match second {
            Self::Complete(received, ending) => Self::Complete(
                Received {
                    earlier,
                    ..received
                },
                ending,
            ),
            doubtful @ Self::Incomplete(..) => doubtful,
        }
    }
}
