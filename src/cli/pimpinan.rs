//! `selaras push`: plan and apply at a shell.

mod report;
mod table;
mod words;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::ask::Question;
use super::cli_context::CliContext;
use super::operation::{self, Acting, Proposal};
use super::out::{Output, OutputFormat};
use super::users::read;
use crate::config::Config;
use crate::context;
use crate::engine::Verdict;
use crate::error::{EXIT_CHANGES_PENDING, Error, Result};
use crate::pimpinan::describe::HINT_PLAN_AGAIN;
use crate::pimpinan::{Pimpinan, Plan, Request};
use crate::run::{Runs, State};

pub use report::report;
pub use table::plan as plan_text;

/// Send the structural officials of Docku to the central API
#[derive(Debug, Subcommand)]
pub enum PushCommand {
    Plan(PlanArgs),
    Apply(ApplyArgs),
}

impl PushCommand {
    /// Does the verb and returns the exit code.
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Plan(args) => plan(context, args).await,
            Self::Apply(args) => apply(context, args).await,
        }
    }

    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Plan(args) => args.output.json,
            Self::Apply(args) => args.acting.consent.json,
        }
    }
}

/// Who is sent.
#[derive(Clone, Debug, Args)]
struct Who {
    /// Do not send this role either, besides `exclude_roles` of the configuration
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    exclude_role: Vec<String>,
    /// Send only these, by their ids in Docku
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Option<Vec<i64>>,
}

/// Show who would be sent, who is refused and why; sends nothing
///
/// Exits 0 with the plan printed, refused rows or not; 10 with --detailed-exitcode when the
/// central API would be told something new.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    output: Output,
    /// Exit 10 when somebody to send is new or changed since the last successful push
    #[arg(long)]
    detailed_exitcode: bool,
    /// Do not read Docku: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    plan: Option<PathBuf>,
}

/// Send them, after showing them and asking
///
/// Exits as the run does: 4 when the central API failed or refused, 11 when it did not take in
/// everybody.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    acting: Acting,
    /// Send the plan in FILE, made by `push plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    plan: Option<PathBuf>,
}

async fn plan(context: &CliContext, args: &PlanArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config()?;
    let engine = context.engine(&config, Pimpinan::new)?;
    let plan = match &args.plan {
        Some(path) => saved(&engine, path)?,
        None => look(context, &config, &engine, &args.who).await?,
    };
    match out.voice() {
        OutputFormat::Json => out.document(&plan)?,
        OutputFormat::Plain => {
            let last = words::last_push(&engine.last_push());
            out.show(&format!("{}{last}\n", table::plan(&plan)))?;
        }
    }
    Ok(if args.detailed_exitcode && plan.has_changes() {
        EXIT_CHANGES_PENDING
    } else {
        0
    })
}

async fn apply(context: &CliContext, args: &ApplyArgs) -> Result<u8> {
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
    if context.out.voice() == OutputFormat::Plain {
        context.out.say(table::plan(&plan).trim_end());
        context.out.say(&words::last_push(&engine.last_push()));
    }
    let proposal = Proposal {
        request: json!(request(&args.who)),
        question: question(&plan),
        details: report::report,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}

/// A new plan, with what changed since the last successful push.
async fn look(context: &CliContext, config: &Config, engine: &Pimpinan, who: &Who) -> Result<Plan> {
    let request = Request {
        last: context::pimpinan::last(&context::runs(config)?, &engine.url())?,
        ..request(who)
    };
    operation::plan(&context.out, engine, request).await
}

/// The plan of a file.
fn saved(engine: &Pimpinan, path: &Path) -> Result<Plan> {
    let plan: Plan = serde_json::from_slice(&read(path)?).map_err(|cause| {
        Error::usage(words::no_plan(path))
            .because(cause)
            .hint(words::HINT_PLAN_FILE)
    })?;
    engine.accept(&plan)?;
    Ok(plan)
}

/// A plan is pushed once: what was confirmed again must have been looked at again.
fn refuse_second(runs: &Runs, plan: &Plan) -> Result<()> {
    let done = |state: &State| match state {
        State::Finished(ending) => matches!(ending.verdict, Verdict::Clean | Verdict::Partial),
        State::Running | State::Died => false,
    };
    let runs = runs.readable()?;
    let mut earlier = runs.iter();
    match earlier.find(|run| run.manifest.plan_id == plan.id && done(&run.state)) {
        Some(run) => Err(Error::stale(words::pushed_before(run)).hint(HINT_PLAN_AGAIN)),
        None => Ok(()),
    }
}

fn request(who: &Who) -> Request {
    Request {
        exclude_roles: who.exclude_role.clone(),
        only: who.only.clone(),
        last: None,
    }
}

/// What a confirmation names: the count and the URL. A production host is typed.
fn question(plan: &Plan) -> Question {
    Question {
        text: words::question(plan),
        typed: Vec::from_iter(plan.production.then(|| plan.host.clone())),
    }
}
