//! The run watcher: sees every run of this machine, whoever started it, from its first event.
//!
//! ```text
//!   runs/  ── mtime, 4 × a second ──▶ new folders ──▶ Began ─▶ Said … Said ─▶ Ended
//!                                     open journals, 20 × a second while a run has something to say
//! ```
//! Standing work of the runs overlay, which hands on what it sees to the tab of the engine. One look
//! at an unchanged folder is one `stat`. Knows no engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;
use tokio::time::timeout;

use super::tasks::{Mailbox, Work};
use crate::error::{Failure, Result};
use crate::run::{Entry, Follower, Id, Listed, Run, Runs, State};

/// The name of the standing work.
pub const WATCH: &str = "watch";
/// How often everything is looked at while no run says anything.
const CALM: Duration = Duration::from_millis(250);
/// How often journals are looked at while a run has something to say, and how long it is taken to
/// have more: a sync can be silent for minutes.
const BUSY: Duration = Duration::from_millis(50);
const TALKATIVE: Duration = Duration::from_secs(2);
/// A folder changed so short ago may have changed twice under one time stamp.
const GRAIN: Duration = Duration::from_secs(1);

/// What is seen of runs.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// All runs there are, newest first, and what is none.
    All(Arc<Vec<Listed>>),
    /// A run goes on.
    Began(Arc<Run>),
    /// A run of this engine says something.
    Said(Arc<str>, Id, Vec<Entry>),
    /// It has ended, or died.
    Ended(Arc<Run>),
    /// The folder cannot be looked at.
    Blind(Failure),
}

impl RunEvent {
    /// The engine of the run it is about.
    pub fn engine(&self) -> Option<&str> {
        match self {
            Self::Began(run) | Self::Ended(run) => Some(&run.manifest.engine),
            Self::Said(engine, ..) => Some(engine),
            Self::All(_) | Self::Blind(_) => None,
        }
    }
}

/// A word to the run watcher from whoever starts a run or moves the state folder.
#[derive(Clone, Debug)]
pub struct RunWatcher(Arc<watch::Sender<Option<Runs>>>);

impl Default for RunWatcher {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl RunWatcher {
    /// Asks it to look at these runs at once.
    pub fn look(&self, runs: Runs) {
        self.0.send_replace(Some(runs));
    }

    /// The standing work that looks, at `runs` until it is told otherwise.
    pub fn work(&self, runs: Option<Runs>) -> Work<RunEvent> {
        let mut told = self.0.subscribe();
        Work::new(WATCH, move |mailbox| async move {
            let mut view = runs.map(View::new);
            loop {
                if let Some(view) = &mut view {
                    view.look(&mailbox).await;
                }
                let pause = if view.as_ref().is_some_and(View::is_busy) {
                    BUSY
                } else {
                    CALM
                };
                // A run watcher nobody can talk to any more goes on by its clock.
                if let Ok(Ok(())) = timeout(pause, told.changed()).await
                    && let Some(runs) = told.borrow_and_update().clone()
                    && view.as_ref().is_none_or(|view| !view.is_of(&runs))
                {
                    view = Some(View::new(runs));
                }
            }
        })
        .standing()
    }
}

/// What is known of the runs of one state folder.
struct View {
    runs: Runs,
    /// When the folder had last changed, once that is certain.
    stamp: Option<SystemTime>,
    listed: BTreeMap<String, Listed>,
    going: BTreeMap<Id, (Arc<str>, Follower)>,
    /// When a run last began or said something.
    heard: Option<Instant>,
    /// Nothing was looked at yet: what has ended by now is history.
    first: bool,
    blind: bool,
}

impl View {
    fn new(runs: Runs) -> Self {
        Self {
            runs,
            stamp: None,
            listed: BTreeMap::new(),
            going: BTreeMap::new(),
            heard: None,
            first: true,
            blind: false,
        }
    }

    fn is_of(&self, runs: &Runs) -> bool {
        self.runs.state_dir() == runs.state_dir()
    }

    fn is_busy(&self) -> bool {
        let heard = self.heard.is_some_and(|heard| heard.elapsed() < TALKATIVE);
        heard && !self.going.is_empty()
    }

    async fn look(&mut self, mailbox: &Mailbox<RunEvent>) {
        let mut changed = false;
        if self.has_moved() || self.first {
            changed = match self.take_stock(mailbox).await {
                Ok(changed) => changed,
                Err(error) if self.blind => {
                    tracing::debug!(%error, "the runs still cannot be seen");
                    false
                }
                Err(error) => {
                    self.blind = true;
                    tell(mailbox, RunEvent::Blind(error.into())).await;
                    false
                }
            };
        }
        for id in self.going.keys().copied().collect::<Vec<_>>() {
            changed |= self.listen(id, mailbox).await;
        }
        if changed || self.first {
            // Newest first, and what is no run behind: its name is no number.
            let rows = self.listed.values().rev().cloned();
            let (runs, others): (Vec<_>, Vec<_>) =
                rows.partition(|row| matches!(row, Listed::Run(_)));
            let all = runs.into_iter().chain(others).collect();
            tell(mailbox, RunEvent::All(Arc::new(all))).await;
        }
        self.first = false;
    }

    /// Whether the folder may hold other runs than at the last look.
    fn has_moved(&mut self) -> bool {
        let Ok(stamp) = std::fs::metadata(self.runs.folder()).and_then(|about| about.modified())
        else {
            // Gone, or not there yet; what was listed is gone with it.
            return self.stamp.take().is_some() || !self.listed.is_empty();
        };
        if self.stamp == Some(stamp) {
            return false;
        }
        let settled = stamp.elapsed().is_ok_and(|passed| passed > GRAIN);
        self.stamp = settled.then_some(stamp);
        true
    }

    /// Compares the names in the folder with those known, and looks closer at the new ones.
    async fn take_stock(&mut self, mailbox: &Mailbox<RunEvent>) -> Result<bool> {
        let mut changed = false;
        if self.first {
            for row in self.runs.list()? {
                let name = match &row {
                    Listed::Run(run) => run.id().to_string(),
                    Listed::Unreadable { name, .. } => name.clone(),
                };
                self.listed.insert(name, row);
            }
        }
        let ids = self.runs.ids()?;
        self.blind = false;
        let names: Vec<String> = ids.iter().map(Id::to_string).collect();
        let before = self.listed.len();
        self.listed
            .retain(|name, row| matches!(row, Listed::Unreadable { .. }) || names.contains(name));
        changed |= self.listed.len() != before;
        for (id, name) in ids.into_iter().zip(names) {
            let fresh = !self.listed.contains_key(&name);
            if fresh {
                changed = true;
                let row = self.row(id);
                self.listed.insert(name.clone(), row);
            }
            if let Some(Listed::Run(run)) = self.listed.get(&name)
                && (run.state == State::Running || (fresh && !self.first))
                && !self.going.contains_key(&id)
            {
                let run = Arc::new(Run::clone(run));
                let engine = Arc::from(run.manifest.engine.as_str());
                self.going.insert(id, (engine, self.runs.follower(id, 0)));
                self.heard = Some(Instant::now());
                tell(mailbox, RunEvent::Began(run)).await;
            }
            tokio::task::coop::consume_budget().await;
        }
        Ok(changed)
    }

    fn row(&self, id: Id) -> Listed {
        match self.runs.get(id) {
            Ok(run) => Listed::Run(Box::new(run)),
            Err(error) => Listed::Unreadable {
                name: id.to_string(),
                why: error.into(),
            },
        }
    }

    /// Hands on what a run said, and its end; says whether it has ended.
    async fn listen(&mut self, id: Id, mailbox: &Mailbox<RunEvent>) -> bool {
        let Some((engine, journal)) = self.going.get_mut(&id) else {
            return false;
        };
        // Looked at before reading: what is written before the end is then read after it.
        let running = self.runs.is_running(id).unwrap_or(false);
        // A journal that cannot be read says nothing; the end is seen all the same.
        while let Ok(batch) = journal.next_batch()
            && !batch.is_empty()
        {
            self.heard = Some(Instant::now());
            tell(mailbox, RunEvent::Said(Arc::clone(engine), id, batch)).await;
            if running {
                break;
            }
        }
        if running {
            return false;
        }
        self.going.remove(&id);
        let row = self.row(id);
        if let Listed::Run(run) = &row {
            tell(mailbox, RunEvent::Ended(Arc::new(Run::clone(run)))).await;
        }
        self.listed.insert(id.to_string(), row);
        true
    }
}

async fn tell(mailbox: &Mailbox<RunEvent>, event: RunEvent) {
    mailbox.progress(event).await;
}
