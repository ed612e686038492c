//! A script's own session: everything it started that did not leave it, and signals to all of it.
//!
//! A script may give its jobs groups of their own (`set -m`); all of them are in its session.

use std::collections::BTreeSet;

use rustix::process::{Pid, Signal, kill_process_group};

use super::model::Left;
use crate::proc::{self, Process};
use crate::text::excerpt;

/// The session that a process began.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// The number of the process that began it, and of its first group. The kernel gives it to
    /// nobody else while anybody is in either.
    pub leader: u32,
}

impl Session {
    /// Who is in it, zombies aside.
    pub fn members(self) -> Vec<Process> {
        let all = proc::all().unwrap_or_default();
        let mine = |process: &Process| process.session == self.leader;
        all.into_iter().filter(mine).collect()
    }

    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self.members().is_empty()
    }

    /// Who is in it, for people.
    pub fn named(self) -> Vec<Left> {
        let members = self.members().into_iter();
        members
            .map(|process| Left {
                pid: process.pid,
                command: excerpt(&process.command(), 80),
            })
            .collect()
    }

    /// Sends `signal` to every group in it.
    pub fn signal(self, signal: Signal) {
        let groups: BTreeSet<u32> = self.members().iter().map(|member| member.group).collect();
        for group in groups {
            if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
                // A group that is gone needs no signal; one that may not be signalled is seen in
                // the members that stay.
                let _ = kill_process_group(group, signal);
            }
        }
    }
}
