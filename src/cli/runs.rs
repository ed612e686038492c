//! `selaras runs`: list, show, follow, stop and prune, whatever engine they are of.

mod after;
mod show;

use std::sync::Arc;

use serde_json::json;

pub use after::Aftermath;

use super::args::{Acting, Consent, Runs as Verb};
use super::ask::{Interrupts, Question, confirm};
use super::cli_context::{self, CliContext};
use super::follow::{Followed, WhenInterrupted, follow};
use super::operation::Answer;
use super::out::{Out, OutputFormat};
use super::progress::{Progress, Times};
use super::table::Plain;
use super::words;
use super::work::keep;
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Verdict;
use crate::error::{Error, Failure, Kind, Result};
use crate::run::{self, Id, Listed, Run, Runs, State, StopWait, Until};

/// Does a verb and says the exit code.
pub async fn run(context: &CliContext, verb: &Verb) -> Result<u8> {
    let config = context.config()?;
    let runs = cli_context::runs(&config)?;
    match verb {
        Verb::List { .. } => list(&context.out, &config, &runs).await,
        Verb::Show { run, .. } => show::show(&context.out, &config, &runs, runs.find(run)?).await,
        Verb::Follow { run: Some(run), .. } => {
            attend_knowing(&context.out, &runs, runs.find(run)?, Some(&config)).await
        }
        Verb::Follow { run: None, .. } => {
            let newest = newest_running(&runs)?;
            context.out.say(&words::following(&newest));
            attend_knowing(&context.out, &runs, newest.id(), Some(&config)).await
        }
        Verb::Stop { run, acting } => {
            stop(context, &config, &runs, (runs.find(run)?, acting)).await
        }
        Verb::Prune { consent } => prune(&context.out, &config, &runs, consent).await,
    }
}

/// The newest run that goes on.
fn newest_running(runs: &Runs) -> Result<Run> {
    let running = |run: &Run| run.state == State::Running;
    let newest = runs.readable()?.into_iter().find(running);
    newest.ok_or_else(|| Error::usage(words::NOTHING_RUNS).hint("`selaras runs list` shows those that have ended; `selaras runs follow` and an id replays one"))
}

async fn list(out: &Out, config: &Arc<Config>, runs: &Runs) -> Result<u8> {
    let listed = runs.list()?;
    let known = aftermaths(config, runs, &listed).await;
    if out.voice() == OutputFormat::Json {
        let mut rows: Vec<_> = listed.iter().map(show::row).collect();
        for (row, known) in rows.iter_mut().zip(&known) {
            if let Some(written) = known.as_ref().and_then(Aftermath::written) {
                row["written"] = json!(written);
            }
        }
        return out.document(&json!({"runs": rows})).map(|()| 0);
    }
    let header = [
        "run", "state", "exit", "engine", "operator", "started", "target", "result",
    ];
    let mut rows = Plain::new(&header).right(2..3);
    for (listed, known) in listed.iter().zip(&known) {
        let known = known.as_ref();
        match listed {
            Listed::Run(run) => {
                let manifest = &run.manifest;
                let exit = run.exit().map(|exit| exit.to_string());
                rows.row([
                    &manifest.id.short(),
                    known.and_then(Aftermath::state).unwrap_or(run.state.word()),
                    &exit.unwrap_or_default(),
                    &manifest.engine,
                    &manifest.operator.to_string(),
                    &crate::text::local_time(manifest.created),
                    &manifest.target,
                    &words::result(run, known),
                ]);
            }
            Listed::Unreadable { name, why } => {
                rows.row([name, words::UNREADABLE, "", "", "", "", "", &why.message]);
            }
        }
    }
    out.show(&rows.text()).map(|()| 0)
}

/// What the databases say of those runs that could not say it themselves. One that does not answer is
/// not asked again for the next run.
async fn aftermaths(
    config: &Arc<Config>,
    runs: &Runs,
    listed: &[Listed],
) -> Vec<Option<Aftermath>> {
    let mut known = Vec::with_capacity(listed.len());
    let mut answers = true;
    for row in listed {
        let aftermath = match row {
            Listed::Run(run) if answers => Aftermath::of(config, runs, run).await,
            Listed::Run(_) | Listed::Unreadable { .. } => None,
        };
        answers &= aftermath.as_ref().is_none_or(|one| one.error.is_none());
        known.push(aftermath);
    }
    known
}

/// Follows to the end, and ends as the run did.
pub async fn attend(out: &Out, runs: &Runs, id: Id) -> Result<u8> {
    attend_knowing(out, runs, id, None).await
}

async fn attend_knowing(
    out: &Out,
    runs: &Runs,
    id: Id,
    config: Option<&Arc<Config>>,
) -> Result<u8> {
    let mut interrupts = Interrupts::listen()?;
    let progress = Progress::new(out, Times::Shown);
    let manner = (WhenInterrupted::Leave, &mut interrupts);
    let followed = follow(runs, id, &progress, manner).await?;
    let run = runs.get(id)?;
    if out.voice() == OutputFormat::Json {
        out.document(&show::with_report(runs, &run))?;
    } else if let State::Finished(ending) = &run.state {
        out.result(&ending.sentence)?;
    }
    let aftermath = match config {
        Some(config) => Aftermath::of(config, runs, &run).await,
        None => None,
    };
    tell(out, &run, aftermath.as_ref());
    Ok(match (followed, run.exit()) {
        (Followed::ToTheEnd, Some(exit)) => exit,
        _ => Kind::Stopped.exit(),
    })
}

/// Says why a run is not clean. One that wrote all of it and then died failed at nothing.
pub fn tell(out: &Out, run: &run::Run, aftermath: Option<&Aftermath>) {
    let Some(failure) = run.failure() else {
        return;
    };
    match aftermath.map(|known| (known.is_complete(), known.sentence())) {
        Some((true, Some(said))) => out.say(&format!("run {}: {said}", run.id().short())),
        Some((false, Some(said))) => out.tell(&Failure {
            message: format!("{}; {said}", failure.message),
            ..failure
        }),
        _ => out.tell(&failure),
    }
}

pub async fn stop(
    context: &CliContext,
    config: &Config,
    runs: &Runs,
    (id, acting): (Id, &Acting),
) -> Result<u8> {
    let run = runs.get(id)?;
    let whose = run.manifest.operator.to_string();
    let acts = run.state == State::Running || run.orphan.is_some();
    if acts && whose != context.app.operator(config).to_string() {
        let question = Question {
            text: words::stop_of_another(&id.short(), &run.manifest.target, &whose),
            typed: Vec::new(),
        };
        let mut interrupts = Interrupts::listen()?;
        confirm(&context.out, &acting.consent, &question, &mut interrupts).await?;
    }
    let until = if acting.detach {
        Until::Answered
    } else {
        Until::Ended
    };
    let stopped = run::stop(runs, id, StopWait::until(until)).await?;
    tracing::info!(run = %id, "{}", words::stopped(stopped, &id.short()));
    if context.out.voice() == OutputFormat::Json {
        let run = runs.get(id)?;
        context.out.document(&show::with_report(runs, &run))?;
    }
    context.out.say(&words::stopped(stopped, &id.short()));
    Ok(0)
}

async fn prune(out: &Out, config: &Config, runs: &Runs, consent: &Consent) -> Result<u8> {
    let pruning = runs.prunable(keep(config), Clock::System.now())?;
    let ids: Vec<_> = pruning.runs.iter().map(run::Run::id).collect();
    if !ids.is_empty() || !pruning.leftovers.is_empty() {
        cli_context::may_write(config)?;
    }
    if !ids.is_empty() {
        let question = Question {
            text: words::prune(&ids),
            typed: Vec::new(),
        };
        confirm(out, consent, &question, &mut Interrupts::listen()?).await?;
    }
    let pruned = runs.prune(pruning)?;
    let failed = pruned.failed.first().map(|(_, failure)| failure);
    tracing::info!("{}", words::pruned(pruned.removed.len()));
    if out.voice() == OutputFormat::Json {
        let verdict = match failed {
            Some(_) => Verdict::Partial,
            None => Verdict::Clean,
        };
        out.document(&Answer {
            run: None,
            plan: Some(json!({"remove": ids})),
            report: Some(json!({"removed": pruned.removed})),
            verdict: Some(verdict),
            exit: Some(failed.map_or(0, |failure| failure.kind.exit())),
            error: failed.cloned(),
        })?;
    }
    out.say(&words::pruned(pruned.removed.len()));
    if let Some(failure) = failed {
        out.tell(failure);
    }
    Ok(failed.map_or(0, |failure| failure.kind.exit()))
}
