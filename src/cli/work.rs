//! `selaras work ID`: the worker of a run that a face has prepared.
//!
//! The only place that knows all engines by name. Its words go to the run's `worker.err`.

use jiff::Timestamp;

use super::cli_context::{self, CliContext};
use super::{runtime, words};
use crate::clock::Clock;
use crate::config::Config;
use crate::dapodik::Dapodik;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::pimpinan::Pimpinan;
use crate::run::worker::{self, Work};
use crate::run::{Keep, Runs};
use crate::script::Script;
use crate::script::unlock::Unlock;
use crate::users::Users;
use crate::users::migrate::Migrate;

/// Does the run and returns its exit code.
pub fn run(context: &CliContext, id: &str) -> Result<u8> {
    let runs = match &context.app.state_dir {
        Some(state_dir) => Runs::at(state_dir)?,
        None => cli_context::runs(&*context.config()?)?,
    };
    // The first act: from here on no terminal can end us, and whatever is wrong is reported.
    let work = worker::detach(&runs, id.parse()?)?;
    let config = context.config();
    let (keep, now) = (
        config.as_ref().ok().map(|config| keep(config)),
        Clock::System.now(),
    );
    tracing::info!(run = id, engine = work.manifest().engine, "worker begins");
    let exit = runtime()?.block_on(async {
        match work.manifest().engine.as_str() {
            Users::NAME => Ok(perform(work, config.and_then(Users::new)).await),
            Migrate::NAME => Ok(perform(work, config.and_then(Migrate::new)).await),
            Pimpinan::NAME => Ok(perform(work, config.and_then(Pimpinan::new)).await),
            Script::NAME => {
                let output = work.make_output();
                let engine = config.and_then(Script::new);
                let engine = engine.and_then(|engine| Ok(engine.with_output(output?)));
                Ok(perform(work, engine).await)
            }
            Unlock::NAME => Ok(perform(work, config.and_then(|config| Unlock::new(&config))).await),
            Dapodik::NAME => Ok(perform(work, config.and_then(Dapodik::new)).await),
            other => Err(Error::bug(words::unknown_engine(other))),
        }
    })?;
    tracing::info!(run = id, exit, "worker ends");
    if let Some(keep) = keep {
        tidy(&runs, keep, now);
    }
    Ok(exit)
}

async fn perform<E: Engine>(work: Work, engine: Result<E>) -> u8 {
    match engine {
        Ok(engine) => work.perform(engine).await,
        Err(error) => work.give_up::<E>(error),
    }
}

/// How much the configuration keeps.
pub fn keep(config: &Config) -> Keep {
    Keep {
        runs: config.keep_runs as usize,
        days: config.keep_days,
    }
}

/// Old runs make room whenever a new one has ended; what cannot be removed waits for the next.
fn tidy(runs: &Runs, keep: Keep, now: Timestamp) {
    let pruned = runs
        .prunable(keep, now)
        .and_then(|pruning| runs.prune(pruning));
    match pruned {
        Ok(pruned) if pruned.removed.is_empty() => {}
        Ok(pruned) => tracing::info!("{}", words::pruned(pruned.removed.len())),
        Err(error) => tracing::warn!("{}", error.chain()),
    }
}
