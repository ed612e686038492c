//! What a worker that was killed has left running: found, and ended.
//!
//! ```text
//!   journal: child, pid and birth ──▶ its session in /proc ──▶ TERM ─ grace ─ KILL ──▶ nobody left
//! ```
//! It cannot be taken over: its output led to the worker. But it still acts, so the run keeps its
//! resources until it has ended.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Signal;
use serde_json::Value;
use tokio::time::{Instant, interval};

use super::{EVENTS, Id, Process, Run, Runs};
use crate::engine::Event;
use crate::error::{Context as _, Error, Result};
use crate::proc;

/// Between TERM and KILL, where the plan names no `grace_ms`.
const GRACE: Duration = Duration::from_secs(10);
/// How long killed processes may take to go.
const KILL_WAIT: Duration = Duration::from_secs(5);
const PULSE: Duration = Duration::from_millis(50);
/// Exists from the first stop on: a second stop finds it and insists.
const STOPPING: &str = "stopping";

impl Runs {
    /// What the worker of a run that died has left running: a process that it had started and
    /// noted in its journal, and is still there.
    pub(super) fn orphan(&self, id: Id) -> Result<Option<Process>> {
        if self.is_running(id)? || self.ending(id)?.is_some() {
            return Ok(None);
        }
        let mut journal = self.follower(id, 0);
        // A worker notes what it starts before anything else happens there.
        let Some(first) = children(&journal.next_batch()?).into_iter().next() else {
            return Ok(None);
        };
        let owner = self.journal_owner(id)?;
        if let Some(now) = proc::process(first.pid) {
            let is_it = first.born == Some(now.born) && now.leads_session();
            return Ok((is_it && now.user() == Some(owner)).then_some(first));
        }
        // It has ended itself. Its session has kept the number for as long as anybody noted later
        // is in it; without such a witness it may be the session of a later namesake.
        let mut members = proc::session(first.pid);
        members.retain(|member| member.user() == Some(owner));
        if members.is_empty() {
            return Ok(None);
        }
        let mut journal = self.follower(id, 0);
        loop {
            let batch = journal.next_batch()?;
            if batch.is_empty() {
                return Ok(None);
            }
            let is_member = |child: &Process| {
                let same = |member: &proc::Process| {
                    member.pid == child.pid && Some(member.born) == child.born
                };
                members.iter().any(same)
            };
            if let Some(witness) = children(&batch).into_iter().find(is_member) {
                return Ok(Some(witness));
            }
        }
    }

    /// Whose processes a journal can name: those of the user who wrote it. Where several users
    /// share a state folder, a forged journal must not turn our signals on others.
    fn journal_owner(&self, id: Id) -> Result<u32> {
        let path = self.file(id, EVENTS);
        let found = fs::symlink_metadata(&path).doing("look at", &path)?;
        Ok(found.uid())
    }
}

fn children(batch: &[super::Entry]) -> Vec<Process> {
    let children = batch.iter().filter_map(|entry| match entry.event {
        Event::Child { pid, born } => Some(Process { pid, born }),
        _ => None,
    });
    children.collect()
}

/// Ends what the worker of a run that died has left running. Waits for the end: there is no worker
/// any more that would count down. Asked while somebody else waits, it kills at once.
pub(super) async fn end(runs: &Runs, run: &Run, orphan: Process) -> Result<()> {
    let id = run.id();
    let now = proc::process(orphan.pid).filter(|now| Some(now.born) == orphan.born);
    let Some(session) = now.map(|now| now.session).filter(|session| *session != 0) else {
        return Ok(());
    };
    // As root we could signal others, too; they must not be ended from here.
    let owner = runs.journal_owner(id)?;
    let insists = !mark(runs, id)?;
    let began = Instant::now();
    let grace = if insists {
        Duration::ZERO
    } else {
        grace(runs, id)
    };
    let mut termed = insists;
    let mut pulse = interval(PULSE);
    loop {
        pulse.tick().await;
        let mut members = proc::session(session);
        members.retain(|member| member.user() == Some(owner));
        if members.is_empty() {
            return Ok(());
        }
        let passed = began.elapsed();
        let signal = match (termed, passed >= grace) {
            (_, true) => Signal::KILL,
            (false, false) => Signal::TERM,
            (true, false) => continue,
        };
        termed = true;
        let sent = signal_groups(&members, signal);
        if let Err(cause) = sent {
            return Err(run.cannot_signal(orphan, cause));
        }
        if passed >= grace + KILL_WAIT {
            let (short, pid) = (id.short(), orphan.pid);
            return Err(Error::local(format!(
                "what run {short} had started (pid {pid}) got KILL and is still there"
            ))
            .hint("a process that hangs in the kernel goes when that lets it"));
        }
    }
}

/// Says that a stop was begun; false when somebody had said it before.
fn mark(runs: &Runs, id: Id) -> Result<bool> {
    let path = runs.file(id, STOPPING);
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).doing("create", &path),
    }
}

/// How long the plan lets what it starts clean up.
fn grace(runs: &Runs, id: Id) -> Duration {
    let plan: Option<Value> = runs.plan(id).ok();
    let named = plan.and_then(|plan| plan.get("grace_ms")?.as_u64());
    named.map_or(GRACE, Duration::from_millis)
}

fn signal_groups(members: &[proc::Process], signal: Signal) -> Result<(), Errno> {
    let groups: BTreeSet<u32> = members.iter().map(|member| member.group).collect();
    let mut refused = None;
    for group in groups {
        // One that may not be signalled is told after all the others were.
        refused = proc::signal_group(group, signal).err().or(refused);
    }
    refused.map_or(Ok(()), Err)
}
