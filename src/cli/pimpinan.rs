//! `selaras push`: plan and apply at a shell.

pub mod args;
mod table;
mod words;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::drive::{self, Question};
use super::face::{self, Face, Voice};
use crate::config::Config;
use crate::engine::{Engine, Verdict};
use crate::error::{Context, EXIT_CHANGES_PENDING, Error, Result};
use crate::pimpinan::{Pimpinan, Plan, Pushed, Request};
use crate::run::{Runs, State};
use args::{Push as Verb, PushApply, PushPlan, Who};

/// Does a verb and says the exit code.
pub async fn run(face: &Face, verb: &Verb) -> Result<u8> {
    let config = face.config()?;
    match verb {
        Verb::Plan(args) => plan(&config, args).await,
        Verb::Apply(args) => apply(face, &config, args).await,
    }
}

async fn plan(config: &Arc<Config>, args: &PushPlan) -> Result<u8> {
    let voice = Voice::of(args.json);
    let engine = Pimpinan::new(Arc::clone(config))?;
    let plan = match &args.plan {
        Some(path) => read(&engine, path)?,
        None => look(config, &engine, &args.who, voice).await?,
    };
    match voice {
        Voice::Json => face::print_json(&plan)?,
        Voice::Plain => face::print(&table::plan(&plan, &engine.last_push()))?,
    }
    Ok(if args.detailed_exitcode && plan.has_changes() {
        EXIT_CHANGES_PENDING
    } else {
        0
    })
}

async fn apply(face: &Face, config: &Arc<Config>, args: &PushApply) -> Result<u8> {
    let voice = Voice::of(args.acting.json);
    let engine = Pimpinan::new(Arc::clone(config))?;
    let plan = match &args.plan {
        Some(path) => {
            let plan = read(&engine, path)?;
            refuse_second(&face::runs(config)?, &plan)?;
            plan
        }
        None => look(config, &engine, &args.who, voice).await?,
    };
    if voice == Voice::Plain {
        face::say(table::plan(&plan, &engine.last_push()).trim_end());
    }
    let request = json!(request(&args.who));
    let question = question(&plan);
    drive::act(face, config, &engine, plan, request, &args.acting, question).await
}

/// A new plan, with what changed since the last successful push.
async fn look(config: &Config, engine: &Pimpinan, who: &Who, voice: Voice) -> Result<Plan> {
    let request = Request {
        last: last(&face::runs(config)?, &engine.url())?,
        ..request(who)
    };
    drive::plan(engine, request, voice).await
}

/// What the last successful push sent: to the same address, else to any.
fn last(runs: &Runs, url: &str) -> Result<Option<Pushed>> {
    let here = |pushed: &Pushed| pushed.url == url;
    let newest = runs.newest(Pimpinan::NAME, |plan, report, at| {
        Pushed::of(plan, &report, at).filter(here)
    });
    match newest? {
        Some(pushed) => Ok(Some(pushed)),
        None => runs.newest(Pimpinan::NAME, |plan, report, at| {
            Pushed::of(plan, &report, at)
        }),
    }
}

/// The plan of a file.
fn read(engine: &Pimpinan, path: &Path) -> Result<Plan> {
    let text = std::fs::read(path).doing("read", path)?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|cause| {
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
        Some(run) => Err(Error::stale(words::pushed_before(run)).hint(words::HINT_PLAN_AGAIN)),
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
        typed: plan.production.then(|| plan.host.clone()),
    }
}
