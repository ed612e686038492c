//! `selaras runs stop`: asks a run to stop, and waits for its end.

use clap::Args;

use super::show::with_report;
use crate::cli::ask::{Interrupts, Question, confirm};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::Acting;
use crate::cli::out::OutputFormat;
use crate::config::Config;
use crate::context;
use crate::error::Result;
use crate::run::{self, Id, Runs, State, StopWait, Until};
use crate::text::scrub;

/// Ask a run to stop after the batch in hand, and wait for its end
///
/// Exits 0 once the run has ended, however it ended; with --detach once it has answered. A run
/// that does not answer within 5 seconds is killed.
#[derive(Debug, Args)]
pub struct StopArgs {
    /// The end of its id, such as c41f9a
    run: String,
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(context: &CliContext, args: &StopArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let runs = context::runs(&config)?;
    stop(context, &config, &runs, runs.find(&args.run)?, &args.acting).await
}

/// Stops a run, whoever started it.
pub async fn stop(
    context: &CliContext,
    config: &Config,
    runs: &Runs,
    id: Id,
    acting: &Acting,
) -> Result<u8> {
    let run = runs.get(id)?;
    let short = id.short();
    let operator = run.manifest.operator.to_string();
    let acts = run.state == State::Running || run.orphan.is_some();
    if acts && operator != context.app.operator(config).to_string() {
        let question = Question::new(format!(
            "Stop run {short} ({}), which {} started:",
            scrub(&run.manifest.target),
            scrub(&operator)
        ));
        let mut interrupts = Interrupts::listen()?;
        confirm(&context.out, &acting.consent, &question, &mut interrupts).await?;
    }
    let until = if acting.detach {
        Until::Answered
    } else {
        Until::Ended
    };
    let stopped = run::stop(runs, id, StopWait::until(until)).await?;
    let more = format!("selaras runs show {short} says what it wrote");
    let result = stopped.sentence(id, &more);
    tracing::info!(run = %id, "{result}");
    if context.out.format() == OutputFormat::Json {
        context.out.document(&with_report(runs, &runs.get(id)?))?;
    }
    context.out.say(&result);
    Ok(0)
}
