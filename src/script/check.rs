//! What is known of a script of this machine before it runs. Reads only, blocks its thread.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{Access, access};
use rustix::process::geteuid;
use sha2::{Digest as _, Sha256};

use super::lock::{self, LockFile, State};
use super::model::{Last, LocalPlan, LogFile, Plan, Request, Target};
use super::{interpreter, words};
use crate::config::LocalScript;
use crate::error::{Error, Failure, Result};
use crate::files::{self, Links, trust};

/// The widest permissions that need no warning.
const USUAL: u32 = 0o755;
/// Writable for the group, writable for everybody.
const WRITABLE: u32 = 0o022;

/// Looks at the script, its lock file and its log file.
pub fn look(settings: &LocalScript, request: Request, now: Timestamp) -> Result<Plan> {
    let path = std::path::absolute(&settings.path).unwrap_or_else(|_| settings.path.clone());
    let found = fs::metadata(&path);
    let lock = settings.lock_file.as_deref();
    let local = LocalPlan {
        exists: found.is_ok(),
        readable: files::open(&path, Links::Follow).is_ok(),
        executable: found.as_ref().is_ok_and(Metadata::is_file)
            && access(&path, Access::EXEC_OK).is_ok(),
        command: Vec::new(),
        grace_ms: u64::try_from(settings.grace.as_millis()).unwrap_or(u64::MAX),
        folder: path.parent().map_or_else(PathBuf::new, Path::to_owned),
        owner: found
            .as_ref()
            .map_or_else(|_| String::new(), |found| trust::user(found.uid())),
        mode: found
            .as_ref()
            .map_or_else(|_| String::new(), |found| format!("{:04o}", mode(found))),
        size: found.as_ref().map_or(0, Metadata::len),
        sha256: None,
        lock: lock.map(|lock| LockFile::look(lock, &path, None)),
        log: settings.log_file.as_deref().map(log),
        path,
    };
    let local = LocalPlan {
        command: command(&local),
        sha256: (local.readable).then(|| sha256(&local.path).ok()).flatten(),
        ..local
    };
    let problems = problems(&local, &found, now);
    let warnings = warnings(&local, found.as_ref().ok());
    let changed = changed(request.last.as_ref(), local.sha256.as_deref());
    Plan::of(
        Target::Local(Box::new(local)),
        problems,
        warnings,
        request.last,
        changed,
    )
}

/// The SHA-256 of a file's content in hexadecimal digits.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut files::open(path, Links::Follow)?, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

/// Why a script with this lock file may not be started; `None` where it may.
pub fn lock_problem(lock: &LockFile, now: Timestamp) -> Option<Failure> {
    let said = words::lock(lock, now);
    let hint = match &lock.state {
        State::Absent => return None,
        State::Held { .. } => words::hint_lock_held(),
        State::Stale { .. } => words::hint_lock_stale(&lock.path),
        State::Unknown { .. } => words::hint_lock_unknown(&lock.path),
    };
    Some(Error::busy(words::locked(&said)).hint(hint).into())
}

/// By itself where it can be, else with bash.
fn command(script: &LocalPlan) -> Vec<String> {
    let path = script.path.display().to_string();
    if script.executable && interpreter::shebang(&script.path).is_some() {
        vec![path]
    } else {
        vec!["bash".to_owned(), path]
    }
}

fn problems(script: &LocalPlan, found: &io::Result<Metadata>, now: Timestamp) -> Vec<Failure> {
    let mut problems = Vec::new();
    let path = &script.path;
    match found {
        Err(error) => problems.push(words::not_there(path, error)),
        Ok(found) if !found.is_file() => problems.push(words::no_file(path)),
        Ok(_) if !script.readable => problems.push(words::not_readable(path)),
        Ok(_) => problems.extend(danger(path)),
    }
    let mut problems: Vec<Failure> = problems.into_iter().map(Failure::from).collect();
    problems.extend(
        script
            .lock
            .as_ref()
            .and_then(|lock| lock_problem(lock, now)),
    );
    problems
}

/// Root runs no script that others can change; other users are warned.
pub fn danger(path: &Path) -> Option<Error> {
    if !geteuid().is_root() {
        return None;
    }
    match trust::examine_at(path) {
        Ok(distrust) => distrust.map(|distrust| words::dangerous(path, &distrust)),
        Err(error) => Some(words::not_there(path, &error)),
    }
}

fn warnings(script: &LocalPlan, found: Option<&Metadata>) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(found) = found {
        if mode(found) & WRITABLE != 0 {
            warnings.push(words::writable(&script.path, &script.mode));
        } else if mode(found) & !USUAL != 0 {
            warnings.push(words::wide(&script.path, &script.mode));
        }
        if found.uid() != 0 && found.uid() != geteuid().as_raw() {
            warnings.push(words::foreign(&script.path, &script.owner));
        }
    }
    match &script.log {
        Some(log) if !log.readable => warnings.push(words::no_log(&log.path)),
        Some(log) if log.world_readable => warnings.push(words::open_log(&log.path)),
        _ => {}
    }
    match &script.lock {
        None => {
            let runners = lock::runners(&script.path, None);
            warnings.extend((!runners.is_empty()).then(|| words::runs_already(&runners)));
        }
        Some(lock) if !lock.path.parent().is_some_and(Path::is_dir) => {
            warnings.push(words::no_place_for_lock(&lock.path));
        }
        Some(_) => {}
    }
    warnings
}

fn log(path: &Path) -> LogFile {
    let found = fs::metadata(path);
    LogFile {
        path: path.to_owned(),
        readable: files::open(path, Links::Follow).is_ok(),
        world_readable: found.is_ok_and(|found| mode(&found) & 0o004 != 0),
    }
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn changed(last: Option<&Last>, now: Option<&str>) -> Option<bool> {
    let before = last?.sha256.as_deref()?;
    Some(before != now?)
}
