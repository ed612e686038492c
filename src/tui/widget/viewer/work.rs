//! What the viewer asks for, the tasks that do it, and the news they bring: plain values, so that
//! what it wants can be tested without doing it.
//!
//! This is the only place where the viewer meets the loop, and a clock. Every look at a file happens
//! on a thread for blocking work, one bounded piece at a time, so that a task that is no longer
//! wanted ends at once, and a slow disk slows down nothing else.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::task::{JoinError, spawn_blocking};

use super::Ask;
use super::block::{Anchor, Block, number_of};
use super::export::{self, Saved};
use super::search::{SearchStep, SearchWork};
use super::watch::{Seen, Step, Watch, WatchError};
use crate::clock::every;
use crate::files::Links;
use crate::tui::keys::Action;
use crate::tui::tab::Effect;
use crate::tui::tab::{Effects, Protocol};
use crate::tui::tasks::{Mailbox, Work};
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;

/// A block to be read.
#[derive(Debug)]
pub struct Want {
    pub seen: Seen,
    /// Around which place.
    pub anchor: Anchor,
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

/// What a block is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Follow its end.
    Follow,
    /// Show its anchor, with so many rows above.
    Show { above: usize },
    /// Stay where the reader is.
    Keep,
}

#[derive(Debug)]
pub struct Reply {
    /// The block, or why it could not be read.
    pub block: Result<Block, String>,
    /// The line number of the offset that was asked for.
    pub since: Option<u64>,
    pub goal: Goal,
}

impl Protocol for News {
    type Act = Infallible;
}

#[derive(Debug)]
pub enum News {
    /// The file is there, or changed.
    Seen(Seen),
    /// The file cannot be seen.
    WatchError(WatchError),
    Read(Box<Reply>),
    SearchStep(SearchStep),
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

pub(super) const WATCH: &str = "watching the file";
pub(super) const READ: &str = "reading the file";
pub(super) const SEARCH: &str = "searching the file";
pub(super) const SAVE: &str = "saving the file";

/// The pause between two looks at a file.
const PULSE: Duration = Duration::from_millis(50);
/// The least time between two news.
const TELLING: Duration = Duration::from_millis(250);

/// Makes effects of `asks`: `wrap` makes the tab's news of the viewer's, `page` lends the terminal
/// to a pager.
pub fn effects<N: Send + 'static>(
    asks: Vec<Ask>,
    wrap: fn(News) -> N,
    page: impl Fn(&Path) -> Effect<N>,
) -> Effects<N> {
    let mut effects = Vec::new();
    for ask in asks {
        match ask {
            Ask::Stop => {
                effects.extend([WATCH, READ, SEARCH].map(|name| Effect::Abort(name.into())));
            }
            Ask::EndSearch => effects.push(Effect::Abort(SEARCH.into())),
            Ask::Watch(path, links) => {
                let watching = work(WATCH, wrap, move |teller| watch((path, links), teller));
                effects.push(Effect::Work(watching.standing()));
            }
            Ask::Read(want) => effects.push(Effect::Work(work(READ, wrap, |_| read(want)))),
            Ask::Search(search) => {
                let searching = work(SEARCH, wrap, |teller| run_search(search, teller));
                effects.push(Effect::Work(searching));
            }
            Ask::Save(source, path, existing) => {
                let saving = move || News::Saved(export::save(&source, &path, existing));
                let saving = work(SAVE, wrap, move |_| aside(saving));
                effects.push(Effect::Work(saving.vital()));
            }
            Ask::Overwrite(path) => effects.push(Effect::Ask(question(&path))),
            Ask::Page(path) => effects.push(page(&path)),
            Ask::Copy(words) => effects.push(Effect::Copy(words)),
            Ask::Say(notice) => effects.push(Effect::Say(notice)),
        }
    }
    effects
}

struct Teller<N> {
    mailbox: Mailbox<N>,
    wrap: fn(News) -> N,
}

impl<N> Teller<N> {
    async fn tell(&self, news: News) {
        self.mailbox.progress((self.wrap)(news)).await;
    }
}

fn work<N, F, W>(name: &'static str, wrap: fn(News) -> N, start: F) -> Work<N>
where
    N: Send + 'static,
    F: FnOnce(Teller<N>) -> W + Send + 'static,
    W: Future<Output = News> + Send + 'static,
{
    let start = move |mailbox| {
        let going = start(Teller { mailbox, wrap });
        async move { wrap(going.await) }
    };
    Work::new(name, start)
}

async fn aside(look: impl FnOnce() -> News + Send + 'static) -> News {
    spawn_blocking(look).await.unwrap_or_else(News::from)
}

async fn read(want: Want) -> News {
    aside(move || News::Read(Box::new(want.read()))).await
}

/// Reports changes of the file until it is dropped.
async fn watch<N>((path, links): (PathBuf, Links), teller: Teller<N>) -> News {
    let mut watch = Watch::new(&path, links);
    let mut pulse = every(PULSE);
    let (mut told, mut untold, mut error) = (None::<Instant>, false, None);
    loop {
        let looked = spawn_blocking(move || (watch.step(), watch)).await;
        let step = match looked {
            Ok((step, back)) => {
                watch = back;
                step
            }
            Err(error) => return error.into(),
        };
        untold |= step == Ok(Step::More);
        let before = std::mem::replace(&mut error, step.clone().err());
        if let Some(why) = error.clone().filter(|_| error != before) {
            teller.tell(News::WatchError(why)).await;
        }
        if untold && told.is_none_or(|told| told.elapsed() >= TELLING) {
            if let Some(seen) = watch.seen() {
                teller.tell(News::Seen(seen)).await;
            }
            (told, untold) = (Some(Instant::now()), false);
        }
        if step != Ok(Step::More) {
            pulse.tick().await;
        }
    }
}

async fn run_search<N>(mut search: SearchWork, teller: Teller<N>) -> News {
    let mut told = Instant::now();
    loop {
        let searched = spawn_blocking(move || (search.step(), search)).await;
        let step = match searched {
            Ok((Ok(step), back)) => {
                search = back;
                step
            }
            Ok((Err(error), _)) => return error.into(),
            Err(error) => return error.into(),
        };
        if !matches!(step, SearchStep::Searching(_)) {
            return News::SearchStep(step);
        }
        if told.elapsed() >= TELLING {
            teller.tell(News::SearchStep(step)).await;
            told = Instant::now();
        }
    }
}

fn question(path: &Path) -> Confirm {
    let words = format!("{} is there already and would be replaced", path.display());
    Confirm::new("Save the whole file", "replace", Action::Replace).line(&words, Tone::Warn)
}
