//! What every verb that acts does, whatever its engine: plan, ask, start, follow, report.
//!
//! ```text
//!   plan ─ shown ─ confirmed ─▶ run::start ─▶ follow ─▶ report ─▶ exit code
//!             └ nothing to write: no run; the report is made at once
//! ```

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::ask::{Consent, Interrupts, Question, confirm};
use super::cli_context::CliContext;
use super::out::{Out, OutputFormat};
use super::progress::{Progress, Times};
use super::runs::{self, Aftermath, WhenInterrupted, follow};
use crate::config::Config;
use crate::context;
use crate::engine::{Engine, Job, Summary, Verdict};
use crate::error::{Context as _, Error, Failure, Result};
use crate::files;
use crate::run::{self, Ending, Id, NewRun, ReportFile, Run, Runs, State};

/// The longest plan that is taken from a file, in bytes; as long as one that a run may have.
const LONGEST_PLAN: u64 = 64 << 20;

/// How a confirmed plan is carried out; the same for every verb that acts.
#[derive(Clone, Debug, Default, Args)]
pub struct Acting {
    #[command(flatten)]
    pub consent: Consent,
    /// Return as soon as the run is on its own, and print its id
    #[arg(long)]
    pub detach: bool,
}

/// A plan that was shown, and what is needed to carry it out.
pub struct Proposal<E: Engine> {
    pub plan: E::Plan,
    /// What was asked for, for the run's folder.
    pub request: Value,
    pub question: Question,
    /// What people should read of a report besides its sentence; may be empty.
    pub details: fn(&E::Report) -> String,
}

/// The one JSON document of a verb that acts.
#[derive(Debug, Serialize)]
pub struct Answer<P, R> {
    /// `None` when no run was started.
    pub run: Option<Id>,
    /// `None` when planning failed.
    pub plan: Option<P>,
    /// The engine's own report; `None` when there is none, or not yet.
    pub report: Option<R>,
    /// `None` when the run has not ended, or never began.
    pub verdict: Option<Verdict>,
    /// The exit code; `None` while the run is running.
    pub exit: Option<u8>,
    /// Why it is not clean.
    pub error: Option<Failure>,
}

impl<P> Answer<P, Value> {
    pub fn failed(run: Option<Id>, plan: Option<P>, failure: &Failure) -> Self {
        Self {
            run,
            plan,
            report: None,
            verdict: None,
            exit: Some(failure.kind.exit()),
            error: Some(failure.clone()),
        }
    }
}

/// Plans while showing progress; Ctrl-C stops it.
pub async fn plan<E: Engine>(out: &Out, engine: &E, request: E::Request) -> Result<E::Plan> {
    let progress = Progress::new(out, Times::Hidden);
    let cancel = CancellationToken::new();
    let job = Job::new(progress.sink(), cancel.clone());
    let mut interrupts = Interrupts::listen()?;
    let planning = engine.plan(request, &job);
    tokio::pin!(planning);
    let planned = loop {
        tokio::select! {
            planned = &mut planning => break planned,
            () = interrupts.next() => cancel.cancel(),
        }
    };
    job.flush();
    progress.finish();
    planned
}

/// The plan that `selaras GROUP plan --json` wrote to a file, to standard input (`-`), or to a pipe
/// such as `<(…)`.
pub fn read_plan<P: DeserializeOwned>(path: &Path, group: &str) -> Result<P> {
    let read = if path == Path::new("-") {
        files::read_all(std::io::stdin(), LONGEST_PLAN)
    } else {
        File::open(path).and_then(|file| files::read_all(file, LONGEST_PLAN))
    };
    serde_json::from_slice(&read.doing("read", path)?).map_err(|cause| {
        Error::usage(format!("{} is no {group} plan", path.display()))
            .because(cause)
            .hint(format!(
                "a plan is what `selaras {group} plan --json` prints"
            ))
    })
}

/// Answers with a plan that cannot be carried out, or was not, and says why; returns the exit code.
pub fn fail<P: Serialize>(out: &Out, run: Option<Id>, plan: &P, failure: &Failure) -> Result<u8> {
    if out.format() == OutputFormat::Json {
        out.document(&Answer::failed(run, Some(plan), failure))?;
    }
    out.tell(failure);
    Ok(failure.kind.exit())
}

/// Carries out what the caller has shown; returns the exit code.
pub async fn act<E: Engine>(
    context: &CliContext,
    config: &Arc<Config>,
    acting: &Acting,
    engine: &E,
    proposal: Proposal<E>,
) -> Result<u8> {
    let mut handle = RunHandle::<E> {
        out: &context.out,
        run: None,
        plan: &proposal.plan,
        details: proposal.details,
    };
    if proposal.plan.is_empty() {
        // Nothing to write: the engine says so, and there is no run.
        return match engine.apply(proposal.plan.clone(), &Job::silent()).await {
            Ok(report) => handle.conclude(ReportFile::of(Ok(report))),
            Err(error) => handle.fail(&error.into()),
        };
    }
    let mut interrupts = Interrupts::listen()?;
    let runs = context::runs(config)?;
    let consent = &acting.consent;
    let id = match begin(context, config, consent, &proposal, &mut interrupts).await {
        Ok(id) => id,
        Err(error) => return handle.fail(&error.into()),
    };
    handle.run = Some(id);
    if acting.detach {
        return handle.detach(id);
    }
    match handle.follow(&runs, id, &mut interrupts).await {
        Ok(run) => handle.ended(config, &runs, &run).await,
        Err(error) => handle.fail(&error.into()),
    }
}

/// Asks, and starts the run.
async fn begin<E: Engine>(
    context: &CliContext,
    config: &Config,
    consent: &Consent,
    proposal: &Proposal<E>,
    interrupts: &mut Interrupts,
) -> Result<Id> {
    context::may_write(config)?;
    confirm(&context.out, consent, &proposal.question, interrupts).await?;
    let new = NewRun {
        engine: E::NAME,
        request: proposal.request.clone(),
        plan: &proposal.plan,
        operator: context.app.operator(config),
        worker: context.app.launch(config)?,
    };
    let operator = new.operator.to_string();
    let target = proposal.plan.target();
    let run = run::start(&context::runs(config)?, new).await?.id;
    tracing::info!(%run, engine = E::NAME, target, operator, "run started");
    Ok(run)
}

/// A confirmed plan on its way to an exit code.
struct RunHandle<'a, E: Engine> {
    out: &'a Out,
    /// `None` until a run was started.
    run: Option<Id>,
    plan: &'a E::Plan,
    details: fn(&E::Report) -> String,
}

impl<E: Engine> RunHandle<'_, E> {
    fn detach(self, id: Id) -> Result<u8> {
        let short = id.short();
        self.out.say(&format!(
            "run {short} continues in the background: selaras runs follow {short}"
        ));
        match self.out.format() {
            OutputFormat::Plain => self.out.print(&format!("{short}\n"))?,
            OutputFormat::Json => self.out.document(&Answer::<_, E::Report> {
                run: Some(id),
                plan: Some(self.plan),
                report: None,
                verdict: None,
                exit: None,
                error: None,
            })?,
        }
        Ok(0)
    }

    /// Stays with the run to its end.
    async fn follow(&self, runs: &Runs, id: Id, interrupts: &mut Interrupts) -> Result<Run> {
        let short = id.short();
        self.out.say(&format!(
            "run {short} started; it continues if this connection drops (selaras runs follow {short})"
        ));
        let progress = Progress::new(self.out, Times::Hidden);
        follow(runs, id, &progress, WhenInterrupted::Stop, interrupts).await?;
        runs.get(id)
    }

    async fn ended(self, config: &Arc<Config>, runs: &Runs, run: &Run) -> Result<u8> {
        match (&run.state, run.failure()) {
            (State::Finished(_), _) => match runs.report(run.id()) {
                Ok(report) => self.conclude(report),
                Err(error) => self.fail(&error.into()),
            },
            (State::Died, Some(failure)) => {
                let aftermath = Aftermath::of(config, runs, run).await;
                self.died(run, &failure, aftermath.as_ref())
            }
            (_, Some(failure)) => self.fail(&failure),
            (_, None) => {
                let short = run.id().short();
                self.fail(&Error::bug(format!("run {short} has no report")).into())
            }
        }
    }

    /// Says how it ended.
    fn conclude(self, ended: ReportFile<E::Report>) -> Result<u8> {
        let Ending {
            verdict,
            exit,
            error,
            sentence,
            ..
        } = ended.ending;
        // A failure is logged where it is told.
        let result = if error.is_none() { &*sentence } else { "" };
        tracing::info!(verdict = verdict.word(), exit, result, "run ended");
        let details = ended.report.as_ref().map(self.details).unwrap_or_default();
        let alone = error
            .as_ref()
            .is_some_and(|error| error.message == sentence);
        match self.out.format() {
            OutputFormat::Json => self.out.document(&Answer {
                run: self.run,
                plan: Some(self.plan),
                report: ended.report,
                verdict: Some(verdict),
                exit: Some(exit),
                error: error.clone(),
            })?,
            OutputFormat::Plain => {
                if !details.is_empty() {
                    self.out.say(details.trim_end());
                }
                // A failure alone is told below, in the same words.
                if !alone {
                    self.out.result(&sentence)?;
                }
            }
        }
        if let Some(error) = error {
            self.out.tell(&error);
        }
        Ok(exit)
    }

    /// Tells what is known of a run that died. One that wrote all of it failed at nothing but its
    /// report.
    fn died(self, run: &Run, failure: &Failure, known: Option<&Aftermath>) -> Result<u8> {
        if self.out.format() == OutputFormat::Json {
            let failure = Failure {
                message: runs::result(run, known),
                ..failure.clone()
            };
            let answer = Answer::failed(self.run, Some(self.plan), &failure);
            self.out.document(&answer)?;
        }
        runs::tell(self.out, run, known);
        Ok(failure.kind.exit())
    }

    fn fail(self, failure: &Failure) -> Result<u8> {
        fail(self.out, self.run, self.plan, failure)
    }
}
