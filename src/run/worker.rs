//! The process that does a run: away from its terminal, under the run's lock, to a report.
//!
//! ```text
//!   detach (setsid, the lock) ──▶ perform (journal, signals, engine.apply) ──▶ report.json
//! ```
//! Neither a lost terminal nor a full disk nor a panic keeps a report from being tried.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock, fstat};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::setsid;
use rustix::stdio::{dup2_stdin, stdin};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::journal::Journal;
use super::{EVENTS, Id, LOCK, Manifest, OUTPUT, Process, REPORT, RESERVE, RUN, STDERR};
use super::{ReportFile, Runs, Sharing, fs};
use crate::engine::{Engine, Event, Job, Outcome, RunIdentity};
use crate::error::{Context, Error, Result};
use crate::files;
use crate::proc;
use crate::text::scrub;

/// A run in the hands of its worker: this process.
pub struct Work {
    runs: Runs,
    id: Id,
    manifest: Manifest,
    sharing: Sharing,
    journal: Arc<Mutex<Journal>>,
    /// Dropped last: with it the run's resources are free.
    _lock: File,
}

/// Takes a run over. The process's first act: from here on no terminal can end it, and its stdin
/// is `/dev/null`.
pub fn detach(runs: &Runs, id: Id) -> Result<Work> {
    leave_session()?;
    let lock = take_lock(runs, id)?;
    let manifest: Manifest = fs::read_json(&runs.file(id, RUN))?;
    let path = runs.file(id, EVENTS);
    let events = files::append(&path).doing("open", &path)?;
    // A lock can be taken by hand for a run that died; what it did cannot be done twice.
    let length = events.metadata().doing("look at", &path)?.len();
    if length > 0 || !runs.is_running(id)? {
        let began = Error::stale(format!("run {} was begun before", id.short()));
        return Err(began.hint("plan and confirm again"));
    }
    Ok(Work {
        sharing: runs.sharing(),
        runs: runs.clone(),
        id,
        manifest,
        journal: Arc::new(Mutex::new(Journal::new(events))),
        _lock: lock,
    })
}

impl Work {
    /// What the run is: its engine, its request.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn make_output(&self) -> Result<File> {
        self.sharing.make_file(&self.runs.file(self.id, OUTPUT))
    }

    /// Lets the engine do what was confirmed, and reports. Returns the run's exit code.
    pub async fn perform<E: Engine>(self, engine: E) -> u8 {
        let outcome = self.apply(engine).await;
        self.conclude(outcome)
    }

    /// Reports that there is no engine to do it. Returns the run's exit code.
    pub fn give_up<E: Engine>(self, error: Error) -> u8 {
        self.announce();
        self.conclude::<E::Report>(Err(error))
    }

    async fn apply<E: Engine>(&self, engine: E) -> Result<E::Report> {
        // Before the first line: its readers may signal us.
        let mut signals = Signals::install()?;
        self.announce();
        if self.manifest.engine != E::NAME {
            let (found, asked) = (&self.manifest.engine, E::NAME);
            return Err(Error::bug(format!(
                "a plan of {found} was given to {asked}"
            )));
        }
        let plan: E::Plan = self.runs.plan(self.id)?;
        let (cancel, insist) = (CancellationToken::new(), CancellationToken::new());
        let job = self.job(cancel.clone(), insist.clone());
        let ear = job.clone();
        // A task of its own, so that a panic ends it alone and a busy engine does not deafen us.
        let mut task = tokio::spawn(async move { engine.apply(plan, &job).await });
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut task => break ended,
                () = signals.next() => {}
            }
            if cancel.is_cancelled() {
                insist.cancel();
            } else {
                ear.say(Event::Stopping);
                cancel.cancel();
            }
        };
        ear.flush();
        ended.unwrap_or_else(|panic| {
            let stderr = self.runs.file(self.id, STDERR);
            let (engine, message) = (E::NAME, scrub(&message_of(panic)));
            Err(Error::bug(format!("{engine} panicked: {message}"))
                .hint(format!("please report it, with {}", stderr.display())))
        })
    }

    fn job(&self, cancel: CancellationToken, insist: CancellationToken) -> Job {
        let journal = Arc::clone(&self.journal);
        let sink = move |event| {
            let event = match event {
                Event::Child { pid, born: None } => Event::Child {
                    pid,
                    born: Process::now(pid).born,
                },
                event => event,
            };
            open(&journal).say(event);
        };
        let identity = RunIdentity {
            run: self.id.uuid(),
            operator: self.manifest.operator.to_string(),
            refused: self.manifest.refused.clone(),
        };
        Job::for_run(sink, cancel, insist, identity)
    }

    fn announce(&self) {
        let Process { pid, born } = Process::now(std::process::id());
        open(&self.journal).say(Event::Started { pid, born });
    }

    /// Writes the report; the run has ended when it is there.
    fn conclude<R: Outcome + Serialize>(self, outcome: Result<R>) -> u8 {
        let trouble = {
            let mut journal = open(&self.journal);
            journal.sync();
            journal.trouble()
        };
        if let Some(trouble) = trouble {
            tell(&trouble);
        }
        let mut report = ReportFile::of(outcome);
        let exit = report.ending.exit;
        let path = self.runs.file(self.id, REPORT);
        let Err(first) = self.sharing.write_json(&path, &report) else {
            self.drop_reserve();
            return exit;
        };
        tell(&first.chain());
        self.drop_reserve();
        if self.sharing.write_json(&path, &report).is_ok() {
            return exit;
        }
        // Better the verdict alone than nothing.
        report.report = None;
        if let Err(last) = self.sharing.write_json(&path, &report) {
            tell(&last.chain());
            tell(&report.ending.sentence);
        }
        exit
    }

    fn drop_reserve(&self) {
        // Where there was none, or it cannot be removed, nothing is lost.
        let _ = std::fs::remove_file(self.runs.file(self.id, RESERVE));
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Taken so that a hang-up does nothing. A handler and not `SIG_IGN`, because a script would
    /// inherit that.
    _hang_up: Signal,
}

impl Signals {
    fn install() -> Result<Self> {
        let install = |kind| {
            signal(kind).map_err(|cause| Error::local("cannot handle signals").because(cause))
        };
        Ok(Self {
            terminate: install(SignalKind::terminate())?,
            interrupt: install(SignalKind::interrupt())?,
            _hang_up: install(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn open(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Becomes the leader of a session without a terminal.
fn leave_session() -> Result<()> {
    match setsid() {
        Ok(_) => Ok(()),
        // A service manager may have done it for us.
        Err(_) if proc::own().is_some_and(|me| me.leads_session()) => Ok(()),
        Err(cause) => Err(Error::usage("`work` cannot leave this session")
            .hint("selaras starts its workers itself")
            .because(cause)),
    }
}

/// Takes the run's lock from stdin, so that none of our children inherits it: a script's background
/// process would keep the run alive.
fn take_lock(runs: &Runs, id: Id) -> Result<File> {
    let path = runs.file(id, LOCK);
    let expected = std::fs::symlink_metadata(&path).doing("look at", &path)?;
    let not_the_lock = || {
        let id = id.short();
        Error::usage(format!(
            "`work {id}` was not started by selaras: its input is not the run's lock"
        ))
        .hint("selaras starts its workers itself")
    };
    let found = fstat(stdin()).map_err(|cause| not_the_lock().because(cause))?;
    let same = (found.st_dev, found.st_ino) == (expected.dev(), expected.ino());
    // Held, and held by us: to lock again what one holds changes nothing.
    let held = same
        && fs::is_held(&path)?
        && flock(stdin(), FlockOperation::NonBlockingLockExclusive).is_ok();
    if !held {
        return Err(not_the_lock());
    }
    let taken = fcntl_dupfd_cloexec(stdin(), 3).map_err(io::Error::from);
    let taken = taken.doing("keep", &path)?;
    let null = std::path::Path::new("/dev/null");
    let nothing = File::open(null).doing("open", null)?;
    let replaced = dup2_stdin(&nothing).map_err(io::Error::from);
    replaced.doing("close", &path)?;
    Ok(File::from(taken))
}

fn message_of(panic: tokio::task::JoinError) -> String {
    let Ok(payload) = panic.try_into_panic() else {
        return "its task was cancelled".to_owned();
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast_ref::<&str>() {
            Some(message) => (*message).to_owned(),
            None => "no message".to_owned(),
        },
    }
}

/// A line for `worker.err`; where even that cannot be written there is nobody left to tell.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
