//! The tasks of the viewer: the only place where it meets the loop, and a clock.
//!
//! Every look at a file happens on a thread for blocking work, one bounded piece at a time, so
//! that a task that nobody wants any more ends at once, and a slow disk slows down nothing else.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::ask::{Ask, News, Want};
use super::save;
use super::search::{SearchStep, SearchWork};
use super::watch::{Step, Watch};
use crate::files::Links;
use crate::tui::keys::Action;
use crate::tui::tab::Effects;
use crate::tui::tasks::{Effect, Mailbox, Work};
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;

pub(super) const WATCH: &str = "watching the file";
pub(super) const READ: &str = "reading the file";
pub(super) const SEARCH: &str = "searching the file";
pub(super) const SAVE: &str = "saving the file";

/// How often a file is looked at.
const PULSE: Duration = Duration::from_millis(50);
/// How often news are told at most.
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
            Ask::SearchWork(search) => {
                let searching = work(SEARCH, wrap, |teller| sweep(search, teller));
                effects.push(Effect::Work(searching));
            }
            Ask::Save(source, path, existing) => {
                let saving = move || News::Saved(save::save(&source, &path, existing));
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

/// Where a task says how it goes.
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

/// Tells what becomes of the file, for as long as somebody listens.
async fn watch<N>((path, links): (PathBuf, Links), teller: Teller<N>) -> News {
    let mut watch = Watch::new(&path, links);
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut told, mut untold, mut trouble) = (None::<Instant>, false, None);
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
        let before = std::mem::replace(&mut trouble, step.clone().err());
        if let Some(why) = trouble.clone().filter(|_| trouble != before) {
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

async fn sweep<N>(mut search: SearchWork, teller: Teller<N>) -> News {
    let mut told = Instant::now();
    loop {
        let swept = spawn_blocking(move || (search.step(), search)).await;
        let sweep = match swept {
            Ok((Ok(sweep), back)) => {
                search = back;
                sweep
            }
            Ok((Err(error), _)) => return error.into(),
            Err(error) => return error.into(),
        };
        if !matches!(sweep, SearchStep::Searching(_)) {
            return News::SearchStep(sweep);
        }
        if told.elapsed() >= TELLING {
            teller.tell(News::SearchStep(sweep)).await;
            told = Instant::now();
        }
    }
}

fn question(path: &Path) -> Confirm {
    let words = format!("{} is there already and would be replaced", path.display());
    Confirm::new("Save the whole file", "replace", Action::Replace).line(&words, Tone::Warn)
}
