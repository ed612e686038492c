//! A process, told from a later one with the same number by when it began.

use std::path::Path;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::Id;
use crate::files::FileId;
use crate::proc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    /// When it began, in clock ticks since boot; `None` where that was not to be found out.
    pub born: Option<u64>,
}

/// What a process that a journal names has to do with the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Worker,
    /// It has ended; a later one may have its number.
    Gone,
    Stranger,
    /// It belongs to another user, and may not be looked into.
    Hidden,
}

impl Process {
    /// The process that has this number now.
    pub(super) fn now(pid: u32) -> Self {
        Self {
            pid,
            born: born(pid),
        }
    }

    /// Whether it is the worker of the run `id` whose lock is at `lock`: its command line names
    /// the run, and it holds the lock. A journal can be forged, these cannot.
    pub(super) fn part(self, id: Id, lock: &Path) -> Part {
        let Some(found) = self.found() else {
            return Part::Gone;
        };
        let id = id.to_string();
        let arguments = found.arguments();
        let named =
            (arguments.windows(2)).any(|words| words == [b"work".as_slice(), id.as_bytes()]);
        if !named {
            return Part::Stranger;
        }
        match (found.open_files(), FileId::real(lock)) {
            (None, _) => Part::Hidden,
            (Some(_), Some(lock)) if found.has_locked(lock) => Part::Worker,
            _ if self.found().is_none() => Part::Gone,
            _ => Part::Stranger,
        }
    }

    /// Whether it was started by `parent` and leads a group of its own.
    pub(super) fn leads_for(self, parent: Self) -> bool {
        self.found()
            .is_some_and(|found| found.parent == parent.pid && found.group == found.pid)
    }

    fn found(self) -> Option<proc::Process> {
        let born = self.born?;
        proc::process(self.pid).filter(|found| found.born == born)
    }

    pub(super) fn signal(self, signal: Signal) -> Result<bool, Errno> {
        self.send(|pid| kill_process(pid, signal))
    }

    /// Sends a signal to the group it leads; false when it is no longer there.
    pub(super) fn signal_group(self, signal: Signal) -> Result<bool, Errno> {
        self.send(|pid| kill_process_group(pid, signal))
    }

    fn send(self, send: impl FnOnce(Pid) -> Result<(), Errno>) -> Result<bool, Errno> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(false);
        };
        if self.found().is_none() {
            return Ok(false);
        }
        match send(pid) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn born(pid: u32) -> Option<u64> {
    proc::process(pid).map(|found| found.born)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_process_with_the_same_number_is_never_signalled() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let real = Process::now(child.id());
        let born = real.born.unwrap();
        for other in [Some(born + 1), None] {
            let impostor = Process {
                pid: real.pid,
                born: other,
            };
            assert_eq!(impostor.signal(Signal::KILL), Ok(false));
        }
        assert!(child.try_wait().unwrap().is_none());
        assert_eq!(real.signal(Signal::KILL), Ok(true));
        child.wait().unwrap();
        assert_eq!(real.signal(Signal::KILL), Ok(false));
    }
}
