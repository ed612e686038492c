//! Stopping a run: its worker is asked, and only one that does not answer is killed.
//!
//! ```text
//!   TERM ──▶ `stopping` in the journal within 5 s ──▶ the batch in hand is finished ──▶ report
//!      └──▶ nothing ──▶ KILL to its children's groups, then to it ──▶ died
//! ```

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Signal;
use tokio::time::{Instant, interval};

use super::process::Part;
use super::{Follower, Id, LOCK, Process, Run, Runs, orphan};
use crate::engine::Event;
use crate::error::{Error, Result};

/// How long after the last means a run may still be running.
const KILL_WAIT: Duration = Duration::from_secs(5);
const PULSE: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopWait {
    /// A worker that does not say within this time that it is stopping is killed.
    pub answer: Duration,
    pub until: Until,
}

impl StopWait {
    /// Five seconds for the answer.
    pub fn until(until: Until) -> Self {
        Self {
            answer: Duration::from_secs(5),
            until,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The worker has said that it is stopping.
    Answered,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    HadEnded,
    /// The worker is stopping, and not done yet.
    Answered,
    /// The run has ended; its report says how.
    Ended,
    /// The worker did not answer and was killed; there is no report.
    Killed,
    /// The worker had died; what it had left running was ended.
    OrphanEnded,
}

impl Stop {
    /// What a stop of `run` came to, in a clause; `unanswered` says where one learns more after a
    /// kill.
    pub fn sentence(self, run: Id, unanswered: &str) -> String {
        let run = run.short();
        match self {
            Self::HadEnded => format!("run {run} had ended already"),
            Self::Answered => format!("run {run} is stopping"),
            Self::Ended => format!("run {run} has ended"),
            Self::OrphanEnded => {
                format!("the worker of run {run} had died; what it had started was ended")
            }
            Self::Killed => format!("run {run} did not answer and was killed; {unanswered}"),
        }
    }
}

/// Asks a run to stop; asked again, it leaves undone what it can.
pub async fn stop(runs: &Runs, id: Id, wait: StopWait) -> Result<Stop> {
    let run = runs.get(id)?;
    let mut asked = false;
    let mut killed = false;
    let mut watch = Watch::new(runs.follower(id, 0));
    let mut pulse = interval(PULSE);
    let deadline = Instant::now() + wait.answer;
    loop {
        if !runs.is_running(id)? {
            let run = runs.get(id)?;
            if let Some(orphan) = run.orphan {
                orphan::end(runs, &run, orphan).await?;
                return Ok(Stop::OrphanEnded);
            }
            return Ok(match (killed, asked) {
                (true, _) => Stop::Killed,
                (false, true) => Stop::Ended,
                (false, false) => Stop::HadEnded,
            });
        }
        watch.read()?;
        if let (false, Some(worker)) = (asked, watch.worker) {
            asked = signal(runs, &run, worker, Signal::TERM)?;
        }
        if watch.answered {
            if asked && wait.until == Until::Answered {
                return Ok(Stop::Answered);
            }
        } else if !killed && Instant::now() >= deadline {
            watch.kill(runs, &run)?;
            killed = true;
        }
        if (killed || !asked) && Instant::now() >= deadline + KILL_WAIT {
            return Err(Error::local(format!(
                "run {} still runs, and its worker could not be stopped",
                id.short()
            ))
            .hint(
                "somebody holds its lock: `fuser -v` on the file `lock` in its folder names them",
            ));
        }
        pulse.tick().await;
    }
}

struct Watch {
    journal: Follower,
    worker: Option<Process>,
    children: Vec<Process>,
    answered: bool,
}

impl Watch {
    fn new(journal: Follower) -> Self {
        Self {
            journal,
            worker: None,
            children: Vec::new(),
            answered: false,
        }
    }

    fn read(&mut self) -> Result<()> {
        loop {
            let batch = self.journal.next_batch()?;
            if batch.is_empty() {
                return Ok(());
            }
            for entry in batch {
                match entry.event {
                    // A second worker there is not.
                    Event::Started { pid, born } => {
                        self.worker.get_or_insert(Process { pid, born });
                    }
                    Event::Child { pid, born } => self.children.push(Process { pid, born }),
                    Event::Stopping => self.answered = true,
                    _ => {}
                }
            }
        }
    }

    fn kill(&self, runs: &Runs, run: &Run) -> Result<()> {
        let short = run.id().short();
        let worker = self.worker.ok_or_else(|| {
            Error::local(format!(
                "run {short} shows no process that could be asked to stop"
            ))
            .hint("try again in a moment")
        })?;
        if !is_worker(runs, run, worker)? {
            return Ok(());
        }
        for child in self.children.iter().filter(|child| child.leads_for(worker)) {
            // What the worker may no longer signal, we may not either: the worker's end matters.
            let _ = child.signal_group(Signal::KILL);
        }
        signal(runs, run, worker, Signal::KILL)?;
        Ok(())
    }
}

/// Signals the worker of a run, and nobody else; false when it is no longer there.
fn signal(runs: &Runs, run: &Run, worker: Process, signal: Signal) -> Result<bool> {
    Ok(is_worker(runs, run, worker)?
        && (worker.signal(signal)).map_err(|cause| run.cannot_signal(worker, cause))?)
}

/// False when it is gone. A folder may have been written by somebody who wants us to signal
/// another process: that is an error.
fn is_worker(runs: &Runs, run: &Run, named: Process) -> Result<bool> {
    match named.part(run.id(), &runs.file(run.id(), LOCK)) {
        Part::Worker => Ok(true),
        Part::Gone => Ok(false),
        Part::Stranger => {
            let (short, pid) = (run.id().short(), named.pid);
            Err(Error::local(format!(
                "run {short} names the process {pid} as its worker, and that is another program; \
                 nothing was signalled"
            ))
            .hint(format!(
                "somebody changed the folder of the run; `selaras runs show {short}` says where it is"
            )))
        }
        Part::Hidden => Err(run.cannot_signal(named, Errno::PERM)),
    }
}
