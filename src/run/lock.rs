//! Who lives, who may start, who may act on a resource: all of it through kernel locks.
//!
//! A run lives exactly as long as its `lock` file is held. `locks/<resource>.lock` names a run; the
//! resource is that run's exactly as long as that run lives. So a run hands over one lock only,
//! however many resources it has, and nothing has to be cleaned up after a run that died. Starters
//! take turns through `locks/.gate`; observers only try for a shared lock on the files of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Id, LOCK, Operator, Run, Runs, Sharing, VERSION, fs};
use crate::error::{Context, Error, Failure, Result};
use crate::files::{self};
use crate::text::scrub;

/// How long a starter waits for its turn; a turn takes milliseconds.
const TURN: Duration = Duration::from_secs(5);
const EVERY: Duration = Duration::from_millis(5);

/// The right to make, claim for, or clear away the folders of runs; given back when dropped.
#[derive(Debug)]
pub(super) struct StartLock(#[expect(dead_code, reason = "it holds the lock")] File);

impl StartLock {
    pub(super) fn pass(locks: &Path, sharing: Sharing) -> Result<Self> {
        let path = locks.join(".gate");
        if !files::exists(&path).doing("look at", &path)? {
            // Whoever makes it first; if nobody could, opening it says why.
            let _ = sharing.make_file(&path);
        }
        let file = files::append(&path).doing("open", &path)?;
        let deadline = Instant::now() + TURN;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error).doing("lock", &path),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    let hint = format!("`fuser -v {}` names the process", path.display());
                    return Err(Error::busy(
                        "another selaras is starting a run, and has not finished within 5 s",
                    )
                    .hint(hint));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(EVERY),
            }
        }
    }
}

/// The content of `locks/<resource>.lock`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LockInfo {
    pub(super) version: u32,
    pub(super) run: Id,
    /// Who started that run, for people who look into the file.
    pub(super) operator: Operator,
    pub(super) since: Timestamp,
}

impl LockInfo {
    pub(super) fn new(run: Id, operator: Operator, since: Timestamp) -> Self {
        Self {
            version: VERSION,
            run,
            operator,
            since,
        }
    }
}

/// Which resources are free, and which are not.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) free: Vec<String>,
    pub(super) refused: BTreeMap<String, Failure>,
}

impl Claims {
    /// Why nothing at all is free: every holder once.
    pub(super) fn all_refused(&self) -> Option<Error> {
        if !self.free.is_empty() {
            return None;
        }
        let reasons: BTreeSet<&str> = self.refused.values().map(|all| &*all.message).collect();
        let hint = self.refused.values().find_map(|one| one.hint.clone())?;
        let reasons: Vec<&str> = reasons.into_iter().collect();
        Some(Error::busy(reasons.join("; ")).hint(hint))
    }
}

impl Runs {
    /// The run that has `resource` now. What it says may be over when it is read.
    pub fn holder(&self, resource: &str) -> Result<Option<Run>> {
        match self.owner(resource)? {
            Some(id) => self.get(id).map(Some),
            None => Ok(None),
        }
    }

    /// Finds out which of `wanted` are free; true as long as the start lock is held.
    pub(super) fn claims(&self, wanted: &BTreeSet<String>) -> Result<Claims> {
        let mut claims = Claims {
            free: Vec::new(),
            refused: BTreeMap::new(),
        };
        for resource in wanted {
            let Some(id) = self.owner(resource)? else {
                claims.free.push(resource.clone());
                continue;
            };
            let short = id.short();
            let error = match self.get(id) {
                Ok(run) => run.busy(),
                Err(cause) => Error::busy(format!("{resource} is already in use by run {short}"))
                    .because(cause)
                    .hint(format!("`selaras runs show {short}` says more")),
            };
            claims.refused.insert(resource.clone(), error.into());
        }
        Ok(claims)
    }

    /// Writes `info` into the files of `resources`; the start lock must be held.
    pub(super) fn claim(
        &self,
        resources: &[String],
        info: &LockInfo,
        sharing: Sharing,
    ) -> Result<()> {
        for resource in resources {
            sharing.write_json(&self.info(resource)?, info)?;
        }
        Ok(())
    }

    pub(super) fn locks(&self) -> PathBuf {
        self.state_dir.join("locks")
    }

    /// The run that a lock file names, while its worker lives, or what that had started. A file that
    /// cannot be read frees nothing: we cannot tell.
    fn owner(&self, resource: &str) -> Result<Option<Id>> {
        let path = self.info(resource)?;
        if !files::exists(&path).doing("look at", &path)? {
            return Ok(None);
        }
        let info: LockInfo = fs::read_json(&path)
            .map_err(|error| error.hint(format!("when nothing runs, remove {}", path.display())))?;
        let alive = fs::is_held(&self.file(info.run, LOCK))? || self.orphan(info.run)?.is_some();
        Ok(alive.then_some(info.run))
    }

    fn info(&self, resource: &str) -> Result<PathBuf> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if resource.is_empty() || !resource.chars().all(plain) {
            let resource = scrub(resource);
            return Err(Error::bug(format!("`{resource}` cannot name a resource")));
        }
        Ok(self.locks().join(format!("{resource}.lock")))
    }
}
