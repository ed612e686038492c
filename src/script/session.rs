//! Everything a script started: its session, and other processes that have its output.
//!
//! A script may give its jobs groups of their own (`set -m`); all of them are in its session. What
//! left the session (`setsid`) and still prints is found by the terminal it has open. What did
//! both, left and closed the output, is ignored.
//!
//! A run lasts until no process has the output any more. Between the script's own end and that
//! moment, [`Waiting`] reports how the script ended and which processes still run: one item,
//! reported anew when that has changed.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use rustix::process::{Signal, geteuid};
use tokio::time::Instant;

use super::describe;
use super::model::Left;
use super::pty_reader::Terminal;
use crate::engine::{Event, Job};
use crate::proc::{self, Process};
use crate::text::duration;

/// The key of the item that tells how the script ended, and in its note which processes still run.
pub const SCRIPT_ITEM: &str = "the script";
/// A script whose output is closed within this time has left nothing behind.
const AT_ONCE: Duration = Duration::from_millis(300);
/// How often at most processes are looked for, and how often at most that is reported.
const EVERY: Duration = Duration::from_secs(1);
const SAID_EVERY: Duration = Duration::from_secs(5);
/// Of the time, a look takes at most one part in so many: there may be thousands of processes.
const SHARE: u32 = 20;
/// How many processes are put into the journal by pid and birth, so that they are known when the
/// run's worker is gone.
const KNOWN: usize = 64;

/// The session that a process began, and the terminal it prints on.
#[derive(Debug)]
pub struct Session {
    /// The pid of the process that began it, and of its first group. The kernel gives it to no
    /// other while a process is in either.
    pub leader: u32,
    pub terminal: Terminal,
    /// How often in a row no process was in it; see [`Session::find`].
    empty: AtomicU8,
}

/// A look through `/proc` may miss a process that is being made; so many in a row do not.
const IS_EMPTY: u8 = 2;

#[derive(Clone, Debug, Default)]
pub struct Found {
    pub members: Vec<Process>,
    /// Have the output and are in no session of the script.
    pub outside: Vec<Process>,
    /// Have the output and belong to another user: they are named, and left alone.
    pub foreign: Vec<Process>,
}

impl Session {
    pub fn new(leader: u32, terminal: Terminal) -> Self {
        Self {
            leader,
            terminal,
            empty: AtomicU8::new(0),
        }
    }

    /// Its processes, and those that have its output, zombies aside. An empty session never fills
    /// again, but its number may be given to another one: from then on it is not looked for.
    pub fn find(&self) -> Found {
        let (me, user) = (std::process::id(), geteuid().as_raw());
        let mut found = Found::default();
        let empty = self.empty.load(Ordering::Relaxed);
        let Ok(all) = proc::all() else {
            return found;
        };
        for process in all {
            if empty < IS_EMPTY && process.session == self.leader {
                found.members.push(process);
            } else if process.pid != me && self.terminal.is_held_by(&process) {
                if process.user() == Some(user) {
                    found.outside.push(process);
                } else {
                    found.foreign.push(process);
                }
            }
        }
        if empty < IS_EMPTY {
            let empty = if found.members.is_empty() {
                empty + 1
            } else {
                0
            };
            self.empty.store(empty, Ordering::Relaxed);
        }
        found
    }

    /// Those that have the output, of all that were found.
    pub fn holders(&self) -> Vec<Process> {
        let Found {
            mut members,
            outside,
            foreign,
        } = self.find();
        members.retain(|process| self.terminal.is_held_by(process));
        members.extend(outside);
        members.extend(foreign);
        members
    }
}

impl Found {
    /// Whether no process is left that could be ended.
    pub fn is_over(&self) -> bool {
        self.members.is_empty() && self.outside.is_empty()
    }

    /// All of them, for people.
    pub fn named(&self) -> Vec<Left> {
        let all = [&self.members, &self.outside, &self.foreign];
        named(all.into_iter().flatten())
    }

    /// Sends `signal` to every group of the session, and to each process outside of it.
    pub fn signal(&self, signal: Signal) {
        let groups: BTreeSet<u32> = self.members.iter().map(|member| member.group).collect();
        for group in groups {
            // One that may not be signalled is seen in the members that stay.
            let _ = proc::signal_group(group, signal);
        }
        for process in &self.outside {
            // As above. Its group may hold others who have nothing to do with the script.
            let _ = process.signal(signal);
        }
    }
}

/// Processes for people; the user of each that is not ours.
pub fn named<'a>(processes: impl IntoIterator<Item = &'a Process>) -> Vec<Left> {
    let me = geteuid().as_raw();
    let named = processes.into_iter().map(|process| Left {
        pid: process.pid,
        command: process.name(),
        user: (process.user().filter(|user| *user != me)).map(crate::proc::name_of),
    });
    named.collect()
}

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
            ended: ended_with(code, after),
            next_look: Instant::now() + AT_ONCE,
            said: None,
            known: HashSet::new(),
        }
    }

    /// Looks for processes when it is time for that, and reports them where they are new.
    pub fn look(&mut self, session: &Session, job: &Job) {
        let began = Instant::now();
        if began < self.next_look {
            return;
        }
        let holders = session.holders();
        let now = Instant::now();
        self.next_look = now + EVERY.max((now - began) * SHARE);
        let note = describe::still_running(&named(&holders));
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

/// How the script's own process ended, as what follows `the script`.
fn ended_with(code: Option<i32>, after: Duration) -> String {
    let after = match after.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => duration(after),
    };
    match code {
        Some(code) => format!("ended with {code} after {after}"),
        None => format!("ended after {after}"),
    }
}
