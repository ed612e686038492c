//! Old runs make room: first looked for, then removed, never one that lives or may be undone.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::process::geteuid;

use super::lock::StartLock;
use super::start::{NEW, OLD, remove};
use super::{Id, Run, Runs, State, fs};
use crate::engine::Verdict;
use crate::error::{Error, Failure, Result};

/// How many applied runs of each resource are kept whatever their age: they can be undone.
pub const KEPT_FOR_UNDO: usize = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The newest this many.
    pub runs: usize,
    /// What was begun in the last this many days.
    pub days: u32,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Pruning {
    /// Runs, newest first.
    pub runs: Vec<Run>,
    /// What starters and removers that died left behind.
    pub leftovers: Vec<PathBuf>,
}

#[derive(Debug, Default)]
pub struct Pruned {
    pub removed: Vec<Id>,
    pub failed: Vec<(PathBuf, Failure)>,
}

impl Runs {
    /// Looks for what is neither among the newest, nor young enough, nor kept for undo. What
    /// cannot be read is left alone.
    pub fn prunable(&self, keep: Keep, now: Timestamp) -> Result<Pruning> {
        let oldest = now.as_second() - i64::from(keep.days) * 86_400;
        let mut applied: BTreeMap<String, usize> = BTreeMap::new();
        let mut old = Vec::new();
        for (place, run) in self.readable()?.into_iter().enumerate() {
            let outdated = place >= keep.runs || run.manifest.created.as_second() < oldest;
            let wanted = is_kept_for_undo(&run, &mut applied);
            let acts = run.state == State::Running || run.orphan.is_some();
            if outdated && !wanted && !acts {
                old.push(run);
            }
        }
        Ok(Pruning {
            runs: old,
            leftovers: self.leftovers()?,
        })
    }

    /// Removes what [`Runs::prunable`] found; continues where something cannot be removed.
    pub fn prune(&self, pruning: Pruning) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        for run in pruning.runs {
            match remove(&self.path(run.id())) {
                Ok(()) => pruned.removed.push(run.id()),
                // Somebody else prunes as well.
                Err(_) if self.path(run.id()).symlink_metadata().is_err() => {}
                Err(error) => pruned.fail(self.path(run.id()), error),
            }
        }
        if pruning.leftovers.is_empty() {
            return Ok(pruned);
        }
        // Nobody makes a folder while we are at the gate: what is here now has lost its maker.
        self.sharing().make_folders(&self.locks())?;
        let _gate = StartLock::pass(&self.locks(), self.sharing())?;
        for path in self.leftovers()? {
            match remove(&path) {
                Err(error) if is_ours(&path) => pruned.fail(path, error),
                // Gone, or its owner's to remove: nobody else would ever be done with it.
                _ => {}
            }
        }
        Ok(pruned)
    }

    fn leftovers(&self) -> Result<Vec<PathBuf>> {
        let mut names = fs::names(&self.folder())?;
        names.retain(|name| name.starts_with(NEW) || name.starts_with(OLD));
        Ok(names.iter().map(|name| self.folder().join(name)).collect())
    }
}

fn is_ours(path: &Path) -> bool {
    let us = geteuid();
    (path.symlink_metadata()).is_ok_and(|found| us.is_root() || found.uid() == us.as_raw())
}

impl Pruned {
    fn fail(&mut self, path: PathBuf, error: Error) {
        self.failed.push((path, error.into()));
    }
}

/// Counts an applied run for each of its resources; runs come newest first.
fn is_kept_for_undo(run: &Run, applied: &mut BTreeMap<String, usize>) -> bool {
    let State::Finished(ending) = &run.state else {
        return false;
    };
    // A stopped one may have written some of its locations.
    if !matches!(
        ending.verdict,
        Verdict::Clean | Verdict::Partial | Verdict::Stopped
    ) {
        return false;
    }
    let mut kept = false;
    for resource in &run.manifest.resources {
        let count = applied.entry(resource.clone()).or_default();
        *count += 1;
        kept |= *count <= KEPT_FOR_UNDO;
    }
    kept
}
