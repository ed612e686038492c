//! `selaras runs follow`, and staying with a run for the verbs that start one.
//!
//! A hang-up needs nothing of us: it ends this process, and the run continues.

use std::sync::Arc;

use clap::Args;
use tokio::task::JoinSet;

use super::aftermath::{Aftermath, tell};
use super::show::with_report;
use crate::cli::ask::Interrupts;
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Out, OutputFormat};
use crate::cli::progress::{Progress, Times};
use crate::cli::run_output::RunOutput;
use crate::config::Config;
use crate::context;
use crate::error::{Error, Kind, Result};
use crate::run::{self, Id, Run, Runs, State, StopWait, Until};
use crate::text::scrub;

/// Show all of a run, from its first event to its end
///
/// Exits as the run does; 130 when left before its end (Ctrl-C leaves it running).
#[derive(Debug, Args)]
pub struct FollowArgs {
    /// The end of its id, such as c41f9a; without it the newest that is running
    run: Option<String>,
    /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
    #[arg(long)]
    pub json: bool,
}

pub async fn run(context: &CliContext, args: &FollowArgs) -> Result<u8> {
    let config = context.config()?;
    let runs = context::runs(&config)?;
    let id = match &args.run {
        Some(run) => runs.find(run)?,
        None => newest_running(&context.out, &runs)?,
    };
    attend(&context.out, &config, &runs, id).await
}

fn newest_running(out: &Out, runs: &Runs) -> Result<Id> {
    let running = |run: &Run| run.state == State::Running;
    let Some(run) = runs.readable()?.into_iter().find(running) else {
        return Err(Error::usage("no run is running").hint(
            "`selaras runs list` shows those that have ended; `selaras runs follow` and an id \
             replays one",
        ));
    };
    let manifest = &run.manifest;
    out.say(&format!(
        "following run {}: {} {}, by {}",
        run.id().short(),
        scrub(&manifest.engine),
        scrub(&manifest.target),
        scrub(&manifest.operator.to_string())
    ));
    Ok(run.id())
}

/// Follows a run to its end, and ends as the run did.
pub async fn attend(out: &Out, config: &Arc<Config>, runs: &Runs, id: Id) -> Result<u8> {
    let mut interrupts = Interrupts::listen()?;
    let progress = Progress::new(out, Times::Shown);
    let when = WhenInterrupted::Leave;
    let followed = follow(runs, id, &progress, when, &mut interrupts).await?;
    let run = runs.get(id)?;
    if out.format() == OutputFormat::Json {
        out.document(&with_report(runs, &run))?;
    } else if let State::Finished(ending) = &run.state {
        out.result(&ending.sentence)?;
    }
    let aftermath = Aftermath::of(config, runs, &run).await;
    tell(out, &run, aftermath.as_ref());
    Ok(match (followed, run.exit()) {
        (Followed::ToTheEnd, Some(exit)) => exit,
        _ => Kind::Stopped.exit(),
    })
}

/// What Ctrl-C means while a run is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenInterrupted {
    /// The run is stopped: whoever started it waits for it.
    Stop,
    /// Only the following ends.
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    ToTheEnd,
    Left,
}

/// Shows a run from its first event to its end.
pub async fn follow(
    runs: &Runs,
    id: Id,
    progress: &Progress,
    when_interrupted: WhenInterrupted,
    interrupts: &mut Interrupts,
) -> Result<Followed> {
    progress.expect(&runs.get(id)?);
    let mut following = runs.follow(id, 0)?;
    // Beside the following: what the run says while it stops should be seen.
    let mut stops = JoinSet::new();
    let mut asked = false;
    let mut output = RunOutput::of(runs, id, progress.out());
    loop {
        tokio::select! {
            printed = output.next() => printed?,
            batch = following.next() => match batch? {
                Some(entries) => entries.iter().for_each(|entry| progress.entry(entry)),
                None => break,
            },
            () = interrupts.next() => match when_interrupted {
                WhenInterrupted::Leave => {
                    progress.finish();
                    let short = id.short();
                    progress.out().say(&format!(
                        "run {short} is still running: selaras runs follow {short}, or selaras runs stop {short}"
                    ));
                    return Ok(Followed::Left);
                }
                WhenInterrupted::Stop => {
                    progress.say(if asked {
                        "asked again"
                    } else {
                        "stopping after the batch in hand; Ctrl-C again insists"
                    });
                    asked = true;
                    let runs = runs.clone();
                    stops.spawn(async move {
                        run::stop(&runs, id, StopWait::until(Until::Answered)).await
                    });
                }
            },
            Some(Ok(Err(error))) = stops.join_next() => progress.out().tell(&error.into()),
        }
    }
    output.finish()?;
    progress.finish();
    Ok(Followed::ToTheEnd)
}
