//! `selaras script stop`: stops the run on this machine, or at a service that can be asked to.

use clap::Args;
use serde_json::json;

use crate::cli::ask::{Interrupts, Question, confirm};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::Acting;
use crate::cli::out::{Out, OutputFormat};
use crate::cli::runs;
use crate::config::{Config, Script as Settings};
use crate::context;
use crate::context::script::in_hand;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::script::{Client, Plan, Script, Target, describe};
use crate::text::scrub;

const NOTHING_RUNS: &str = "nothing runs";

/// Stop the script: TERM to all of it, after a grace KILL, and wait for its end
///
/// Asked twice, it is killed at once.
#[derive(Debug, Args)]
pub struct StopArgs {
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(context: &CliContext, StopArgs { acting }: &StopArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let runs = context::runs(&config)?;
    if let Some(run) = in_hand(&runs)? {
        if let Some(why) = cannot_stop(runs.plan(run.id()).ok().as_ref()) {
            return Err(refused(&why));
        }
        return runs::stop(context, &config, &runs, run.id(), acting).await;
    }
    let engine = context.engine(&config, Script::new)?;
    if matches!(engine.settings(), Settings::Remote(_)) {
        return stop_there(context, &config, &engine.client().await?, acting).await;
    }
    answer(&context.out)?;
    context.out.say(NOTHING_RUNS);
    Ok(0)
}

/// Stops what somebody else runs at a service.
async fn stop_there(
    context: &CliContext,
    config: &Config,
    client: &Client,
    acting: &Acting,
) -> Result<u8> {
    let job = Job::silent();
    let running = client.running_run(&job).await?;
    if let Some(run) = running.map_err(|why| refused(&why))? {
        context::may_write(config)?;
        let name = scrub(client.name());
        let question = Question::new(format!("Stop what somebody else runs at {name}?"));
        let mut interrupts = Interrupts::listen()?;
        confirm(&context.out, &acting.consent, &question, &mut interrupts).await?;
        client.stop(&run, &job).await?;
        context.out.say(&describe::asked_to_stop(client.name()));
    } else {
        context.out.say(NOTHING_RUNS);
    }
    answer(&context.out)?;
    Ok(0)
}

/// Why the script of a run cannot be stopped from here.
fn cannot_stop(plan: Option<&Plan>) -> Option<String> {
    match &plan?.target {
        Target::Remote(remote) => remote.no_stop.clone(),
        Target::Local(_) => None,
    }
}

fn refused(why: &str) -> Error {
    Error::usage(format!("the script {}", describe::no_stop(why)))
        .hint("`selaras runs stop` only ends the following")
}

/// What was stopped is not one of our runs.
fn answer(out: &Out) -> Result<()> {
    match out.format() {
        OutputFormat::Json => out.document(&json!({"run": null, "error": null})),
        OutputFormat::Plain => Ok(()),
    }
}
