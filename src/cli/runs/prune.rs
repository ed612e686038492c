//! `selaras runs prune`, and the same without a question whenever a run has ended.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::short_ids;
use crate::cli::ask::{Consent, Interrupts, Question, confirm};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::Answer;
use crate::cli::out::OutputFormat;
use crate::clock::Clock;
use crate::config::Config;
use crate::context;
use crate::engine::Verdict;
use crate::error::Result;
use crate::run::{Keep, Pruned, Run, Runs};
use crate::text::plural;

/// Remove old runs, as the configuration says
#[derive(Debug, Args)]
pub struct PruneArgs {
    #[command(flatten)]
    pub consent: Consent,
}

pub async fn run(context: &CliContext, args: &PruneArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config_to_act()?;
    let runs = context::runs(&config)?;
    let pruning = runs.prunable(keep(&config), Clock::System.now())?;
    let ids: Vec<_> = pruning.runs.iter().map(Run::id).collect();
    if !ids.is_empty() || !pruning.leftovers.is_empty() {
        context::may_write(&config)?;
    }
    if !ids.is_empty() {
        let runs = plural(ids.len() as u64, "old run");
        let question = Question::new(format!("Remove {runs}: {}", short_ids(&ids)));
        confirm(out, &args.consent, &question, &mut Interrupts::listen()?).await?;
    }
    let pruned = runs.prune(pruning)?;
    let failed = pruned.failed.first().map(|(_, failure)| failure);
    let exit = failed.map_or(0, |failure| failure.kind.exit());
    tracing::info!("{}", removed(&pruned));
    if out.format() == OutputFormat::Json {
        let verdict = match failed {
            Some(_) => Verdict::Partial,
            None => Verdict::Clean,
        };
        out.document(&Answer {
            run: None,
            plan: Some(json!({"remove": ids})),
            report: Some(json!({"removed": pruned.removed})),
            verdict: Some(verdict),
            exit: Some(exit),
            error: failed.cloned(),
        })?;
    }
    out.say(&removed(&pruned));
    if let Some(failure) = failed {
        out.tell(failure);
    }
    Ok(exit)
}

/// Makes room after a run that began at `now`; what cannot be removed waits for the next.
pub fn tidy(runs: &Runs, config: &Config, now: Timestamp) {
    let pruning = runs.prunable(keep(config), now);
    match pruning.and_then(|pruning| runs.prune(pruning)) {
        Ok(pruned) if pruned.removed.is_empty() => {}
        Ok(pruned) => tracing::info!("{}", removed(&pruned)),
        Err(error) => tracing::warn!("{}", error.chain()),
    }
}

fn keep(config: &Config) -> Keep {
    Keep {
        runs: config.keep_runs as usize,
        days: config.keep_days,
    }
}

fn removed(pruned: &Pruned) -> String {
    format!("{} removed", plural(pruned.removed.len() as u64, "old run"))
}
