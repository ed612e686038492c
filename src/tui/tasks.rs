//! What takes time, done beside the screen: effects go in, messages come back, in one queue.
//!
//! A piece of work has a name within its place; starting it again replaces the one before, and
//! what the replaced one still has to say is dropped. A panic in it is caught and told. This file
//! does not know what any work is about.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::Command;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinSet};

use super::notices::Notice;
use super::widget::confirm::Confirm;

/// How many messages may wait; who has more to say waits too.
const INBOX: usize = 1_024;
/// How long a leaving screen waits for vital work.
const LONGEST_GOODBYE: Duration = Duration::from_secs(12);

/// A place of the screen that has keys and work of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The tab of this index.
    Tab(usize),
    /// The runs overlay.
    Runs,
}

/// What a tab asks for.
#[derive(Debug)]
pub enum Effect<N> {
    /// Do this beside the screen.
    Work(Work<N>),
    /// Drop the work of this name; only for work that writes nothing.
    Abort(&'static str),
    /// Ask before doing; a yes comes back as the action the question carries.
    Ask(Confirm),
    /// Tell the person.
    Say(Notice),
    /// Copy this to the clipboard of the person's machine.
    Copy(String),
    /// Give the terminal to this program until it ends.
    Lend(Command),
    /// Ring the bell, where that is wanted.
    Bell,
    /// Show this place.
    Show(Place),
    /// Hand these news on to another place, as if its own work had brought them.
    Tell(Place, N),
}

type Running<N> = Pin<Box<dyn Future<Output = N> + Send>>;
type Start<N> = Box<dyn FnOnce(Mailbox<N>) -> Running<N> + Send>;

/// A piece of work; its last word is the news it returns.
pub struct Work<N> {
    name: &'static str,
    kind: Kind,
    start: Start<N>,
}

/// What the loop owes to a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Somebody waits for its answer.
    Ordinary,
    /// It goes on as long as the screen, and nobody waits for it.
    Standing,
    /// It must not be left in the middle, not even when the screen ends.
    Vital,
}

impl<N> Work<N> {
    /// Work of this name; it is given a mailbox for what it has to say on the way.
    pub fn new<F, W>(name: &'static str, start: F) -> Self
    where
        F: FnOnce(Mailbox<N>) -> W + Send + 'static,
        W: Future<Output = N> + Send + 'static,
    {
        Self {
            name,
            kind: Kind::Ordinary,
            start: Box::new(move |mailbox| Box::pin(start(mailbox))),
        }
    }

    /// The same as standing work, which goes on as long as the screen: while there is no other,
    /// the screen is idle.
    #[must_use]
    pub fn standing(mut self) -> Self {
        self.kind = Kind::Standing;
        self
    }

    /// The same as vital work, which a leaving screen waits for. It must be short.
    #[must_use]
    pub fn vital(mut self) -> Self {
        self.kind = Kind::Vital;
        self
    }
}

impl<N> fmt::Debug for Work<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Work({})", self.name)
    }
}

/// Which piece of work says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Where it was asked for.
    pub place: Place,
    /// Its name there.
    pub name: &'static str,
    serial: u64,
}

/// What comes back to the loop.
#[derive(Debug)]
pub enum Msg<N> {
    /// Something on the way; drawn a few times a second at most.
    Progress(Ticket, N),
    /// The last word of a piece of work; drawn at once.
    Answer(Ticket, N),
    /// A word from the program itself.
    Say(Notice),
}

/// Where a piece of work says what happens on the way.
#[derive(Debug)]
pub struct Mailbox<N> {
    post: mpsc::Sender<Msg<N>>,
    ticket: Ticket,
}

impl<N> Clone for Mailbox<N> {
    fn clone(&self) -> Self {
        Self {
            post: self.post.clone(),
            ticket: self.ticket,
        }
    }
}

impl<N> Mailbox<N> {
    /// Says something on the way, waiting while too much is unread. When the screen is gone, it
    /// falls on deaf ears.
    pub async fn progress(&self, news: N) {
        let _ = self.post.send(Msg::Progress(self.ticket, news)).await;
    }

    /// Says something on the way if there is room for it, from code that cannot wait.
    pub fn try_progress(&self, news: N) -> bool {
        self.post.try_send(Msg::Progress(self.ticket, news)).is_ok()
    }
}

/// What the loop must do about the end of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing; its answer is in the inbox, or nobody wants it any more.
    Well,
    /// It broke; it will never answer.
    Broken(Option<Ticket>),
}

/// The work that goes on.
#[derive(Debug)]
pub struct Tasks<N> {
    post: mpsc::Sender<Msg<N>>,
    set: JoinSet<()>,
    current: HashMap<(Place, &'static str), (u64, AbortHandle)>,
    tickets: HashMap<Id, (Ticket, Kind)>,
    serial: u64,
}

impl<N: Send + 'static> Tasks<N> {
    /// No work yet, and the inbox its messages will come to.
    pub fn new() -> (Self, mpsc::Receiver<Msg<N>>) {
        let (post, inbox) = mpsc::channel(INBOX);
        let tasks = Self {
            post,
            set: JoinSet::new(),
            current: HashMap::new(),
            tickets: HashMap::new(),
            serial: 0,
        };
        (tasks, inbox)
    }

    /// A way to say something from outside, such as for the program's own log.
    pub fn post(&self) -> mpsc::Sender<Msg<N>> {
        self.post.clone()
    }

    /// Starts `work` for `place`, in the stead of work of the same name.
    pub fn start(&mut self, place: Place, work: Work<N>) {
        self.abort(place, work.name);
        self.serial += 1;
        let ticket = Ticket {
            place,
            name: work.name,
            serial: self.serial,
        };
        let post = self.post.clone();
        let mailbox = Mailbox {
            post: post.clone(),
            ticket,
        };
        // The closure itself runs in the task as well, so that a panic in it is caught.
        let handle = self.set.spawn(async move {
            let news = (work.start)(mailbox).await;
            let _ = post.send(Msg::Answer(ticket, news)).await;
        });
        self.tickets.insert(handle.id(), (ticket, work.kind));
        self.current
            .insert((place, work.name), (ticket.serial, handle));
    }

    /// Starts something whose only result is a word to the person.
    pub fn errand(&mut self, errand: impl Future<Output = Notice> + Send + 'static) {
        let post = self.post.clone();
        self.set.spawn(async move {
            let notice = errand.await;
            let _ = post.send(Msg::Say(notice)).await;
        });
    }

    /// Drops the work of this name.
    pub fn abort(&mut self, place: Place, name: &'static str) {
        if let Some((_, handle)) = self.current.remove(&(place, name)) {
            handle.abort();
        }
    }

    /// Whether what comes with `ticket` is still wanted.
    pub fn is_wanted(&self, ticket: Ticket) -> bool {
        self.current
            .get(&(ticket.place, ticket.name))
            .is_some_and(|(serial, _)| *serial == ticket.serial)
    }

    /// Notes that the last word of `ticket` was heard.
    pub fn answered(&mut self, ticket: Ticket) {
        if self.is_wanted(ticket) {
            self.current.remove(&(ticket.place, ticket.name));
        }
    }

    /// Whether nothing goes on at all.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether nothing goes on that somebody waits for.
    pub fn is_quiet(&self) -> bool {
        let standing = self
            .tickets
            .values()
            .filter(|(_, kind)| *kind == Kind::Standing);
        self.set.len() == standing.count()
    }

    /// Waits for vital work, but not for ever.
    pub async fn finish(&mut self) {
        let vital = |tasks: &Self| tasks.tickets.values().any(|(_, kind)| *kind == Kind::Vital);
        let ending = async {
            while vital(self) {
                self.ended().await;
            }
        };
        // Whoever is not done by now is left to itself, as on a power cut.
        let _ = tokio::time::timeout(LONGEST_GOODBYE, ending).await;
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
                let ticket = self.tickets.remove(&error.id()).map(|(ticket, _)| ticket);
                if error.is_cancelled() {
                    return Ended::Well;
                }
                tracing::error!(%error, ?ticket, "a task of the screen panicked");
                Ended::Broken(ticket)
            }
        }
    }
}
