//! The way of every verb that acts: show, ask, start, follow, report. The same for all engines.
//!
//! ```text
//!   plan ─ shown ─ confirmed ─▶ run::start ─▶ follow ─▶ report ─▶ exit code
//!             └ nothing to write: no run; the report is made at once
//! ```

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::args::Acting;
use super::ask::{Interrupts, Question, confirm};
use super::cli_context::{self, CliContext};
use super::follow::{WhenInterrupted, follow};
use super::out::{Out, OutputFormat};
use super::progress::{Progress, Times};
use super::runs::{Aftermath, tell};
use super::words;
use crate::config::Config;
use crate::engine::{Engine, Job, Summary, Verdict};
use crate::error::{Error, Failure, Result};
use crate::run::{self, Ending, Id, NewRun, ReportFile, Runs, State};

/// A plan that was shown, and all it takes to carry it out.
pub struct Proposal<E: Engine> {
    /// What will be done.
    pub plan: E::Plan,
    /// What was asked for, for the run's folder.
    pub request: Value,
    /// What is asked before.
    pub question: Question,
    /// What people should read of a report besides its sentence; may be empty.
    pub details: fn(&E::Report) -> String,
}

/// The one document of a verb that acts.
#[derive(Debug, Serialize)]
pub struct Answer<P, R> {
    /// The run; `None` when none was started.
    pub run: Option<Id>,
    /// What was to be done; `None` when nobody knows.
    pub plan: Option<P>,
    /// The engine's own report; `None` when there is none, or not yet.
    pub report: Option<R>,
    /// How it ended; `None` when it did not, or never began.
    pub verdict: Option<Verdict>,
    /// The exit code; `None` while it goes on.
    pub exit: Option<u8>,
    /// Why it is not clean.
    pub error: Option<Failure>,
}

impl<P, R> Answer<P, R> {
    /// Nothing came of it.
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

/// Plans while showing what goes on; Ctrl-C stops it.
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

/// Carries out what the caller has shown; returns the exit code.
pub async fn act<E: Engine>(
    context: &CliContext,
    config: &Arc<Config>,
    acting: &Acting,
    engine: &E,
    proposal: Proposal<E>,
) -> Result<u8> {
    let out = &context.out;
    let mut course = RunHandle::<E> {
        out,
        run: None,
        plan: &proposal.plan,
        details: proposal.details,
    };
    if proposal.plan.is_empty() {
        // Nothing to write: the engine says so, and there is no run.
        return match engine.apply(proposal.plan.clone(), &Job::silent()).await {
            Ok(report) => course.conclude(ReportFile::of(Ok(report))),
            Err(error) => course.fail(&error.into()),
        };
    }
    let mut interrupts = Interrupts::listen()?;
    let runs = cli_context::runs(config)?;
    match begin(context, config, acting, (&runs, &proposal), &mut interrupts).await {
        Ok(id) => course.run = Some(id),
        Err(error) => return course.fail(&error.into()),
    }
    if acting.detach {
        return course.detach();
    }
    course.attend((config, &runs), &mut interrupts).await
}

/// Asks, and starts the run.
async fn begin<E: Engine>(
    context: &CliContext,
    config: &Config,
    acting: &Acting,
    (runs, proposal): (&Runs, &Proposal<E>),
    interrupts: &mut Interrupts,
) -> Result<Id> {
    cli_context::may_write(config)?;
    confirm(
        &context.out,
        &acting.consent,
        &proposal.question,
        interrupts,
    )
    .await?;
    let new = NewRun {
        engine: E::NAME,
        request: proposal.request.clone(),
        plan: &proposal.plan,
        operator: context.app.operator(config),
        worker: context.app.launch(config)?,
    };
    let operator = new.operator.to_string();
    let target = proposal.plan.target();
    let run = run::start(runs, new).await?.id;
    tracing::info!(%run, engine = E::NAME, target, operator, "run started");
    Ok(run)
}

/// A verb on its way from a confirmed plan to its exit code.
struct RunHandle<'a, E: Engine> {
    out: &'a Out,
    run: Option<Id>,
    plan: &'a E::Plan,
    details: fn(&E::Report) -> String,
}

impl<E: Engine> RunHandle<'_, E> {
    /// Stays with the run to its end.
    async fn attend(
        self,
        (config, runs): (&Arc<Config>, &Runs),
        interrupts: &mut Interrupts,
    ) -> Result<u8> {
        let Some(id) = self.run else {
            return self.fail(&Error::bug("there is no run to follow").into());
        };
        self.out.say(&words::started(&id.short()));
        let progress = Progress::new(self.out, Times::Hidden);
        let ended = async {
            follow(runs, id, &progress, (WhenInterrupted::Stop, interrupts)).await?;
            runs.get(id)
        };
        match ended.await {
            Err(error) => self.fail(&error.into()),
            Ok(run) => match (&run.state, run.failure()) {
                (State::Finished(_), _) => match runs.report(id) {
                    Ok(report) => self.conclude(report),
                    Err(error) => self.fail(&error.into()),
                },
                (State::Died, Some(failure)) => {
                    let aftermath = Aftermath::of(config, runs, &run).await;
                    self.died(&run, &failure, aftermath.as_ref())
                }
                (_, Some(failure)) => self.fail(&failure),
                (_, None) => self.fail(&Error::bug(words::no_report(&id.short())).into()),
            },
        }
    }

    fn detach(self) -> Result<u8> {
        let short = self.run.map(Id::short).unwrap_or_default();
        self.out.say(&words::detached(&short));
        match self.out.voice() {
            OutputFormat::Plain => self.out.print(&format!("{short}\n"))?,
            OutputFormat::Json => self.out.document(&Answer::<_, E::Report> {
                run: self.run,
                plan: Some(self.plan),
                report: None,
                verdict: None,
                exit: None,
                error: None,
            })?,
        }
        Ok(0)
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
        match self.out.voice() {
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
    fn died(self, run: &run::Run, failure: &Failure, known: Option<&Aftermath>) -> Result<u8> {
        if self.out.voice() == OutputFormat::Json {
            let message = words::result(run, known);
            let answer = Answer::<_, E::Report>::failed(
                self.run,
                Some(self.plan),
                &Failure {
                    message,
                    ..failure.clone()
                },
            );
            self.out.document(&answer)?;
        }
        tell(self.out, run, known);
        Ok(failure.kind.exit())
    }

    /// Tells why there is no report.
    fn fail(self, failure: &Failure) -> Result<u8> {
        if self.out.voice() == OutputFormat::Json {
            let answer = Answer::<_, E::Report>::failed(self.run, Some(self.plan), failure);
            self.out.document(&answer)?;
        }
        self.out.tell(failure);
        Ok(failure.kind.exit())
    }
}
