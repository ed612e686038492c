//! Everything a script started: its session, and whoever else has its output.
//!
//! A script may give its jobs groups of their own (`set -m`); all of them are in its session. What
//! left the session (`setsid`) and still prints is found by the terminal it has open. What did
//! both, left and let go of the output, is nobody's business here.

use std::collections::BTreeSet;

use rustix::process::{Signal, geteuid};

use super::model::Left;
use super::tap::Terminal;
use crate::proc::{self, Process};
use crate::text::excerpt;

/// The session that a process began, and the terminal it prints on.
#[derive(Clone, Debug)]
pub struct Session {
    /// The number of the process that began it, and of its first group. The kernel gives it to
    /// nobody else while anybody is in either.
    pub leader: u32,
    /// Where its output goes.
    pub terminal: Terminal,
}

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
    /// Who is in it, and who has its output, zombies aside.
    pub fn find(&self) -> Found {
        let (me, user) = (std::process::id(), geteuid().as_raw());
        let mut found = Found::default();
        for process in proc::all().unwrap_or_default() {
            if process.session == self.leader {
                found.members.push(process);
            } else if process.pid != me && self.terminal.is_held_by(&process) {
                if process.user() == Some(user) {
                    found.outside.push(process);
                } else {
                    found.foreign.push(process);
                }
            }
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
        command: excerpt(&process.command(), 80),
        user: (process.user().filter(|user| *user != me)).map(crate::proc::name_of),
    });
    named.collect()
}
