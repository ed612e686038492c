//! Starts a run: its folder, its claim, its worker, and the first sign of life.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Serialize;
use tokio::process::{Child, Command};
use tokio::time::{Instant, interval};

use super::build::{Built, Draft, build};
use super::{Id, Launch, Operator, Runs, STDERR, Sealed, words};
use crate::engine::Summary;
use crate::error::{Error, Failure, Result};
use crate::files::{self, Links};
use crate::proc::signals;
use crate::text::scrub;

/// How often a worker's first sign of life is looked for.
const PULSE: Duration = Duration::from_millis(10);
/// How long it is waited for. A worker that lives and says nothing is still a worker.
const FIRST_SIGN: Duration = Duration::from_secs(10);
/// How much of a fallen worker's last words is quoted, in bytes and in lines.
const LAST_WORDS: (u64, usize) = (4 * 1024, 5);

/// What is to be done, as it was confirmed.
#[derive(Clone, Debug)]
pub struct NewRun<'a, P> {
    /// The engine's name.
    pub engine: &'a str,
    /// What was asked for.
    pub request: serde_json::Value,
    /// What was confirmed.
    pub plan: &'a P,
    /// Who confirmed it.
    pub operator: Operator,
    /// How the worker is started.
    pub worker: Launch,
}

/// A run that goes on without whoever started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its name.
    pub id: Id,
    /// What it could not have, and why.
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
        let folder = runs.path(id);
        return Err(words::worker_fell(
            id,
            &folder,
            status,
            &last_words(&folder),
        ));
    }
    Ok(Started {
        id,
        refused: manifest.refused,
    })
}

fn draft<P: Summary + Serialize>(new: NewRun<'_, P>) -> Result<Draft> {
    if new.plan.is_empty() {
        return Err(words::empty_plan());
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
    signals::default_for_children();
    // In our own process group: a group's leader could not leave the session.
    Command::new(&launch.exe)
        .args(&launch.args)
        .args(["work", &built.manifest.id.to_string()])
        .current_dir(&launch.cwd)
        .stdin(pipe(built.lock.take()))
        .stdout(Stdio::null())
        .stderr(pipe(built.stderr.take()))
        .spawn()
        .map_err(|cause| words::cannot_launch(&launch.exe, cause))
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
    lines.join("; ")
}
