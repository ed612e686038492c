//! What takes time, done beside the screen: effects go in, messages come back, in one queue.
//!
//! A piece of work has a name within its place; starting it again replaces the one before, and
//! the messages of the replaced one are dropped. Vital work is never replaced nor aborted: two
//! of one name run side by side, and both are answered. A panic in a task is caught and told. This
//! file does not know what any work is about.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinSet};

use super::notices::Notice;

/// How many messages may wait; a sender waits while it is full.
const INBOX: usize = 1_024;
/// How long the screen waits for vital work before it ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(12);

/// A place of the screen that has keys and work of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Tab(usize),
    Runs,
}

/// The name of a piece of work within its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkName {
    /// The engine whose controller does it, so that two controllers in one place do not share
    /// names; empty for the place's own work.
    pub owner: &'static str,
    /// What it does, such as `plan`.
    pub task: &'static str,
}

impl From<&'static str> for WorkName {
    fn from(task: &'static str) -> Self {
        Self { owner: "", task }
    }
}

type Running<N> = Pin<Box<dyn Future<Output = N> + Send>>;
type Start<N> = Box<dyn FnOnce(Mailbox<N>) -> Running<N> + Send>;

/// A piece of work; its result is the news it returns.
pub struct Work<N> {
    name: WorkName,
    kind: Kind,
    start: Start<N>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The tab waits for its answer.
    Ordinary,
    /// It runs as long as the screen, and nobody waits for it.
    Standing,
    /// It must be finished, even when the screen ends.
    Vital,
}

impl<N> Work<N> {
    /// Work of this name; it gets a mailbox for its progress.
    pub fn new<F, W>(name: impl Into<WorkName>, start: F) -> Self
    where
        F: FnOnce(Mailbox<N>) -> W + Send + 'static,
        W: Future<Output = N> + Send + 'static,
    {
        Self {
            name: name.into(),
            kind: Kind::Ordinary,
            start: Box::new(move |mailbox| Box::pin(start(mailbox))),
        }
    }

    /// As standing work, which runs as long as the screen; the screen is idle while there is no
    /// other.
    #[must_use]
    pub fn standing(mut self) -> Self {
        self.kind = Kind::Standing;
        self
    }

    /// As vital work: the screen waits for it before it ends, and nothing aborts or replaces it. It
    /// must be short.
    #[must_use]
    pub fn vital(mut self) -> Self {
        self.kind = Kind::Vital;
        self
    }
}

impl<N: Send + 'static> Work<N> {
    /// The same work, saying `M` instead of `N`.
    pub fn map<M: Send + 'static>(self, wrap: fn(N) -> M) -> Work<M> {
        let start = self.start;
        Work {
            name: self.name,
            kind: self.kind,
            start: Box::new(move |mailbox| {
                let running = start(Mailbox(Arc::new(Wrapped { mailbox, wrap })));
                Box::pin(async move { wrap(running.await) })
            }),
        }
    }
}

impl<N> fmt::Debug for Work<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Work({})", self.name.task)
    }
}

/// Identifies a piece of work in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub place: Place,
    pub name: WorkName,
    kind: Kind,
    serial: u64,
}

impl Ticket {
    /// Whether it may have written something.
    pub fn is_vital(&self) -> bool {
        self.kind == Kind::Vital
    }
}

#[derive(Debug)]
pub enum Msg<N> {
    /// Progress; drawn a few times a second at most.
    Progress(Ticket, N),
    /// The result of a piece of work; drawn at once.
    Answer(Ticket, N),
    /// A notice of the program itself.
    Say(Notice),
}

/// Where a piece of work sends its progress.
pub struct Mailbox<N>(Arc<dyn Post<N>>);

impl<N> Clone for Mailbox<N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<N> Mailbox<N> {
    /// Sends progress, waiting while the inbox is full. It is lost when the screen has ended.
    pub async fn progress(&self, news: N) {
        self.0.send(news).await;
    }

    /// Sends progress if there is room for it, from code that cannot wait.
    pub fn try_progress(&self, news: N) -> bool {
        self.0.try_send(news)
    }
}

trait Post<N>: Send + Sync {
    fn send(&self, news: N) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    fn try_send(&self, news: N) -> bool;
}

struct Direct<N> {
    post: mpsc::Sender<Msg<N>>,
    ticket: Ticket,
}

impl<N: Send + 'static> Post<N> for Direct<N> {
    fn send(&self, news: N) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let sending = self.post.send(Msg::Progress(self.ticket, news));
        Box::pin(async {
            let _ = sending.await;
        })
    }

    fn try_send(&self, news: N) -> bool {
        self.post.try_send(Msg::Progress(self.ticket, news)).is_ok()
    }
}

/// Wraps the news for another mailbox.
struct Wrapped<N, M> {
    mailbox: Mailbox<M>,
    wrap: fn(N) -> M,
}

impl<N: Send + 'static, M: Send + 'static> Post<N> for Wrapped<N, M> {
    fn send(&self, news: N) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.mailbox.0.send((self.wrap)(news))
    }

    fn try_send(&self, news: N) -> bool {
        self.mailbox.try_progress((self.wrap)(news))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing; its answer is in the inbox, or not wanted any more.
    Well,
    /// It broke; it will never answer.
    Broken(Option<Ticket>),
}

#[derive(Debug)]
pub struct Tasks<N> {
    post: mpsc::Sender<Msg<N>>,
    set: JoinSet<()>,
    /// Work whose messages still count, by serial number.
    wanted: BTreeMap<u64, (Ticket, AbortHandle)>,
    tickets: HashMap<Id, Ticket>,
    serial: u64,
}

impl<N: Send + 'static> Tasks<N> {
    pub fn new() -> (Self, mpsc::Receiver<Msg<N>>) {
        let (post, inbox) = mpsc::channel(INBOX);
        let tasks = Self {
            post,
            set: JoinSet::new(),
            wanted: BTreeMap::new(),
            tickets: HashMap::new(),
            serial: 0,
        };
        (tasks, inbox)
    }

    /// For messages from outside, such as the program's own log.
    pub fn post(&self) -> mpsc::Sender<Msg<N>> {
        self.post.clone()
    }

    /// Starts `work` for `place`, instead of work of the same name.
    pub fn start(&mut self, place: Place, work: Work<N>) {
        self.abort(place, work.name);
        self.serial += 1;
        let ticket = Ticket {
            place,
            name: work.name,
            kind: work.kind,
            serial: self.serial,
        };
        let post = self.post.clone();
        let mailbox = Mailbox(Arc::new(Direct {
            post: post.clone(),
            ticket,
        }));
        // The closure itself runs in the task as well, so that a panic in it is caught.
        let handle = self.set.spawn(async move {
            let news = (work.start)(mailbox).await;
            let _ = post.send(Msg::Answer(ticket, news)).await;
        });
        self.tickets.insert(handle.id(), ticket);
        self.wanted.insert(ticket.serial, (ticket, handle));
    }

    /// Starts work whose only result is a notice.
    pub fn start_notice(&mut self, work: impl Future<Output = Notice> + Send + 'static) {
        let post = self.post.clone();
        self.set.spawn(async move {
            let notice = work.await;
            let _ = post.send(Msg::Say(notice)).await;
        });
    }

    /// Drops the work of this name, unless it is vital.
    pub fn abort(&mut self, place: Place, name: WorkName) {
        self.wanted.retain(|_, (ticket, handle)| {
            let dropped = (ticket.place, ticket.name) == (place, name) && !ticket.is_vital();
            if dropped {
                handle.abort();
            }
            !dropped
        });
    }

    pub fn is_wanted(&self, ticket: Ticket) -> bool {
        self.wanted.contains_key(&ticket.serial)
    }

    /// Notes that the result of `ticket` was taken.
    pub fn answered(&mut self, ticket: Ticket) {
        self.wanted.remove(&ticket.serial);
    }

    /// Whether no task runs.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether no task runs but standing work.
    pub fn is_quiet(&self) -> bool {
        let tickets = self.tickets.values();
        let standing = tickets.filter(|ticket| ticket.kind == Kind::Standing);
        self.set.len() == standing.count()
    }

    pub async fn finish(&mut self) {
        let vital = |tasks: &Self| tasks.tickets.values().any(Ticket::is_vital);
        let ending = async {
            while vital(self) {
                self.ended().await;
            }
        };
        // Whoever is not done by now is left to itself, as on a power cut.
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, ending).await;
    }

    /// Waits for the end of some task. Must not be called while there is none.
    pub async fn ended(&mut self) -> Ended {
        match self.set.join_next_with_id().await {
            None => Ended::Well,
            Some(Ok((id, ()))) => {
                self.tickets.remove(&id);
                Ended::Well
            }
            Some(Err(error)) => {
                let ticket = self.tickets.remove(&error.id());
                if error.is_cancelled() {
                    return Ended::Well;
                }
                tracing::error!(%error, ?ticket, "a task of the screen panicked");
                Ended::Broken(ticket)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place::Tab(0);

    async fn heard<N: Send + 'static>(
        tasks: &mut Tasks<N>,
        inbox: &mut mpsc::Receiver<Msg<N>>,
    ) -> Vec<N> {
        let mut heard = Vec::new();
        while !tasks.is_empty() {
            tasks.ended().await;
        }
        while let Ok(message) = inbox.try_recv() {
            let (Msg::Progress(ticket, news) | Msg::Answer(ticket, news)) = message else {
                continue;
            };
            if tasks.is_wanted(ticket) {
                heard.push(news);
            }
        }
        heard
    }

    #[tokio::test]
    async fn vital_work_is_neither_replaced_nor_aborted_and_both_of_a_name_are_heard() {
        let (mut tasks, mut inbox) = Tasks::new();
        tasks.start(PLACE, Work::new("start", |_| async { 1 }).vital());
        tasks.start(PLACE, Work::new("start", |_| async { 2 }).vital());
        tasks.abort(PLACE, "start".into());
        tasks.start(PLACE, Work::new("start", |_| async { 3 }));
        tasks.start(PLACE, Work::new("start", |_| async { 4 }));
        let mut heard = heard(&mut tasks, &mut inbox).await;
        heard.sort_unstable();
        assert_eq!(heard, [1, 2, 4]);
    }

    #[tokio::test]
    async fn controllers_in_one_place_do_not_share_names() {
        let (mut tasks, mut inbox) = Tasks::new();
        for (number, owner) in ["", "script", "unlock"].into_iter().enumerate() {
            let name = WorkName {
                owner,
                task: "plan",
            };
            tasks.start(PLACE, Work::new(name, move |_| async move { number }));
        }
        tasks.abort(PLACE, "plan".into());
        let mut heard = heard(&mut tasks, &mut inbox).await;
        heard.sort_unstable();
        assert_eq!(heard, [1, 2]);
    }

    #[tokio::test]
    async fn work_whose_news_are_mapped_says_the_same_in_order() {
        let (mut tasks, mut inbox) = Tasks::new();
        let work = Work::new("count", |mailbox| async move {
            mailbox.progress(1).await;
            assert!(mailbox.try_progress(2));
            3
        });
        tasks.start(PLACE, work.map(|number: u8| number.to_string()));
        assert_eq!(heard(&mut tasks, &mut inbox).await, ["1", "2", "3"]);
    }
}
