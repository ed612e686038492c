//! `selaras users`: plan, apply and list at a shell.

mod list;
mod table;
mod words;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::{Locations, Users as Verb, UsersApply, UsersPlan};
use super::drive::{self, Question};
use super::face::{self, Face, Voice};
use crate::config::Config;
use crate::engine::Summary;
use crate::error::{Context, EXIT_CHANGES_PENDING, Error, Failure, Result};
use crate::users::{Plan, Request, Users};

/// Does a verb and says the exit code.
pub async fn run(face: &Face, verb: &Verb) -> Result<u8> {
    let config = face.config()?;
    match verb {
        Verb::Plan(args) => plan(&config, args).await,
        Verb::Apply(args) => apply(face, &config, args).await,
        Verb::List(args) => list::run(&config, args).await,
    }
}

async fn plan(config: &Arc<Config>, args: &UsersPlan) -> Result<u8> {
    let voice = Voice::of(args.json);
    let engine = Users::new(Arc::clone(config))?;
    let plan = obtain(&engine, &args.locations, args.plan.as_deref(), voice).await?;
    match voice {
        Voice::Json => face::print_json(&plan)?,
        Voice::Plain => face::print(&table::plan(&plan))?,
    }
    tell_errors(&plan);
    Ok(match plan.failure() {
        Some(failure) => failure.kind.exit(),
        None if args.detailed_exitcode && plan.has_changes() => EXIT_CHANGES_PENDING,
        None => 0,
    })
}

async fn apply(face: &Face, config: &Arc<Config>, args: &UsersApply) -> Result<u8> {
    let voice = Voice::of(args.acting.json);
    let engine = Users::new(Arc::clone(config))?;
    let plan = obtain(&engine, &args.locations, args.plan.as_deref(), voice).await?;
    if voice == Voice::Plain {
        face::say(table::plan(&plan).trim_end());
    }
    let request = json!(request(&args.locations));
    let question = question(&plan);
    drive::act(face, config, &engine, plan, request, &args.acting, question).await
}

/// The plan of a file, or a new one.
async fn obtain(
    engine: &Users,
    locations: &Locations,
    file: Option<&Path>,
    voice: Voice,
) -> Result<Plan> {
    let Some(path) = file else {
        return drive::plan(engine, request(locations), voice).await;
    };
    let text = std::fs::read(path).doing("read", path)?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|cause| {
        Error::usage(words::no_plan(path))
            .because(cause)
            .hint(words::HINT_PLAN_FILE)
    })?;
    engine.accept(&plan)?;
    Ok(plan)
}

fn request(locations: &Locations) -> Request {
    Request {
        locations: (!locations.all).then(|| locations.codes.clone()),
        max_deactivate: locations.max_deactivate,
        allow_empty: locations.allow_empty,
    }
}

/// A location's error is data on standard output, and said here too.
fn tell_errors(plan: &Plan) {
    for location in &plan.locations {
        if let Some(failure) = &location.error {
            let message = words::at(&location.name, &failure.message);
            face::tell(&Failure {
                message,
                ..failure.clone()
            });
        }
    }
}

/// What a confirmation names: figures, places, the database. A production target is typed.
fn question(plan: &Plan) -> Question {
    let mut applicable = plan
        .locations
        .iter()
        .filter(|location| location.is_applicable());
    let production = applicable.clone().find(|location| location.production);
    let typed = production.map(|location| location.name.clone());
    let lines: Vec<_> = applicable.by_ref().map(words::change).collect();
    Question {
        text: words::question(&plan.target(), &lines, &plan.database),
        typed,
    }
}
