//! A run is a folder: whatever acts is started, followed, stopped and remembered here.
//!
//! ```text
//!   face ── start ──▶ runs/<id>/ {run.json plan.json events.jsonl report.json lock …} ◀── worker
//!   face ◀── list, follow, stop ──┘      (locked through the kernel as long as the worker lives)
//! ```
//! The state of a run is derived from its folder and stored nowhere else: a report is there:
//! finished; the lock is held: running; neither: died. Knows no engine by name, and no face.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Context, Error, Result};
use crate::files::{self, Links};
use crate::text::scrub;

mod documents;
mod fs;
mod id;
mod journal;
mod list;
mod lock;
mod orphan;
mod process;
mod prune;
mod start;
mod stop;
pub mod worker;

pub use documents::{Ending, Launch, Manifest, Operator, ReportFile, Sealed};
pub use fs::Sharing;
pub use id::Id;
pub use journal::{Entry, Follower, Following};
pub use list::{Listed, Run, State};
pub use process::Process;
pub use prune::{KEPT_FOR_UNDO, Keep, Pruned, Pruning};
pub use start::{NewRun, Started, start};
pub use stop::{Stop, StopWait, Until, stop};

/// The version of every file in a run's folder; a higher one is not read.
pub const VERSION: u32 = 1;

const RUN: &str = "run.json";
const PLAN: &str = "plan.json";
const EVENTS: &str = "events.jsonl";
const OUTPUT: &str = "output.log";
const REPORT: &str = "report.json";
const LOCK: &str = "lock";
const STDERR: &str = "worker.err";
/// A little room on the disk, given back when the report is to be written and the disk is full.
const RESERVE: &str = "reserve";

/// How many runs an ambiguous id names.
const CANDIDATES: usize = 5;

/// The runs kept in one state folder. Reading them creates nothing.
#[derive(Clone, Debug)]
pub struct Runs {
    state_dir: PathBuf,
}

impl Runs {
    /// The runs below `state_dir`, which need not exist yet.
    pub fn at(state_dir: impl AsRef<Path>) -> Result<Self> {
        let state_dir = state_dir.as_ref();
        // The worker may have another working folder than the face.
        let state_dir = std::path::absolute(state_dir).doing("find", state_dir)?;
        Ok(Self { state_dir })
    }

    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Whose eyes the state folder is for.
    pub fn sharing(&self) -> Sharing {
        Sharing::of(&self.state_dir)
    }

    pub fn path(&self, id: Id) -> PathBuf {
        self.folder().join(id.to_string())
    }

    /// Where a script's raw output goes; to be read with [`Runs::open_output`].
    pub fn output(&self, id: Id) -> PathBuf {
        self.file(id, OUTPUT)
    }

    /// A script's raw output; `None` where there is none (yet).
    pub fn open_output(&self, id: Id) -> Result<Option<File>> {
        let path = self.output(id);
        match files::open(&path, Links::Refuse) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.doing("read", &path).map(Some),
        }
    }

    /// The one run whose id ends in `suffix`.
    pub fn find(&self, suffix: &str) -> Result<Id> {
        let asked = id::Suffix::parse(suffix)?;
        let fitting: Vec<Id> = (self.ids()?.into_iter())
            .filter(|id| asked.fits(*id))
            .collect();
        match fitting.as_slice() {
            [id] => Ok(*id),
            [] => Err(Error::usage(format!(
                "there is no run whose id ends in `{}`",
                scrub(suffix)
            ))
            .hint("`selaras runs list` shows the runs of this machine")),
            several => {
                let (suffix, count) = (scrub(suffix), several.len());
                let named: Vec<String> = (several.iter().take(CANDIDATES))
                    .map(|id| id.ending(12))
                    .collect();
                let more = if count > CANDIDATES { ", …" } else { "" };
                let named = named.join(", ");
                Err(
                    Error::usage(format!("`{suffix}` fits {count} runs: {named}{more}"))
                        .hint("give more digits of the id"),
                )
            }
        }
    }

    /// What was confirmed, as it was confirmed: a plan changed since then is refused.
    pub fn plan<P: DeserializeOwned>(&self, id: Id) -> Result<P> {
        let manifest: Manifest = fs::read_json(&self.file(id, RUN))?;
        let path = self.file(id, PLAN);
        let sealed: Sealed<serde_json::Value> = fs::read_json(&path)?;
        sealed.open(&manifest.plan_hash, &path)
    }

    /// How a run ended, with the engine's own report.
    pub fn report<R: DeserializeOwned>(&self, id: Id) -> Result<ReportFile<R>> {
        fs::read_json(&self.file(id, REPORT))
    }

    /// Whether the run is alive: neither reported nor dead.
    pub fn is_running(&self, id: Id) -> Result<bool> {
        let report = self.file(id, REPORT);
        if files::exists(&report).doing("look at", &report)? {
            return Ok(false);
        }
        fs::is_held(&self.file(id, LOCK))
    }

    pub fn folder(&self) -> PathBuf {
        self.state_dir.join("runs")
    }

    fn file(&self, id: Id, name: &str) -> PathBuf {
        self.path(id).join(name)
    }

    /// The ids of all run folders, newest first.
    pub fn ids(&self) -> Result<Vec<Id>> {
        let mut ids: Vec<Id> = (fs::names(&self.folder())?.iter())
            .filter_map(|name| Id::of_folder(name))
            .collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        Ok(ids)
    }
}
