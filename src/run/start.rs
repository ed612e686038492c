//! Starts a run: its folder, its claims, its worker, and the first sign of life.
//!
//! The folder is made under a temporary name, locked, claimed for, and only then put in its place. So
//! nobody ever sees half a folder, an unlocked one that will yet begin, or a claim of a run that does
//! not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::process::{Child, Command};
use tokio::time::{Instant, interval};
use uuid::Uuid;

use super::lock::{Claims, LockInfo, StartLock};
use super::{EVENTS, Id, LOCK, Launch, Manifest, Operator, PLAN, RESERVE, RUN, Runs, STDERR};
use super::{Sealed, Sharing, VERSION, fs as run_files};
use crate::clock::Clock;
use crate::engine::Summary;
use crate::error::{Context, Error, Failure, Result};
use crate::files::{self, Links};
use crate::proc;
use crate::text::scrub;

/// What the names of folders in the making begin with.
pub(super) const NEW: &str = ".new-";
/// What the names of folders on their way out begin with.
pub(super) const OLD: &str = ".old-";
/// How long a starter tries for what others have: a run that has reported needs a moment to leave.
const RETRY: Duration = Duration::from_millis(200);
const EVERY: Duration = Duration::from_millis(20);
/// The room kept for the report, in bytes.
const ROOM: u64 = 64 * 1024;

/// How often a worker's first sign of life is looked for.
const PULSE: Duration = Duration::from_millis(10);
/// How long it is waited for. A worker that lives and says nothing is still a worker.
const FIRST_SIGN: Duration = Duration::from_secs(10);
/// How much of a fallen worker's last words is quoted, in bytes and in lines.
const LAST_WORDS: (u64, usize) = (4 * 1024, 5);

/// What is to be done, as it was confirmed.
#[derive(Clone, Debug)]
pub struct NewRun<'a, P> {
    pub engine: &'a str,
    pub request: serde_json::Value,
    pub plan: &'a P,
    pub operator: Operator,
    pub worker: Launch,
}

/// A run that no longer needs the process that started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub id: Id,
    /// The resources it could not get, and why.
    pub refused: BTreeMap<String, Failure>,
}

/// Starts a run and waits for its first sign of life.
///
/// When others have all it wants nothing was made, and the error ([`crate::error::Kind::Busy`])
/// names the run that has it.
pub async fn start<P>(runs: &Runs, new: NewRun<'_, P>) -> Result<Started>
where
    P: Summary + Serialize + Sync,
{
    let draft = draft(new)?;
    let place = runs.clone();
    let built = tokio::task::spawn_blocking(move || build(&place, &draft)).await;
    let mut built = built.map_err(|cause| Error::bug("a start panicked").because(cause))??;
    let mut child = launch(&mut built)?;
    let manifest = built.hand_over();
    let id = manifest.id;
    if let Some(status) = await_first_sign(runs, id, &mut child).await {
        let (short, folder) = (id.short(), runs.path(id));
        let said = last_words(&folder);
        return Err(Error::local(format!(
            "the worker of run {short} ended before it began ({status}): {said}"
        ))
        .hint(format!("see {}", folder.join(STDERR).display())));
    }
    Ok(Started {
        id,
        refused: manifest.refused,
    })
}

fn draft<P: Summary + Serialize>(new: NewRun<'_, P>) -> Result<Draft> {
    if new.plan.is_empty() {
        return Err(Error::bug("an empty plan makes no run"));
    }
    Ok(Draft {
        engine: new.engine.to_owned(),
        target: new.plan.target(),
        request: new.request,
        operator: new.operator,
        plan_id: new.plan.id(),
        plan: Sealed::seal(new.plan)?,
        wanted: new.plan.resources().into_iter().collect(),
        launch: new.worker,
    })
}

/// The lock passes to the worker here: when this returns, only the worker has it.
fn launch(built: &mut Built) -> Result<Child> {
    let launch = &built.manifest.launch;
    let pipe = |file: Option<File>| file.map_or_else(Stdio::null, Stdio::from);
    proc::default_for_children();
    // In our own process group: a group's leader could not leave the session.
    Command::new(&launch.exe)
        .args(&launch.args)
        .args(["work", &built.manifest.id.to_string()])
        .current_dir(&launch.cwd)
        .stdin(pipe(built.lock.take()))
        .stdout(Stdio::null())
        .stderr(pipe(built.stderr.take()))
        .spawn()
        .map_err(|cause| {
            let exe = launch.exe.display();
            Error::local(format!("cannot start the worker {exe}")).because(cause)
        })
}

/// Waits for the first line of the journal; the status of a worker that ended without a trace.
async fn await_first_sign(runs: &Runs, id: Id, child: &mut Child) -> Option<ExitStatus> {
    let mut journal = runs.follower(id, 0);
    let mut pulse = interval(PULSE);
    let deadline = Instant::now() + FIRST_SIGN;
    loop {
        let ended = child.try_wait().ok().flatten();
        if journal.next_batch().is_ok_and(|batch| !batch.is_empty()) {
            return None;
        }
        if let Some(status) = ended {
            let reported = runs.report::<serde::de::IgnoredAny>(id).is_ok();
            return (!reported).then_some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        pulse.tick().await;
    }
}

fn last_words(folder: &Path) -> String {
    let mut said = Vec::new();
    if let Ok(file) = files::open(&folder.join(STDERR), Links::Refuse) {
        // What cannot be read is not quoted.
        let _ = file.take(LAST_WORDS.0).read_to_end(&mut said);
    }
    let said = String::from_utf8_lossy(&said);
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines.take(LAST_WORDS.1).map(scrub).collect();
    if lines.is_empty() {
        return "it said nothing".to_owned();
    }
    lines.join("; ")
}

struct Draft {
    engine: String,
    target: String,
    request: serde_json::Value,
    operator: Operator,
    plan_id: Uuid,
    plan: Sealed<Box<RawValue>>,
    wanted: BTreeSet<String>,
    launch: Launch,
}

/// A run in its place, locked, with nobody in it yet. Dropped like that it leaves no trace.
struct Built {
    manifest: Manifest,
    /// Becomes the worker's stdin.
    lock: Option<File>,
    /// Becomes the worker's stderr.
    stderr: Option<File>,
    folder: PathBuf,
}

impl Built {
    /// From now on a worker lives in it.
    fn hand_over(mut self) -> Manifest {
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
fn build(runs: &Runs, draft: &Draft) -> Result<Built> {
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

/// Makes the folder and puts it into its place; the start lock must be held.
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
    run_files::sync_parent(&built.folder)?;
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
        Err(full @ (Errno::NOSPC | Errno::DQUOT)) => {
            Err(Error::local("there is no room for a run")
                .because(full)
                .hint(format!("make room on the disk of {}", state_dir.display())))
        }
        // Not every file system can; then there is no reserve.
        _ => Ok(()),
    }
}
