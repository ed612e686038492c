//! Makes the folder of a run: under a temporary name, locked, claimed, and only then in its place.
//!
//! So nobody ever sees half a folder, an unlocked one that will yet begin, or a claim of a run
//! that does not exist.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::claim::{Claims, LockInfo};
use super::lock::StartLock;
use super::{EVENTS, Id, LOCK, Launch, Manifest, Operator, PLAN, RESERVE, RUN, Runs, STDERR};
use super::{Sealed, Sharing, VERSION, fs as run_fs, words};
use crate::clock::Clock;
use crate::error::{Context, Result};
use crate::files;

/// What the names of folders in the making begin with.
pub(super) const NEW: &str = ".new-";
/// What the names of folders on their way out begin with.
pub(super) const OLD: &str = ".old-";
/// How long a starter tries for what others have: a run that has reported needs a moment to leave.
const RETRY: Duration = Duration::from_millis(200);
/// How often it tries.
const EVERY: Duration = Duration::from_millis(20);
/// The room kept for the report, in bytes.
const ROOM: u64 = 64 * 1024;

/// Everything a run's folder is made of.
pub(super) struct Draft {
    pub(super) engine: String,
    pub(super) target: String,
    pub(super) request: serde_json::Value,
    pub(super) operator: Operator,
    pub(super) plan_id: Uuid,
    pub(super) plan: Sealed<Box<RawValue>>,
    pub(super) wanted: BTreeSet<String>,
    pub(super) launch: Launch,
}

/// A run in its place, locked, with nobody in it yet. Dropped like that it leaves no trace.
pub(super) struct Built {
    pub(super) manifest: Manifest,
    /// Becomes the worker's stdin.
    pub(super) lock: Option<File>,
    /// Becomes the worker's stderr.
    pub(super) stderr: Option<File>,
    folder: PathBuf,
}

impl Built {
    /// From now on a worker lives in it.
    pub(super) fn hand_over(mut self) -> Manifest {
        self.folder = PathBuf::new();
        self.manifest.clone()
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            // A leftover is harmless: nobody holds its lock, and pruning clears it away.
            let _ = remove(&self.folder);
        }
    }
}

/// Takes a run's folder away in one step, then its content.
pub(super) fn remove(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut doomed = path.to_owned();
    if !name.starts_with('.') {
        doomed = path.with_file_name(format!("{OLD}{name}"));
        if files::exists(&doomed).doing("look at", &doomed)? {
            erase(&doomed)?;
        }
        fs::rename(path, &doomed).doing("remove", path)?;
    }
    erase(&doomed)
}

/// Whatever it is: somebody may have put a file or a link there.
fn erase(path: &Path) -> Result<()> {
    let erased = match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        _ => fs::remove_file(path),
    };
    erased.doing("remove", path)
}

/// Makes the folder of a run, unless others have all it wants.
pub(super) fn build(runs: &Runs, draft: &Draft) -> Result<Built> {
    let sharing = runs.sharing();
    sharing.make_folders(&runs.folder())?;
    sharing.make_folders(&runs.locks())?;
    let deadline = Instant::now() + RETRY;
    loop {
        let start_lock = StartLock::pass(&runs.locks(), sharing)?;
        let claims = runs.claims(&draft.wanted)?;
        if claims.refused.is_empty() || Instant::now() >= deadline {
            return match claims.all_refused() {
                Some(error) => Err(error),
                None => settle(runs, draft, claims, sharing),
            };
        }
        drop(start_lock);
        std::thread::sleep(EVERY);
    }
}

/// Makes the folder and puts it into its place; the gate must be held.
fn settle(runs: &Runs, draft: &Draft, claims: Claims, sharing: Sharing) -> Result<Built> {
    let id = Id::fresh();
    let manifest = Manifest {
        version: VERSION,
        id,
        engine: draft.engine.clone(),
        target: draft.target.clone(),
        request: draft.request.clone(),
        operator: draft.operator.clone(),
        created: Clock::System.now(),
        plan_id: draft.plan_id,
        plan_hash: draft.plan.hash.clone(),
        resources: claims.free,
        refused: claims.refused,
        selaras: env!("CARGO_PKG_VERSION").to_owned(),
        launch: draft.launch.clone(),
    };
    let folder = runs.folder().join(format!("{NEW}{id}"));
    sharing.make_folder(&folder)?;
    let mut built = Built {
        manifest,
        lock: None,
        stderr: None,
        folder,
    };
    fill(&mut built, draft, runs.state_dir(), sharing)?;
    let info = LockInfo::new(id, draft.operator.clone(), built.manifest.created);
    runs.claim(&built.manifest.resources, &info, sharing)?;
    let place = runs.path(id);
    fs::rename(&built.folder, &place).doing("create", &place)?;
    built.folder = place;
    run_fs::sync_parent(&built.folder)?;
    Ok(built)
}

fn fill(built: &mut Built, draft: &Draft, state_dir: &Path, sharing: Sharing) -> Result<()> {
    let path = built.folder.join(LOCK);
    let lock = sharing.make_file(&path)?;
    let locked = lock.try_lock().map_err(std::io::Error::from);
    locked.doing("lock", &path)?;
    built.lock = Some(lock);
    built.stderr = Some(sharing.make_file(&built.folder.join(STDERR))?);
    sharing.make_file(&built.folder.join(EVENTS))?;
    reserve(&built.folder, state_dir, sharing)?;
    sharing.write_json(&built.folder.join(PLAN), &draft.plan)?;
    sharing.write_json(&built.folder.join(RUN), &built.manifest)
}

/// Keeps room for the report. A disk too full for that is no place to begin a run.
fn reserve(folder: &Path, state_dir: &Path, sharing: Sharing) -> Result<()> {
    let file = sharing.make_file(&folder.join(RESERVE))?;
    match fallocate(&file, FallocateFlags::empty(), 0, ROOM) {
        Err(full @ (Errno::NOSPC | Errno::DQUOT)) => Err(words::no_room(state_dir, full)),
        // Not every file system can; then there is no reserve.
        _ => Ok(()),
    }
}
