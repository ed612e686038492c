//! `selaras push apply`: sends the officials, shown and confirmed before.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Who, last_push, look, request, saved};
use crate::cli::ask::Question;
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::cli::out::OutputFormat;
use crate::context;
use crate::engine::Verdict;
use crate::error::{Error, Result};
use crate::pimpinan::{Pimpinan, Plan, describe};
use crate::run::{Runs, State};
use crate::text::{local_time, scrub};

/// Send them, after showing them and asking
///
/// Exits as the run does: 4 when the central API failed or refused, 11 when it did not take in
/// everybody.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub acting: Acting,
    /// Send the plan in FILE, made by `push plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    plan: Option<PathBuf>,
}

pub async fn run(context: &CliContext, args: &ApplyArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Pimpinan::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    context::may_write(&config)?;
    let plan = match &args.plan {
        Some(path) => {
            let plan = saved(&engine, path)?;
            refuse_second(&context::runs(&config)?, &plan)?;
            plan
        }
        None => look(context, &config, &engine, &args.who).await?,
    };
    if context.out.format() == OutputFormat::Plain {
        context.out.say(describe::page(&plan).trim_end());
        context.out.say(&last_push(&engine));
    }
    let proposal = Proposal {
        request: json!(request(&args.who)),
        question: question(&plan),
        details: describe::details,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}

/// A plan is pushed once: what was confirmed again must have been looked at again.
fn refuse_second(runs: &Runs, plan: &Plan) -> Result<()> {
    let done = |state: &State| match state {
        State::Finished(ending) => matches!(ending.verdict, Verdict::Clean | Verdict::Partial),
        State::Running | State::Died => false,
    };
    let runs = runs.readable()?;
    let mut earlier = runs.iter();
    let Some(run) = earlier.find(|run| run.manifest.plan_id == plan.id && done(&run.state)) else {
        return Ok(());
    };
    let operator = scrub(&run.manifest.operator.to_string());
    let at = run.ended().map(|at| format!(" at {}", local_time(at)));
    Err(Error::stale(format!(
        "this plan was already pushed by {operator}{} (run {}); nothing was sent",
        at.unwrap_or_default(),
        run.id().short()
    ))
    .hint(describe::HINT_PLAN_AGAIN))
}

/// What a confirmation names: the count and the URL. A production host is typed.
fn question(plan: &Plan) -> Question {
    let sends = describe::sends(plan).replacen("send", "Send", 1);
    let refused = describe::refused(plan).map(|text| format!("\n  {text}"));
    Question {
        text: format!("{sends}?{}", refused.unwrap_or_default()),
        typed: Vec::from_iter(plan.production.then(|| plan.host.clone())),
    }
}
