//! Runs, with real processes: this very test binary is face and worker (`other_process`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what helps a test may fail like a test"
)]

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use selaras::engine::{Engine, Event, Job, Outcome, Summary, Verdict};
use selaras::error::{Error, Failure, Kind, Result};
use selaras::run::{self, Id, Launch, NewRun, Operator, Run, Runs, Started, State};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use crate::harness::wait::eventually;

mod end;
mod planted;
mod process;
mod read;
mod start;

/// What the demo engine does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Act {
    /// Counts to a number.
    Count(u64),
    /// Waits for a stop.
    Wait,
    /// Waits for a second stop.
    WaitTwice,
    /// Falls over its feet.
    Panic,
    /// Cannot.
    Refuse(Kind),
    /// Reports this many bytes.
    Report(usize),
    /// Starts a process that outlives it.
    Leave,
    /// Starts a process in a group of its own, and waits.
    Lead,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    id: Uuid,
    act: Act,
    resources: Vec<String>,
}

impl Plan {
    fn new(act: Act, resources: &[&str]) -> Self {
        Self {
            id: Uuid::now_v7(),
            act,
            resources: resources.iter().copied().map(str::to_owned).collect(),
        }
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.act == Act::Count(0)
    }

    fn target(&self) -> String {
        "Dev".to_owned()
    }

    fn resources(&self) -> Vec<String> {
        self.resources.clone()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Report {
    verdict: Verdict,
    refused: Vec<String>,
    said: String,
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        self.verdict
    }

    fn failure(&self) -> Option<Failure> {
        match self.verdict {
            Verdict::Clean => None,
            Verdict::Stopped => Some(Error::stopped("the demo").into()),
            _ => Some(Error::new(Kind::Partial, "some of it was refused").into()),
        }
    }

    fn sentence(&self) -> String {
        "The demo is over.".to_owned()
    }
}

struct Demo;

impl Engine for Demo {
    type Request = ();
    type Plan = Plan;
    type Report = Report;
    const NAME: &'static str = "demo";

    async fn plan(&self, (): (), _: &Job) -> Result<Plan> {
        Err(Error::bug("nobody plans here"))
    }

    async fn apply(&self, plan: Plan, job: &Job) -> Result<Report> {
        job.stage("demo");
        let mut verdict = Verdict::Clean;
        let mut said = String::new();
        match plan.act {
            Act::Count(to) => (1..=to).for_each(|done| job.step("Dev", done, None)),
            Act::Wait => {
                job.cancelled().await;
                verdict = Verdict::Stopped;
            }
            Act::WaitTwice => {
                job.insisted().await;
                verdict = Verdict::Stopped;
            }
            Act::Panic => panic!("the demo fell over its feet"),
            Act::Refuse(kind) => return Err(Error::new(kind, "the demo cannot")),
            Act::Report(bytes) => said = "x".repeat(bytes),
            Act::Leave => job.line("Dev", process::sleeper(false).to_string()),
            Act::Lead => {
                let (pid, born) = (process::sleeper(true), None);
                job.say(Event::Child { pid, born });
                job.insisted().await;
            }
        }
        let wanted = plan.resources.into_iter();
        let refused: Vec<String> = wanted.filter(|all| job.refused(all).is_some()).collect();
        if !refused.is_empty() {
            verdict = Verdict::Partial;
        }
        Ok(Report {
            verdict,
            refused,
            said,
        })
    }
}

/// A state folder, and nobody left in it at the end.
struct World {
    runs: Runs,
    state: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let runs = Runs::at(state.path()).unwrap();
        Self { runs, state }
    }

    async fn start_with(&self, quirk: &str, plan: Plan) -> Result<Started> {
        start(&self.runs, quirk, plan).await
    }

    async fn start(&self, act: Act, resources: &[&str]) -> Result<Started> {
        self.start_with("", Plan::new(act, resources)).await
    }

    /// Starts a run that waits to be stopped, as soon as it does.
    async fn waiting(&self, act: Act, resources: &[&str]) -> Id {
        let id = self.start(act, resources).await.unwrap().id;
        self.staged(id).await;
        id
    }

    /// Waits until the engine works.
    async fn staged(&self, id: Id) {
        let mut journal = self.runs.follower(id, 0);
        eventually("a stage", || {
            let batch = journal.next_batch().unwrap();
            let staged = |event: &Event| matches!(event, Event::Stage { .. });
            batch.iter().any(|entry| staged(&entry.event)).then_some(())
        })
        .await;
    }

    async fn ended(&self, id: Id) -> Run {
        eventually("the end of a run", || {
            let run = self.runs.get(id).unwrap();
            (run.state != State::Running).then_some(run)
        })
        .await
    }

    fn only(&self) -> Run {
        let mut runs = self.runs.readable().unwrap();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }

    fn text(&self, id: Id, name: &str) -> String {
        fs::read_to_string(self.runs.path(id).join(name)).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for run in self.runs.readable().unwrap_or_default() {
            if let (State::Running, Some(worker)) = (&run.state, run.worker) {
                let _ = kill_process(pid(worker.pid), Signal::KILL);
            }
        }
    }
}

/// Starts this binary as the worker; `quirk` is for `other_process`.
async fn start(runs: &Runs, quirk: &str, plan: Plan) -> Result<Started> {
    let arguments = process::arguments(runs.state_dir(), &["quirk", quirk]);
    let arguments = arguments.into_iter().map(Into::into).collect();
    launch(runs, Launch::this(arguments, std::env::temp_dir()), plan).await
}

async fn launch(runs: &Runs, worker: Launch, plan: Plan) -> Result<Started> {
    let operator = Operator {
        user: "sari".to_owned(),
        host: "kantor".to_owned(),
        ssh_client: None,
    };
    let new = NewRun {
        engine: "demo",
        request: serde_json::Value::Null,
        plan: &plan,
        operator,
        worker,
    };
    run::start(runs, new).await
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).unwrap().mode() & 0o7777
}
