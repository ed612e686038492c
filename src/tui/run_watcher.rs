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

pub const WATCH: &str = "watch";
/// How often the folder is looked at while no run writes.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);
/// How often journals are read while a run writes, and how long after its last entry: a sync can be
/// silent for minutes.
const ACTIVE_INTERVAL: Duration = Duration::from_millis(50);
const ACTIVE_FOR: Duration = Duration::from_secs(2);
/// A folder changed this recently may change again under the same time stamp.
const MTIME_GRANULARITY: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub enum RunEvent {
    /// All runs there are, newest first, and what is none.
    All(Arc<Vec<Listed>>),
    Began(Arc<Run>),
    /// Journal entries of a run of this engine.
    Said(Arc<str>, Id, Vec<Entry>),
    Ended(Arc<Run>),
    /// The folder cannot be read.
    Blind(Failure),
}

impl RunEvent {
    pub fn engine(&self) -> Option<&str> {
        match self {
            Self::Began(run) | Self::Ended(run) => Some(&run.manifest.engine),
            Self::Said(engine, ..) => Some(engine),
            Self::All(_) | Self::Blind(_) => None,
        }
    }
}

/// Tells the run watcher to look now; for what starts a run or changes the state folder.
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
                    ACTIVE_INTERVAL
                } else {
                    IDLE_INTERVAL
                };
                // With its sender gone it still looks at its interval.
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
    open: BTreeMap<Id, (Arc<str>, Follower)>,
    /// When a run last began or wrote an entry.
    last_active: Option<Instant>,
    /// Nothing was read yet: runs that have ended by now are history.
    first: bool,
    blind: bool,
}

impl View {
    fn new(runs: Runs) -> Self {
        Self {
            runs,
            stamp: None,
            listed: BTreeMap::new(),
            open: BTreeMap::new(),
            last_active: None,
            first: true,
            blind: false,
        }
    }

    fn is_of(&self, runs: &Runs) -> bool {
        self.runs.state_dir() == runs.state_dir()
    }

    fn is_busy(&self) -> bool {
        let last_active = self
            .last_active
            .is_some_and(|last_active| last_active.elapsed() < ACTIVE_FOR);
        last_active && !self.open.is_empty()
    }

    async fn look(&mut self, mailbox: &Mailbox<RunEvent>) {
        let mut changed = false;
        if self.has_changed() || self.first {
            changed = match self.scan(mailbox).await {
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
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            changed |= self.read_journal(id, mailbox).await;
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
    fn has_changed(&mut self) -> bool {
        let Ok(stamp) = std::fs::metadata(self.runs.folder()).and_then(|about| about.modified())
        else {
            // Gone, or not there yet; what was listed is gone with it.
            return self.stamp.take().is_some() || !self.listed.is_empty();
        };
        if self.stamp == Some(stamp) {
            return false;
        }
        let settled = stamp
            .elapsed()
            .is_ok_and(|passed| passed > MTIME_GRANULARITY);
        self.stamp = settled.then_some(stamp);
        true
    }

    /// Compares the names in the folder with those known, and reads the new ones.
    async fn scan(&mut self, mailbox: &Mailbox<RunEvent>) -> Result<bool> {
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
                && !self.open.contains_key(&id)
            {
                let run = Arc::new(Run::clone(run));
                let engine = Arc::from(run.manifest.engine.as_str());
                self.open.insert(id, (engine, self.runs.follower(id, 0)));
                self.last_active = Some(Instant::now());
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

    /// Sends the new entries of a run, and its end; says whether it has ended.
    async fn read_journal(&mut self, id: Id, mailbox: &Mailbox<RunEvent>) -> bool {
        let Some((engine, journal)) = self.open.get_mut(&id) else {
            return false;
        };
        // Looked at before reading: what is written before the end is then read after it.
        let running = self.runs.is_running(id).unwrap_or(false);
        // A journal that cannot be read says nothing; the end is seen all the same.
        while let Ok(batch) = journal.next_batch()
            && !batch.is_empty()
        {
            self.last_active = Some(Instant::now());
            tell(mailbox, RunEvent::Said(Arc::clone(engine), id, batch)).await;
            if running {
                break;
            }
        }
        if running {
            return false;
        }
        self.open.remove(&id);
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
