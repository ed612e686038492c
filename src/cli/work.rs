//! `selaras work ID`: the worker of a run that another process has prepared.
//!
//! Its words go to the run's `worker.err`.

use clap::Args;

use super::cli_context::CliContext;
use super::runs::tidy;
use super::runtime;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::run::{Runs, worker};
use crate::text::scrub;
use crate::{context, engines};

/// Do a run that was prepared: what a run's worker is started with
#[derive(Debug, Args)]
pub struct WorkArgs {
    /// The run's id
    run: String,
}

/// Does the run and returns its exit code.
pub fn run(context: &CliContext, WorkArgs { run: id }: &WorkArgs) -> Result<u8> {
    let runs = match &context.app.state_dir {
        Some(state_dir) => Runs::at(state_dir)?,
        None => context::runs(&*context.config_to_act()?)?,
    };
    // The first act: from here on no terminal can end us, and whatever is wrong is reported.
    let work = worker::detach(&runs, id.parse()?)?;
    let config = context.config_to_act();
    let (known, now) = (config.as_ref().ok().cloned(), Clock::System.now());
    let name = work.manifest().engine.clone();
    tracing::info!(run = id, engine = name, "worker begins");
    let Some(engine) = engines::named(&name) else {
        let name = scrub(&name);
        return Err(Error::bug(format!("there is no engine called «{name}»")));
    };
    let exit = runtime()?.block_on(async { engine.perform(work, config).await });
    tracing::info!(run = id, exit, "worker ends");
    if let Some(config) = known {
        tidy(&runs, &config, now);
    }
    Ok(exit)
}
