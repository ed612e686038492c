//! The time between a script's own end and that of what it left in the background.
//!
//! A run lasts until nobody has the output any more. Meanwhile it says how the script ended, and
//! who goes on: one item, said anew when that has changed.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::session::{Session, named};
use super::words;
use crate::engine::{Event, Job};
use crate::proc::Process;

/// The key of the item that tells how the script ended, and in its note who goes on.
pub const SCRIPT_ITEM: &str = "the script";
/// A script whose output is let go of within this time has left nothing behind.
const AT_ONCE: Duration = Duration::from_millis(300);
/// How often at most it is looked who goes on, and how often at most that is said.
const EVERY: Duration = Duration::from_secs(1);
const SAID_EVERY: Duration = Duration::from_secs(5);
/// Of the time, a look takes at most one part in so many: there may be thousands of processes.
const SHARE: u32 = 20;
/// How many processes are put into the journal by number and birth, so that the run's worker is
/// not the only one who knows them.
const KNOWN: usize = 64;

/// Waits for what a script left in the background.
#[derive(Debug)]
pub struct Waiting {
    /// How the script ended, in words.
    ended: String,
    next_look: Instant,
    said: Option<(Instant, String)>,
    known: HashSet<(u32, u64)>,
}

impl Waiting {
    /// From the end of the script's own process on, which came `after` its start.
    pub fn new(code: Option<i32>, after: Duration) -> Self {
        Self {
            ended: words::ended_with(code, after),
            next_look: Instant::now() + AT_ONCE,
            said: None,
            known: HashSet::new(),
        }
    }

    /// Looks who goes on, when it is time for that, and says so where it is new.
    pub fn look(&mut self, session: &Session, job: &Job) {
        let began = Instant::now();
        if began < self.next_look {
            return;
        }
        let holders = session.holders();
        let now = Instant::now();
        self.next_look = now + EVERY.max((now - began) * SHARE);
        let note = words::go_on(&named(&holders));
        let is_news = match &self.said {
            None => true,
            Some((at, said)) => *said != note && now - *at >= SAID_EVERY,
        };
        if !is_news {
            return;
        }
        self.remember(&holders, job);
        job.say(Event::Item {
            key: SCRIPT_ITEM.to_owned(),
            state: self.ended.clone(),
            note: note.clone(),
        });
        self.said = Some((now, note));
    }

    fn remember(&mut self, holders: &[Process], job: &Job) {
        for process in holders {
            if self.known.len() < KNOWN && self.known.insert((process.pid, process.born)) {
                let born = Some(process.born);
                let pid = process.pid;
                job.say(Event::Child { pid, born });
            }
        }
    }
}
