//! Processes as `/proc` shows them: who they are, what they run, which files they have open.
//!
//! Reads, and signals exactly the process that was read. A process that ends while it is looked at
//! is as good as none; one that may not be looked into says so, because "nobody has it open" is only true when everybody was asked.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::SigSet;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use crate::clock;
use crate::files::FileId;
use crate::text::excerpt;

/// The unit of start times in `/proc`: the kernel's `USER_HZ`, 100 on every Linux.
const TICKS_PER_SECOND: u64 = 100;
/// The flag of the kernel's own threads (`PF_KTHREAD`), which run no scripts.
const KERNEL_THREAD: u64 = 0x0020_0000;
/// How much of a command line is shown, in characters.
const SHOWN: usize = 80;
/// No handler can be set for these without `unsafe`, or at all. Every start of a child through the
/// standard library gives PIPE back by itself.
const UNTOUCHED: [Signal; 6] = [
    Signal::KILL,
    Signal::STOP,
    Signal::ILL,
    Signal::FPE,
    Signal::SEGV,
    Signal::PIPE,
];
/// What the kernel sends for touching a terminal from its background. A handler would make the
/// kernel send it again and again, so as long as we have a terminal these stay as they are.
const OF_A_TERMINAL: [Signal; 2] = [Signal::TTIN, Signal::TTOU];

/// One process, from `/proc/<pid>/stat` (see proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    /// Who started it, or who took it over when that one ended.
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    /// When it began, in clock ticks since boot.
    pub born: u64,
    state: char,
    flags: u64,
}

pub fn own() -> Option<Process> {
    process(std::process::id())
}

/// All processes that can be seen, without zombies and the kernel's own threads.
pub fn all() -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        found.extend(process(pid));
    }
    Ok(found)
}

/// The processes of a session, without zombies; the kernel gives the number of a session to nobody
/// else while anybody is in it.
pub fn session(leader: u32) -> Vec<Process> {
    let mut found = all().unwrap_or_default();
    found.retain(|process| process.session == leader);
    found
}

/// Sends a signal to a process group; false when there is nobody in it.
pub fn signal_group(group: u32, signal: Signal) -> Result<bool, Errno> {
    let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) else {
        return Ok(false);
    };
    match kill_process_group(group, signal) {
        Err(Errno::SRCH) => Ok(false),
        sent => sent.map(|()| true),
    }
}

/// One process, if it lives.
pub fn process(pid: u32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(pid, &stat).filter(Process::lives)
}

fn parse(pid: u32, stat: &[u8]) -> Option<Process> {
    // The second field is the name in brackets, and may hold blanks, brackets, anything.
    let name_ends = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(&stat[name_ends + 1..]);
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        pid,
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(number(1)?).ok()?,
        group: u32::try_from(number(2)?).ok()?,
        session: u32::try_from(number(3)?).ok()?,
        flags: number(6)?,
        born: number(19)?,
    })
}

impl Process {
    /// Whether it is the leader of its session.
    ///
    /// The session of a process in a container may have no number there: it is 0 then, and
    /// nobody's.
    pub fn leads_session(&self) -> bool {
        self.session == self.pid
    }

    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X') && self.flags & KERNEL_THREAD == 0
    }

    /// Sends it a signal; false when it is no longer there. Never to a later process with the same
    /// number: what is held on to before the last look is this one, or gone.
    pub fn signal(&self, signal: Signal) -> Result<bool, Errno> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(false);
        };
        let held = match pidfd_open(pid, PidfdFlags::empty()) {
            Err(Errno::SRCH) => return Ok(false),
            held => held?,
        };
        if process(self.pid).is_none_or(|now| now.born != self.born) {
            return Ok(false);
        }
        match pidfd_send_signal(held, signal) {
            Err(Errno::SRCH) => Ok(false),
            sent => sent.map(|()| true),
        }
    }

    /// The number of its user; `None` when it is gone.
    pub fn user(&self) -> Option<u32> {
        let found = fs::metadata(format!("/proc/{}", self.pid));
        found.ok().map(|found| found.uid())
    }

    /// When it began, to a second or so.
    pub fn began(&self) -> Option<Timestamp> {
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        let up = SignedDuration::try_from_secs_f64(uptime).ok()?;
        let ticks = i64::try_from(self.born).ok()?;
        let per_second = i64::try_from(TICKS_PER_SECOND).ok()?;
        let born = SignedDuration::from_millis(ticks * 1_000 / per_second);
        // What it is compared with was written by the kernel: the times of files.
        Some(clock::of_the_kernel() - (up - born))
    }

    pub fn command(&self) -> String {
        let arguments = self.arguments();
        let words: Vec<_> = arguments
            .iter()
            .map(|word| String::from_utf8_lossy(word))
            .collect();
        if words.is_empty() {
            let name = fs::read_to_string(format!("/proc/{}/comm", self.pid));
            return excerpt(name.unwrap_or_default().trim(), SHOWN);
        }
        excerpt(&words.join(" "), SHOWN)
    }

    /// Its command line, word by word; empty where it has none, or it cannot be read.
    pub fn arguments(&self) -> Vec<Vec<u8>> {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let line = line.strip_suffix(b"\0").unwrap_or(&line);
        if line.is_empty() {
            return Vec::new();
        }
        line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
    }

    /// What it runs, without its arguments, which may hold a password: for what is written down.
    /// Of a script its own name is told with that of its interpreter.
    pub fn name(&self) -> String {
        const INTERPRETERS: [&str; 9] = [
            "bash", "sh", "dash", "zsh", "ksh", "python3", "perl", "php", "node",
        ];
        let file = |word: &Vec<u8>| {
            let name = Path::new(OsStr::from_bytes(word)).file_name();
            name.map(|name| name.to_string_lossy().into_owned())
        };
        let arguments = self.arguments();
        let Some(program) = arguments.first().and_then(file) else {
            let name = fs::read_to_string(format!("/proc/{}/comm", self.pid));
            return excerpt(name.unwrap_or_default().trim(), SHOWN);
        };
        let script = arguments.get(1).filter(|word| !word.starts_with(b"-"));
        let script = script.and_then(file);
        let name = match script.filter(|_| INTERPRETERS.contains(&program.as_str())) {
            Some(script) => format!("{program} {script}"),
            None => program,
        };
        excerpt(&name, SHOWN)
    }

    /// Its working folder; `None` where it cannot be read.
    pub fn folder(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/cwd", self.pid)).ok()
    }

    /// What it has open; `None` when it may not be looked into.
    pub fn open_files(&self) -> Option<Vec<FileId>> {
        let entries = match fs::read_dir(format!("/proc/{}/fd", self.pid)) {
            Err(error) if is_gone(&error) => return Some(Vec::new()),
            entries => entries.ok()?,
        };
        let mut open = Vec::new();
        for entry in entries {
            // What was closed, or ended, between the two looks is not open.
            let Ok(entry) = entry else { continue };
            match fs::metadata(entry.path()) {
                Ok(found) => open.push(FileId::of(&found)),
                Err(error) if is_gone(&error) => {}
                Err(_) => return None,
            }
        }
        Some(open)
    }

    /// Whether it has `file` open, which is called `name` in its folder; false when it may not be
    /// looked into.
    pub fn has_open(&self, file: FileId, name: &OsStr) -> bool {
        let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", self.pid)) else {
            return false;
        };
        entries.flatten().any(|entry| {
            let path = entry.path();
            // By its name first: a look at a file of a dead network share never ends.
            let named = fs::read_link(&path).is_ok_and(|to| to.file_name() == Some(name));
            named && FileId::at(&path) == Some(file)
        })
    }

    /// Whether it has `file` open and locked, as `/proc/<pid>/fdinfo` has it.
    pub fn has_locked(&self, file: FileId) -> bool {
        let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", self.pid)) else {
            return false;
        };
        entries.flatten().any(|entry| {
            let number = entry.file_name();
            FileId::at(&entry.path()) == Some(file)
                && fs::read_to_string(Path::new(&format!("/proc/{}/fdinfo", self.pid)).join(number))
                    .is_ok_and(|info| info.lines().any(|line| line.starts_with("lock:")))
        })
    }
}

/// The processes that have locked `file` through the kernel, as `/proc/locks` names them. Whoever
/// took an `flock` may have ended: a child that inherited the file keeps it locked.
pub fn lockers(file: FileId) -> Vec<u32> {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let wanted = format!(
        "{:02x}:{:02x}:{}",
        rustix::fs::major(file.device),
        rustix::fs::minor(file.device),
        file.inode
    );
    let lines = locks.lines().map(|line| {
        // `1: -> FLOCK …` waits for a lock and has none.
        let fields: Vec<&str> = line.split_whitespace().collect();
        let pid = fields.get(4).and_then(|pid| pid.parse().ok());
        (fields.get(5) == Some(&wanted.as_str()))
            .then_some(pid)
            .flatten()
    });
    let mut pids: Vec<u32> = lines.flatten().collect();
    pids.dedup();
    pids
}

/// Whether the processes of all users can be seen at all (`hidepid` may hide them).
pub fn all_visible() -> bool {
    fs::read("/proc/1/cmdline").is_ok()
}

/// The last part of a path given as raw bytes.
pub fn file_name(word: &[u8]) -> &[u8] {
    Path::new(OsStr::from_bytes(word))
        .file_name()
        .map_or(word, |name| name.as_bytes())
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}

/// The name of the account this process runs as; cron and systemd set no `$USER`.
pub fn account() -> String {
    name_of(nix::unistd::Uid::current().as_raw())
}

/// The name of the account with this number, from whatever directory this machine asks.
pub fn name_of(uid: u32) -> String {
    match nix::unistd::User::from_uid(uid.into()) {
        Ok(Some(user)) => user.name,
        // An account that no directory knows, as in a container.
        Ok(None) | Err(_) => format!("uid {uid}"),
    }
}

/// Lets the children that this thread starts begin with every signal unblocked and at its default,
/// which every program expects.
///
/// `nohup`, many CI runners and `cmd &` in a script start their programs with signals ignored, and
/// some with signals blocked. Both are inherited by whatever those programs start: a script would
/// not end with its terminal, and a `trap` of it would be without effect, because a shell cannot
/// trap what was ignored when it began.
///
/// Signals that we ignore are still ignored, but by a handler: `exec` turns handled signals
/// back to their defaults and leaves ignored ones ignored.
pub fn default_for_children() {
    // It fails for a wrong argument only.
    let _ = SigSet::empty().thread_set_mask();
    let ignored = ignored();
    if ignored == 0 {
        return;
    }
    let nothing = Arc::new(AtomicBool::new(false));
    let terminal = fs::File::open("/dev/tty").is_ok();
    for number in 1..=64 {
        let is = |signals: &[Signal]| signals.iter().any(|signal| signal.as_raw() == number);
        if ignored & (1 << (number - 1)) == 0 || is(&UNTOUCHED) || (terminal && is(&OF_A_TERMINAL))
        {
            continue;
        }
        // Of the two or three signals that the C library keeps for itself it may say no.
        let _ = signal_hook::flag::register(number, Arc::clone(&nothing));
    }
}

/// The signals that this process ignores, a bit each, as proc(5) has them.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_brackets_and_blanks_is_no_obstacle() {
        let stat = b"7 (a) S 9 (b) S 1 7 5 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 0";
        let found = parse(7, stat).unwrap();
        assert_eq!((found.group, found.session, found.born), (7, 5, 4711));
        assert!(found.lives());
    }

    #[test]
    fn this_process_is_among_all_and_began_before_now() {
        let mine = std::process::id();
        let found = all().unwrap();
        let me = found.iter().find(|process| process.pid == mine).unwrap();
        assert!(me.began().unwrap() <= clock::of_the_kernel() + SignedDuration::from_secs(1));
        assert!(me.command().contains("selaras"), "{}", me.command());
        let here = std::env::current_dir().unwrap();
        assert_eq!(me.folder(), Some(here));
    }

    #[test]
    fn a_later_process_with_the_same_number_gets_no_signal() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let real = process(child.id()).unwrap();
        let later = Process {
            born: real.born + 1,
            ..real
        };
        assert_eq!(later.signal(Signal::KILL), Ok(false));
        assert!(child.try_wait().unwrap().is_none());
        assert_eq!(real.signal(Signal::KILL), Ok(true));
        child.wait().unwrap();
        assert_eq!(real.signal(Signal::KILL), Ok(false));
    }

    #[test]
    fn an_open_and_locked_file_is_found_at_its_holder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().lock().unwrap();
        let id = FileId::at(file.path()).unwrap();
        let me = process(std::process::id()).unwrap();
        assert!(me.open_files().unwrap().contains(&id));
        let name = file.path().file_name().unwrap();
        assert!(me.has_open(id, name) && !me.has_open(id, OsStr::new("other")));
        assert_eq!(lockers(id), [me.pid]);
        assert!(me.has_locked(id));
        file.as_file().unlock().unwrap();
        assert!(!me.has_locked(id));
    }
}
