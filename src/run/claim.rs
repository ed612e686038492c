//! Who may act on a resource: one run at a time, for as long as that run lives.
//!
//! `locks/<resource>.lock` names a run; the resource is that run's exactly as long as the run's
//! own lock is held. So a run needs to hand over one lock only, however many resources it has,
//! and nothing has to be cleaned up after a run that died.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Id, LOCK, Operator, Run, Runs, Sharing, VERSION, fs, lock, words};
use crate::error::{Context, Error, Failure, Result};
use crate::files;

/// The content of `locks/<resource>.lock`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LockInfo {
    /// The version of the file.
    pub(super) version: u32,
    /// Whose it is.
    pub(super) run: Id,
    /// Who started that run, for people who look into the file.
    pub(super) operator: Operator,
    /// Since when.
    pub(super) since: Timestamp,
}

impl LockInfo {
    /// The card of a run that is being made.
    pub(super) fn new(run: Id, operator: Operator, since: Timestamp) -> Self {
        Self {
            version: VERSION,
            run,
            operator,
            since,
        }
    }
}

/// What is to be had, and what is not.
#[derive(Debug)]
pub(super) struct Claims {
    /// Nobody has these.
    pub(super) free: Vec<String>,
    /// Others have these.
    pub(super) refused: BTreeMap<String, Failure>,
}

impl Claims {
    /// Why nothing at all is to be had: every holder once.
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

    /// Looks which of `wanted` are to be had; true as long as the gate is held.
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
            let error = match self.get(id) {
                Ok(run) => words::busy(&run),
                Err(cause) => words::busy_unread(resource, id, cause),
            };
            claims.refused.insert(resource.clone(), error.into());
        }
        Ok(claims)
    }

    /// Puts a run's card into the files of `resources`; the gate must be held.
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

    /// The run that a card names, while its worker lives, or what that had started. A card that
    /// cannot be read frees nothing: we cannot tell.
    fn owner(&self, resource: &str) -> Result<Option<Id>> {
        let path = self.info(resource)?;
        if !files::exists(&path).doing("look at", &path)? {
            return Ok(None);
        }
        let info: LockInfo = fs::read_json(&path)
            .map_err(|error| error.hint(format!("when nothing runs, remove {}", path.display())))?;
        let alive = lock::is_held(&self.file(info.run, LOCK))? || self.orphan(info.run)?.is_some();
        Ok(alive.then_some(info.run))
    }

    fn info(&self, resource: &str) -> Result<PathBuf> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if resource.is_empty() || !resource.chars().all(plain) {
            return Err(words::bad_resource(resource));
        }
        Ok(self.locks().join(format!("{resource}.lock")))
    }
}
