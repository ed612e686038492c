//! `selaras push`: plan and apply at a shell.

mod report;
mod table;
mod words;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::{Push as Verb, PushApply, PushPlan, Who};
use super::ask::Question;
use super::cli_context::{self, CliContext};
use super::operation::{self, Proposal};
use super::out::OutputFormat;
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

/// Does a verb and says the exit code.
pub async fn run(context: &CliContext, verb: &Verb) -> Result<u8> {
    let config = context.config()?;
    match verb {
        Verb::Plan(args) => plan(context, &config, args).await,
        Verb::Apply(args) => apply(context, &config, args).await,
    }
}

async fn plan(context: &CliContext, config: &Arc<Config>, args: &PushPlan) -> Result<u8> {
    let out = &context.out;
    let engine = context.engine(config, Pimpinan::new)?;
    let plan = match &args.plan {
        Some(path) => saved(&engine, path)?,
        None => look(context, config, &engine, &args.who).await?,
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

async fn apply(context: &CliContext, config: &Arc<Config>, args: &PushApply) -> Result<u8> {
    let engine = context.engine(config, Pimpinan::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    cli_context::may_write(config)?;
    let plan = match &args.plan {
        Some(path) => {
            let plan = saved(&engine, path)?;
            refuse_second(&cli_context::runs(config)?, &plan)?;
            plan
        }
        None => look(context, config, &engine, &args.who).await?,
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
    operation::act(context, config, &args.acting, &engine, proposal).await
}

/// A new plan, with what changed since the last successful push.
async fn look(context: &CliContext, config: &Config, engine: &Pimpinan, who: &Who) -> Result<Plan> {
    let request = Request {
        last: context::pimpinan::last(&cli_context::runs(config)?, &engine.url())?,
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
