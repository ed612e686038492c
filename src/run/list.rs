//! What runs there are and how they stand; whatever lies in the folder, the list never fails for it.

use std::io::ErrorKind;

use jiff::Timestamp;
use rustix::io::Errno;
use serde::de::DeserializeOwned;

use super::{Ending, Id, LOCK, Manifest, Process, REPORT, RUN, Runs, STDERR, fs};
use crate::engine::Event;
use crate::error::{Context, Error, Failure, Kind, Result};
use crate::files;
use crate::text::{local_time, scrub};

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub manifest: Manifest,
    pub state: State,
    /// The process that does it, once it has said so.
    pub worker: Option<Process>,
    pub started: Option<Timestamp>,
    /// For one that died: what its worker had started and still runs.
    pub orphan: Option<Process>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Finished(Ending),
    /// Its worker is gone, and there is no report.
    Died,
}

impl State {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished(ending) => ending.verdict.word(),
            Self::Died => "died",
        }
    }
}

impl Run {
    /// Why a process of it could not be signalled.
    pub(super) fn cannot_signal(&self, process: Process, cause: Errno) -> Error {
        let (short, pid) = (self.id().short(), process.pid);
        let error = Error::local(format!("cannot stop run {short} (pid {pid})")).because(cause);
        match cause {
            Errno::PERM => error.hint(format!(
                "it was started by {}; they can, and root",
                self.manifest.operator
            )),
            _ => error,
        }
    }

    pub fn id(&self) -> Id {
        self.manifest.id
    }

    /// When it ended, where that is known.
    pub fn ended(&self) -> Option<Timestamp> {
        match &self.state {
            State::Finished(ending) => Some(ending.ended),
            State::Running | State::Died => None,
        }
    }

    /// How it ended, or why nobody knows; empty while it runs.
    pub fn sentence(&self) -> String {
        match (&self.state, self.failure()) {
            (State::Finished(ending), _) => ending.sentence.clone(),
            (State::Died, Some(failure)) => failure.message,
            (State::Running | State::Died, _) => String::new(),
        }
    }

    /// An error for those who want its resources: which run, whose, since when, its process.
    pub fn busy(&self) -> Error {
        let manifest = &self.manifest;
        let short = manifest.id.short();
        let (what, whose) = (
            format!("{} {}", manifest.engine, scrub(&manifest.target)),
            format!(
                "run {short}, started by {} at {}",
                manifest.operator,
                local_time(manifest.created)
            ),
        );
        if let Some(orphan) = self.orphan {
            return Error::busy(format!(
                "{what} still runs, without its worker: {whose}, {}",
                without_worker(orphan.pid)
            ))
            .hint(format!("`selaras runs stop {short}` ends it"));
        }
        let process = match &self.worker {
            Some(worker) => format!("pid {}", worker.pid),
            None => "just starting".to_owned(),
        };
        Error::busy(format!("{what} is already running: {whose}, {process}")).hint(format!(
            "`selaras runs follow {short}` shows it, `selaras runs stop {short}` stops it"
        ))
    }

    /// Why it is not clean, once it has ended.
    pub fn failure(&self) -> Option<Failure> {
        match &self.state {
            State::Running => None,
            State::Finished(ending) => ending.error.clone(),
            State::Died => Some(self.died().into()),
        }
    }

    fn died(&self) -> Error {
        let short = self.id().short();
        match self.orphan {
            Some(orphan) => Error::local(format!(
                "the worker of run {short} was killed; {}",
                without_worker(orphan.pid)
            ))
            .hint(format!("`selaras runs stop {short}` ends it")),
            None => Error::local(format!("run {short} died before it could report")).hint(format!(
                "`selaras runs follow {short}` shows how far it came; {STDERR} in its folder may \
                 say why"
            )),
        }
    }

    /// The exit code of a command that follows it; `None` while it runs.
    pub fn exit(&self) -> Option<u8> {
        match &self.state {
            State::Running => None,
            State::Finished(ending) => Some(ending.exit),
            State::Died => Some(Kind::Local.exit()),
        }
    }
}

/// What is known of a process that outlived its worker.
fn without_worker(pid: u32) -> String {
    format!(
        "what it had started still runs (pid {pid}): its output from then on is lost, and it may fail \
         at its next line"
    )
}

pub(super) fn gone(id: Id) -> Error {
    Error::usage(format!("run {} is no longer there", id.short()))
        .hint("`selaras runs list` shows the runs of this machine")
}

fn not_a_run() -> Error {
    Error::local("not the folder of a run")
}

#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    Run(Box<Run>),
    /// Something that is no run, or not one of ours.
    Unreadable {
        name: String,
        why: Failure,
    },
}

impl Runs {
    pub fn get(&self, id: Id) -> Result<Run> {
        let path = self.path(id);
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(not_a_run()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(gone(id)),
            Err(error) => return Err(error).doing("look at", &path),
        }
        let manifest: Manifest = fs::read_json(&self.file(id, RUN))?;
        if manifest.id != id {
            return Err(not_a_run());
        }
        let state = self.state(id)?;
        let (worker, started) = self.beginning(id)?.unzip();
        let orphan = match state {
            State::Died => self.orphan(id)?,
            State::Running | State::Finished(_) => None,
        };
        Ok(Run {
            manifest,
            state,
            worker,
            started,
            orphan,
        })
    }

    /// All runs, newest first, then what is none.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let mut names = fs::names(&self.folder())?;
        // Hidden ones are being made, or being removed.
        names.retain(|name| !name.starts_with('.'));
        names.sort_unstable_by(|one, other| other.cmp(one));
        let (ours, foreign): (Vec<_>, Vec<_>) =
            (names.into_iter()).partition(|name| Id::of_folder(name).is_some());
        let rows = (ours.into_iter().chain(foreign)).filter_map(|name| self.row(name));
        Ok(rows.collect())
    }

    pub fn readable(&self) -> Result<Vec<Run>> {
        let runs = (self.list()?.into_iter()).filter_map(|row| match row {
            Listed::Run(run) => Some(*run),
            Listed::Unreadable { .. } => None,
        });
        Ok(runs.collect())
    }

    fn row(&self, name: String) -> Option<Listed> {
        let Some(id) = Id::of_folder(&name) else {
            let why = not_a_run().into();
            return Some(Listed::Unreadable { name, why });
        };
        match self.get(id) {
            Ok(run) => Some(Listed::Run(Box::new(run))),
            // Pruned while we looked.
            Err(_) if files::exists(&self.path(id)).is_ok_and(|there| !there) => None,
            Err(error) => Some(Listed::Unreadable {
                name,
                why: error.into(),
            }),
        }
    }

    fn state(&self, id: Id) -> Result<State> {
        if let Some(ending) = self.ending(id)? {
            return Ok(State::Finished(ending));
        }
        if fs::is_held(&self.file(id, LOCK))? {
            return Ok(State::Running);
        }
        // It may have reported and left between the two looks.
        Ok(match self.ending(id)? {
            Some(ending) => State::Finished(ending),
            None => State::Died,
        })
    }

    pub(super) fn ending(&self, id: Id) -> Result<Option<Ending>> {
        let report = self.file(id, REPORT);
        if files::exists(&report).doing("look at", &report)? {
            fs::read_json(&report).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Who works, and since when: the first line of the journal.
    fn beginning(&self, id: Id) -> Result<Option<(Process, Timestamp)>> {
        Ok(self.first_entry(id)?.and_then(|entry| match entry.event {
            Event::Started { pid, born } => Some((Process { pid, born }, entry.at)),
            _ => None,
        }))
    }

    /// What `read` makes of plan, report and end of the newest run of `engine` of which it makes
    /// anything: engines know no runs, so a face looks here for what an earlier one sent. Runs that
    /// still run, died or cannot be read are passed over.
    pub fn newest<P, R, T>(
        &self,
        engine: &str,
        mut read: impl FnMut(P, R, Timestamp) -> Option<T>,
    ) -> Result<Option<T>>
    where
        P: DeserializeOwned,
        R: DeserializeOwned,
    {
        for id in self.ids()? {
            let run = self.get(id).ok();
            let Some(run) = run.filter(|run| run.manifest.engine == engine) else {
                continue;
            };
            let State::Finished(ending) = run.state else {
                continue;
            };
            let report = self.report(id).ok().and_then(|file| file.report);
            if let (Some(report), Ok(plan)) = (report, self.plan(id))
                && let Some(made) = read(plan, report, ending.ended)
            {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }
}
