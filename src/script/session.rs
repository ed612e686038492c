//! Everything a script started: its session, and whoever else has its output.
//!
//! A script may give its jobs groups of their own (`set -m`); all of them are in its session. What
//! left the session (`setsid`) and still prints is found by the terminal it has open. What did
//! both, left and let go of the output, is nobody's business here.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::process::{Signal, geteuid};

use super::model::Left;
use super::pty_reader::Terminal;
use crate::proc::{self, Process};

/// The session that a process began, and the terminal it prints on.
#[derive(Debug)]
pub struct Session {
    /// The number of the process that began it, and of its first group. The kernel gives it to
    /// nobody else while anybody is in either.
    pub leader: u32,
    /// Where its output goes.
    pub terminal: Terminal,
    /// How often in a row nobody was in it; see [`Session::find`].
    empty: AtomicU8,
}

/// A look through `/proc` may miss a process that is being made; so many in a row do not.
const IS_EMPTY: u8 = 2;

/// Who was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Those in the session.
    pub members: Vec<Process>,
    /// Those who have the output and are in no session of the script.
    pub outside: Vec<Process>,
    /// Those who have the output and belong to another user: they are named, and left alone.
    pub foreign: Vec<Process>,
}

impl Session {
    /// The session that `leader` began.
    pub fn new(leader: u32, terminal: Terminal) -> Self {
        Self {
            leader,
            terminal,
            empty: AtomicU8::new(0),
        }
    }

    /// Who is in it, and who has its output, zombies aside. A session without anybody never fills
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

    /// Who has the output, of all that was found.
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
    /// Whether nobody is left who could be ended.
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
