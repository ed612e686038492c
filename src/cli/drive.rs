//! The way of every verb that acts: show, ask, start, follow, report. The same for all engines.
//!
//! ```text
//!   plan ─ shown ─ confirmed ─▶ run::start ─▶ follow ─▶ report ─▶ exit code
//!             └ nothing to write: no run; the report is made at once
//! ```

use serde::Serialize;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::Acting;
use super::face::{self, Face, Voice};
use super::progress::Progress;
use super::words;
use crate::config::Config;
use crate::engine::{Engine, Job, Outcome, Summary};
use crate::error::{Error, Failure, Kind, Result};
use crate::run::{self, Ending, Id, NewRun, Patience, ReportFile, Runs, State, Until};

/// What is asked before anything is written.
#[derive(Clone, Debug)]
pub struct Question {
    /// What will be done, where.
    pub text: String,
    /// What must be typed instead of `y`, for a production target.
    pub typed: Option<String>,
}

/// Plans while showing what goes on; Ctrl-C stops it.
pub async fn plan<E: Engine>(engine: &E, request: E::Request, voice: Voice) -> Result<E::Plan> {
    let progress = Progress::new(voice);
    let cancel = CancellationToken::new();
    let job = Job::new(progress.sink(), cancel.clone());
    let mut interrupts = interrupts()?;
    let planning = engine.plan(request, &job);
    tokio::pin!(planning);
    let planned = loop {
        tokio::select! {
            planned = &mut planning => break planned,
            _ = interrupts.recv() => cancel.cancel(),
        }
    };
    job.flush();
    progress.finish();
    planned
}

/// Carries out `plan`, which the caller has shown; returns the exit code.
pub async fn act<E: Engine>(
    face: &Face,
    config: &Config,
    engine: &E,
    plan: E::Plan,
    request: Value,
    acting: &Acting,
    question: Question,
) -> Result<u8> {
    let voice = Voice::of(acting.json);
    if plan.is_empty() {
        // Nothing to write: the engine says so, and there is no run.
        let report = engine.apply(plan.clone(), &Job::silent()).await?;
        return conclude(voice, None, &plan, &ReportFile::of(Ok(report)));
    }
    face::may_write(config)?;
    confirm(acting, &question)?;
    let runs = face::runs(config)?;
    let new = NewRun {
        engine: E::NAME,
        request,
        plan: &plan,
        operator: face.operator(config),
        worker: face::launch(config)?,
    };
    let started = run::start(&runs, new).await?;
    let short = started.id.short();
    if acting.detach {
        face::say(&words::detached(&short));
        match voice {
            Voice::Plain => face::print(&format!("{short}\n"))?,
            Voice::Json => face::print_json(
                &json!({"run": started.id, "plan": plan, "report": null, "error": null}),
            )?,
        }
        return Ok(0);
    }
    face::say(&words::started(&short));
    follow(&runs, started.id, voice, WhenInterrupted::Stop).await?;
    match runs.get(started.id)?.state {
        State::Finished(_) => {
            let report: ReportFile<E::Report> = runs.report(started.id)?;
            conclude(voice, Some(started.id), &plan, &report)
        }
        State::Running | State::Died => died(&runs, started.id, voice, &plan),
    }
}

/// What Ctrl-C means while a run is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenInterrupted {
    /// The run is stopped: whoever started it waits for it.
    Stop,
    /// Only the following ends.
    Leave,
}

/// Shows a run from its first event to its end. Returns false when it was left before its end.
pub async fn follow(
    runs: &Runs,
    id: Id,
    voice: Voice,
    interrupted: WhenInterrupted,
) -> Result<bool> {
    let progress = Progress::new(voice);
    let mut following = runs.follow(id, 0)?;
    let mut interrupts = interrupts()?;
    loop {
        tokio::select! {
            batch = following.next() => match batch? {
                Some(entries) => entries.iter().for_each(|entry| progress.entry(entry)),
                None => break,
            },
            _ = interrupts.recv() => match interrupted {
                WhenInterrupted::Leave => {
                    progress.finish();
                    face::say(&words::left(&id.short()));
                    return Ok(false);
                }
                WhenInterrupted::Stop => {
                    face::say(words::STOPPING);
                    run::stop(runs, id, Patience::until(Until::Answered)).await?;
                }
            },
        }
    }
    progress.finish();
    Ok(true)
}

fn interrupts() -> Result<tokio::signal::unix::Signal> {
    signal(SignalKind::interrupt())
        .map_err(|cause| Error::local("cannot handle signals").because(cause))
}

/// Asks on a terminal; without one, `--yes` must have been given.
pub fn confirm(acting: &Acting, question: &Question) -> Result<()> {
    if acting.yes {
        return Ok(());
    }
    if !face::can_ask() {
        return Err(Error::usage(words::NEEDS_YES).hint(words::NEEDS_YES_HINT));
    }
    let wanted = question.typed.as_deref();
    face::say(&question.text);
    face::say(&words::prompt(wanted));
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|cause| Error::local(words::NO_ANSWER).because(cause))?;
    let answer = answer.trim();
    let agreed = match wanted {
        Some(typed) => answer == typed,
        None => matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"),
    };
    if agreed {
        Ok(())
    } else {
        Err(Error::new(Kind::Stopped, words::NOT_CONFIRMED))
    }
}

/// Prints how it ended, and says the exit code.
fn conclude<P: Serialize, R: Serialize + Outcome>(
    voice: Voice,
    run: Option<Id>,
    plan: &P,
    ended: &ReportFile<R>,
) -> Result<u8> {
    let Ending {
        verdict,
        exit,
        error,
        sentence,
        ..
    } = &ended.ending;
    match voice {
        Voice::Json => face::print_json(&json!({
            "run": run, "plan": plan, "report": ended.report,
            "verdict": verdict, "exit": exit, "error": error,
        }))?,
        // A failure alone is told below, in the same words.
        Voice::Plain
            if error
                .as_ref()
                .is_some_and(|error| error.message == *sentence) => {}
        Voice::Plain => face::print(&format!(
            "{sentence}
"
        ))?,
    }
    if let Some(error) = error {
        face::tell(error);
    }
    Ok(*exit)
}

fn died<P: Serialize>(runs: &Runs, id: Id, voice: Voice, plan: &P) -> Result<u8> {
    let run = runs.get(id)?;
    let failure = run
        .failure()
        .unwrap_or_else(|| Failure::from(Error::bug(words::no_report(&id.short()))));
    if voice == Voice::Json {
        face::print_json(&json!({
            "run": id, "plan": plan, "report": null, "verdict": null,
            "exit": failure.kind.exit(), "error": failure,
        }))?;
    }
    face::tell(&failure);
    Ok(failure.kind.exit())
}
