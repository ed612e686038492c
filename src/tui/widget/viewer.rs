//! A file as it grows, of any length: a window of lines, read beside the screen.
//!
//! ```text
//!   keys ─▶ Viewer ──▶ Ask ──▶ a task ──▶ News ─▶ Viewer        synchronous, touches no file
//!             │                watch   changes of the file, and its index, 4 times a second
//!             │                read    a Block: some screens of lines around a place
//!             ▼                search · save
//!            draw: the rows of the block that are seen
//! ```
//! Places are offsets in the file: the end is there at once, the numbers of lines when the index
//! got so far. Walking goes through the block without waiting; only its edges ask for another one,
//! so that a slow disk never delays a key. At most one read is active, whatever is pressed.

mod act;
mod block;
mod draw;
mod export;
mod index;
mod scroll;
mod search;
mod source;
mod walk;
mod watch;
mod work;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::prompt::Prompt;
use crate::files::Links;
use crate::text;
use crate::tui::notices::Notice;
use crate::tui::theme::Tone;

pub use block::{Anchor, Block, Entry};
pub use export::{Existing, Saved, pager, save};
pub use index::Index;
pub use scroll::{Grid, Position, ScrollState};
pub use search::{Query, SearchStep, SearchWork, Way};
pub use source::Source;
pub use watch::{Seen, Step, Watch, WatchError};
pub use work::{Goal, News, Reply, Want, effects};

use act::Typing;
use search::Search;
use walk::{Jump, Pause};

/// What the viewer wants done.
#[derive(Debug)]
pub enum Ask {
    Watch(PathBuf, Links),
    /// Drop all work on the file so far.
    Stop,
    Read(Want),
    Search(SearchWork),
    /// Drop the search.
    EndSearch,
    /// Save the whole file under this name.
    Save(Arc<Source>, PathBuf, Existing),
    /// Ask whether this file may be replaced.
    Overwrite(PathBuf),
    /// Show this file in the person's pager.
    Page(PathBuf),
    Copy(String),
    Say(Notice),
}

/// Why there is nothing to save, copy or page.
const NO_FILE: &str = "no file is open";
/// Why `n` and `N` do nothing.
const NO_QUERY: &str = "nothing was searched for yet; / does";

/// A viewer of one file at a time.
#[derive(Debug)]
pub struct Viewer {
    path: PathBuf,
    links: Links,
    seen: Option<Seen>,
    /// The file at the path now, while the person still reads the one that was there before.
    newer: Option<Seen>,
    error: Option<WatchError>,
    block: Option<Block>,
    scroll: ScrollState,
    /// The end of the file when following stopped.
    pause: Option<Pause>,
    wraps: bool,
    size: Cell<(u16, u16)>,
    /// Rows still to be walked when the next block is there; up is negative.
    owed: isize,
    reading: bool,
    jump: Option<Jump>,
    /// Counts the changes seen, so that the same refresh is not asked for twice.
    version: u64,
    refreshed: Option<(u64, u64)>,
    search: Search,
    typing: Option<(Typing, Prompt)>,
    /// Where to save when replacing is confirmed.
    replacing: Option<PathBuf>,
    saving: bool,
}

impl Default for Viewer {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            links: Links::Refuse,
            seen: None,
            newer: None,
            error: None,
            block: None,
            scroll: ScrollState::Following,
            pause: None,
            wraps: false,
            size: Cell::new((80, 24)),
            owed: 0,
            reading: false,
            jump: None,
            version: 0,
            refreshed: None,
            search: Search::default(),
            typing: None,
            replacing: None,
            saving: false,
        }
    }
}

impl Viewer {
    /// Shows the end of `path` and follows it; whether it is there yet does not matter.
    pub fn open(&mut self, path: &Path, links: Links) -> Vec<Ask> {
        let mut asks = self.close();
        path.clone_into(&mut self.path);
        self.links = links;
        asks.push(Ask::Watch(self.path.clone(), links));
        asks
    }

    /// Closes the file; whether lines are wrapped stays.
    pub fn close(&mut self) -> Vec<Ask> {
        let wraps = self.wraps;
        *self = Self {
            wraps,
            size: self.size.clone(),
            ..Self::default()
        };
        vec![Ask::Stop]
    }

    /// The file it shows; empty when there is none.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it follows the end.
    pub fn follows(&self) -> bool {
        self.scroll == ScrollState::Following
    }

    /// Takes the news of its tasks.
    pub fn on(&mut self, news: News) -> Vec<Ask> {
        let mut asks = match news {
            News::Seen(seen) => self.take_seen(seen),
            News::WatchError(error) => {
                self.error = Some(error);
                Vec::new()
            }
            News::Read(reply) => self.take_reply(*reply),
            News::SearchStep(step) => self.take_search_step(step),
            News::Saved(saved) => self.take_saved(&saved),
            News::Broken(why) => {
                self.reading = false;
                self.saving = false;
                self.search.searching = None;
                self.cannot_read(&why)
            }
        };
        asks.extend(self.next_read());
        asks
    }

    /// One of its tasks broke and will never answer.
    pub fn broken(&mut self, work: &str) -> Vec<Ask> {
        match work {
            work::READ => self.reading = false,
            work::SEARCH => self.search.searching = None,
            work::SAVE => self.saving = false,
            work::WATCH => return vec![Ask::Watch(self.path.clone(), self.links)],
            _ => {}
        }
        Vec::new()
    }

    fn take_seen(&mut self, seen: Seen) -> Vec<Ask> {
        self.error = None;
        self.version += 1;
        let Some(known) = &self.seen else {
            self.seen = Some(seen);
            self.jump = Some(Jump::END);
            return Vec::new();
        };
        if Arc::ptr_eq(&known.source, &seen.source) {
            self.seen = Some(seen);
            return Vec::new();
        }
        // A truncated file is gone; one that was replaced can still be read.
        let gone = known.source.id() == seen.source.id();
        if gone || self.follows() {
            self.switch(seen);
            let words = format!(
                "{} was replaced or emptied; this is the new one",
                self.path.display()
            );
            return vec![Ask::Say(Notice::new(&words, Tone::Plain))];
        }
        if self.newer.replace(seen).is_some() {
            return Vec::new();
        }
        Self::say(&format!(
            "{} was replaced; you still read the old one, G goes to the new one",
            self.path.display()
        ))
    }

    /// Goes to the end of another file of the same name.
    fn switch(&mut self, seen: Seen) {
        self.seen = Some(seen);
        self.newer = None;
        self.search.hit = None;
        self.jump = Some(Jump::END);
    }

    fn take_saved(&mut self, saved: &Saved) -> Vec<Ask> {
        self.saving = false;
        if let (Saved::Exists(path), None) = (saved, &self.replacing) {
            self.replacing = Some(path.clone());
            return vec![Ask::Overwrite(path.clone())];
        }
        self.replacing = None;
        let (words, tone) = match saved {
            Saved::Whole(path, bytes) => {
                let bytes = text::plural(*bytes, "byte");
                (format!("saved {bytes} as {}", path.display()), Tone::Good)
            }
            Saved::Exists(path) => {
                let path = path.display();
                (
                    format!("{path} is there already; nothing was saved"),
                    Tone::Warn,
                )
            }
            Saved::Failed(path, why) => {
                let path = path.display();
                let words = format!("cannot save as {path}: {why}; nothing was left there");
                (words, Tone::Bad)
            }
        };
        vec![Ask::Say(Notice::new(&words, tone))]
    }

    /// What it says of itself at the top of its pane, such as `line 12 of 2 000 000 · 62 %`.
    pub fn remark(&self) -> String {
        let Some(seen) = &self.seen else {
            return String::new();
        };
        let mut parts = Vec::new();
        if self.error.is_some() {
            parts.push("the file cannot be read now".to_owned());
        }
        if let Some(percent) = self.search.searching {
            parts.push(format!("searching {percent} %"));
        }
        if self.saving {
            parts.push("saving".to_owned());
        }
        if !seen.is_indexed() {
            let percent = seen.index.length() * 100 / seen.size.max(1);
            parts.push(format!("counting lines {percent} %"));
        }
        parts.push(self.place(seen));
        parts.join(" · ")
    }

    fn cannot_read(&self, why: &str) -> Vec<Ask> {
        let words = format!("cannot read {}: {why}", self.path.display());
        vec![Ask::Say(Notice::new(&words, Tone::Bad))]
    }

    /// Warns the person.
    fn say(words: &str) -> Vec<Ask> {
        vec![Ask::Say(Notice::new(words, Tone::Warn))]
    }
}
