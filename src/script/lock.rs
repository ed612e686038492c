//! The script's own lock file: absent, held, stale, or unknown.
//!
//! ```text
//!   a pid written in it · a process that has it locked or open · a process running the script
//!     └ one of these: held    none, and all processes were checked: stale    else: unknown
//! ```
//! Only looks; a lock is never tried, because a try would be in the script's way.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};

use super::interpreter::Script;
use crate::files::{self, FileId, Links};
use crate::proc::{self, Process};
use crate::text::{count, excerpt};

/// How much of a lock file is read for a pid, in bytes.
const HEAD: u64 = 256;
/// By how much the clocks of files and processes may differ.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFile {
    pub path: PathBuf,
    #[serde(flatten)]
    pub state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    Absent,
    /// `since` is when it was last written, here and below; the evidence is never empty.
    Held {
        since: Option<Timestamp>,
        evidence: Vec<Evidence>,
    },
    /// It was left behind: every process was checked, and none has it.
    Stale {
        since: Option<Timestamp>,
    },
    /// No process is known to have it, and not all could be checked.
    Unknown {
        since: Option<Timestamp>,
        why: String,
    },
}

/// A process that speaks for a lock being held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub pid: u32,
    pub how: How,
    /// Its command line, for people.
    pub command: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Its pid is written in the file.
    Written,
    /// It has locked the file through the kernel.
    Locked,
    Open,
    /// It runs the script.
    Runs,
}

impl LockFile {
    pub fn is_there(&self) -> bool {
        self.state != State::Absent
    }

    /// Looks at the lock file of `script`, without the processes of `except`'s session.
    pub fn look(path: &Path, script: &Path, except: Option<u32>) -> Self {
        let path = path.to_owned();
        // Looked at again at the end: a lock taken while we looked for holders is another lock.
        let state = loop {
            let Ok(before) = fs::symlink_metadata(&path) else {
                break State::Absent;
            };
            let state = judge(&path, &before, script, except);
            match fs::symlink_metadata(&path) {
                Ok(after) if same(&before, &after) => break state,
                _ => {}
            }
        };
        Self { path, state }
    }
}

/// Who has the lock file, or runs the script where there is none, without the processes of
/// `except`'s session.
pub fn holders(lock: Option<&Path>, script: &Path, except: Option<u32>) -> Vec<Evidence> {
    let Some(lock) = lock else {
        return runners(script, except);
    };
    match LockFile::look(lock, script, except).state {
        State::Held { evidence, .. } => evidence,
        State::Absent | State::Stale { .. } | State::Unknown { .. } => Vec::new(),
    }
}

/// Who runs `script` now, without the processes of `except`'s session.
pub fn runners(script: &Path, except: Option<u32>) -> Vec<Evidence> {
    let known = Script::of(script);
    let processes = proc::all().unwrap_or_default();
    let others = (processes.iter()).filter(|process| Some(process.session) != except);
    others
        .filter(|process| known.is_run_by(process, process.open_files().as_deref()))
        .map(|process| evidence_of(process, How::Runs))
        .collect()
}

/// Whether a file is the same, written at the same time.
pub fn same(one: &Metadata, other: &Metadata) -> bool {
    let stamp = |found: &Metadata| (FileId::of(found), found.mtime(), found.mtime_nsec());
    stamp(one) == stamp(other)
}

fn judge(path: &Path, found: &Metadata, script: &Path, except: Option<u32>) -> State {
    let since = found.modified().ok().and_then(|at| at.try_into().ok());
    let asked = match proc::all() {
        Ok(all) => ask(path, found, script, &all, except),
        Err(error) => Asked::none(format!("the processes cannot be read ({error})")),
    };
    if !asked.evidence.is_empty() {
        let evidence = asked.evidence;
        return State::Held { since, evidence };
    }
    match asked.gap {
        Some(why) => State::Unknown { since, why },
        None => State::Stale { since },
    }
}

struct Asked {
    evidence: Vec<Evidence>,
    /// Why a process may have been missed.
    gap: Option<String>,
}

impl Asked {
    fn none(why: String) -> Self {
        let evidence = Vec::new();
        let gap = Some(why);
        Self { evidence, gap }
    }
}

fn ask(
    path: &Path,
    found: &Metadata,
    script: &Path,
    all: &[Process],
    except: Option<u32>,
) -> Asked {
    let lock = FileId::of(found);
    let written = written_pid(path, found);
    let lockers = proc::lockers(lock);
    let known = Script::of(script);
    let mut evidence = Vec::new();
    let mut unread = 0_u64;
    for process in all {
        if Some(process.session) == except || process.pid == std::process::id() {
            continue;
        }
        let open = process.open_files();
        let how = if lockers.contains(&process.pid) {
            Some(How::Locked)
        } else if written == Some(process.pid) && wrote_before(process, found) {
            Some(How::Written)
        } else if known.is_run_by(process, open.as_deref()) {
            Some(How::Runs)
        } else if open.as_ref().is_some_and(|open| open.contains(&lock)) {
            // A locker of another container has no number here.
            let locked = process.has_locked(lock);
            Some(if locked { How::Locked } else { How::Open })
        } else {
            None
        };
        unread += u64::from(open.is_none());
        evidence.extend(how.map(|how| evidence_of(process, how)));
    }
    // The process that took the lock may have ended; what it started keeps it.
    let gone = lockers.iter().filter(|pid| proc::process(**pid).is_none());
    evidence.extend(gone.map(|pid| Evidence {
        pid: *pid,
        how: How::Locked,
        command: "it has ended; what it started keeps the lock".to_owned(),
    }));
    // What refuses even root (an init that protects itself) is no matter of users: that it runs no
    // script and has nothing locked can be seen all the same.
    let asked_all = unread == 0 || geteuid().is_root();
    let gap = if proc::all_visible() {
        (!asked_all).then(|| {
            format!(
                "the open files of {} of other users cannot be read; root can",
                processes(unread)
            )
        })
    } else {
        Some("the processes of other users are hidden; root can see them".to_owned())
    };
    Asked { evidence, gap }
}

fn evidence_of(process: &Process, how: How) -> Evidence {
    Evidence {
        pid: process.pid,
        how,
        command: excerpt(&process.command(), 80),
    }
}

/// The first number in the first bytes of a plain file.
fn written_pid(path: &Path, found: &Metadata) -> Option<u32> {
    if !found.is_file() {
        return None;
    }
    let mut head = Vec::new();
    files::open(path, Links::Refuse)
        .ok()?
        .take(HEAD)
        .read_to_end(&mut head)
        .ok()?;
    let text = String::from_utf8_lossy(&head);
    text.split(|character: char| !character.is_ascii_digit())
        .find(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

/// A process that began after the file was last written is a later namesake of who wrote it.
fn wrote_before(process: &Process, found: &Metadata) -> bool {
    let written: Option<Timestamp> = found.modified().ok().and_then(|at| at.try_into().ok());
    match (process.began(), written) {
        (Some(began), Some(written)) => began <= written + SLACK,
        _ => true,
    }
}

/// `1 process`, `2 processes`.
pub(super) fn processes(number: u64) -> String {
    match number {
        1 => "1 process".to_owned(),
        _ => format!("{} processes", count(number)),
    }
}
