//! What is known of a local script before it runs. Reads only, blocks its thread.

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
use super::{describe, interpreter};
use crate::clock::millis;
use crate::config::LocalScript;
use crate::error::{Error, Failure, Result};
use crate::files::{self, Links, trust};
use crate::text::scrub;

/// The widest permissions that need no warning.
const USUAL: u32 = 0o755;
/// Writable for the group or for all.
const WRITABLE: u32 = 0o022;
const CORRECT_PATH: &str = "correct SYNC_SCRIPT_PATH, or `path` in [script]";

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
        grace_ms: millis(settings.grace),
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
    let path = lock.path.display();
    let hint = match &lock.state {
        State::Absent => return None,
        State::Held { .. } => "wait for its end; `selaras script log -f` shows the log".to_owned(),
        State::Stale { .. } => format!("`selaras script unlock` removes {path}"),
        State::Unknown { .. } => format!(
            "`sudo fuser -v {path}` says more; `selaras script unlock` as root removes a stale one"
        ),
    };
    let said = format!(
        "the script's own lock is there: {}",
        describe::lock(lock, now)
    );
    Some(Error::busy(said).hint(hint).into())
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
        Err(error) => problems.push(not_there(path, error)),
        Ok(found) if !found.is_file() => problems
            .push(Error::local(format!("{} is no plain file", path.display())).hint(CORRECT_PATH)),
        Ok(_) if !script.readable => problems.push(
            Error::local(format!("the script {} cannot be read", path.display()))
                .hint("ask its owner for permission to read it"),
        ),
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
        Ok(distrust) => distrust.map(|distrust| {
            Error::config(format!(
                "root does not run {}, because others can change it: {}",
                path.display(),
                distrust.reasons.join("; ")
            ))
            .hint(format!(
                "look through it first, then: {}; or let its owner run selaras",
                distrust.mend.join(" && ")
            ))
        }),
        Err(error) => Some(not_there(path, &error)),
    }
}

fn not_there(path: &Path, cause: &io::Error) -> Error {
    Error::local(format!("the script {} cannot be found", path.display()))
        .because(io::Error::from(cause.kind()))
        .hint(CORRECT_PATH)
}

fn warnings(script: &LocalPlan, found: Option<&Metadata>) -> Vec<String> {
    let mut warnings = Vec::new();
    let path = script.path.display();
    if let Some(found) = found {
        let bits = &script.mode;
        if mode(found) & WRITABLE != 0 {
            warnings.push(format!(
                "{path} can be changed by others than its owner (mode {bits}): chmod 750"
            ));
        } else if mode(found) & !USUAL != 0 {
            warnings.push(format!("{path} has the mode {bits}, usual is 750 or 755"));
        }
        if found.uid() != 0 && found.uid() != geteuid().as_raw() {
            let owner = scrub(&script.owner);
            warnings.push(format!(
                "{path} belongs to {owner}, neither to root nor to you"
            ));
        }
    }
    if let Some(log) = &script.log {
        let path = log.path.display();
        if !log.readable {
            warnings.push(format!("the log file {path} cannot be read (yet)"));
        } else if log.world_readable {
            warnings.push(format!("everybody can read the log file {path}"));
        }
    }
    match &script.lock {
        None => {
            let runners = lock::runners(&script.path, None);
            if !runners.is_empty() {
                warnings.push(format!(
                    "no lock file is configured, and the script seems to run already: {}",
                    describe::who(&runners)
                ));
            }
        }
        Some(lock) if !lock.path.parent().is_some_and(Path::is_dir) => {
            warnings.push(format!(
                "the folder of the lock file {} is not there",
                lock.path.display()
            ));
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
