//! `selaras users`: compares the users of branch servers with the database, and acts on that.

mod apply;
mod list;
mod migrate;
mod plan;
mod target;
mod undo;

use std::path::Path;

use clap::{ArgGroup, Args, Subcommand};

use super::ask::{self, Consent, Interrupts, Question};
use super::cli_context::CliContext;
use super::operation;
use super::out::{Out, OutputFormat};
use crate::error::Result;
use crate::text::scrub;
use crate::users::{Plan, Request, Users, describe};

/// Compare the users of branch servers with the database, and bring them in line
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    List(list::ListArgs),
    Undo(undo::UndoArgs),
    Migrate(migrate::MigrateArgs),
}

impl UsersCommand {
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Plan(args) => plan::run(context, args).await,
            Self::Apply(args) => apply::run(context, args).await,
            Self::List(args) => list::run(context, args).await,
            Self::Undo(args) => undo::run(context, args).await,
            Self::Migrate(args) => migrate::run(context, args).await,
        }
    }

    pub fn wants_json(&self) -> bool {
        match self {
            Self::Plan(args) => args.output.json,
            Self::Apply(args) => args.acting.consent.json,
            Self::List(args) => args.wants_json(),
            Self::Undo(args) => args.acting.consent.json,
            Self::Migrate(args) => args.acting.consent.json,
        }
    }
}

/// Which locations, and how much is allowed.
#[derive(Clone, Debug, Args)]
pub struct Locations {
    /// The codes of locations, such as dev
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// All locations
    #[arg(long, conflicts_with = "codes")]
    all: bool,
    /// Allow up to N deactivations at each location, in place of the configured limits
    #[arg(long, value_name = "N")]
    max_deactivate: Option<u64>,
    /// Allow the list of a server to be empty
    #[arg(long)]
    allow_empty: bool,
}

/// One of these says which; the refusal of a line without any names them all.
fn which() -> ArgGroup {
    ArgGroup::new("which")
        .required(true)
        .args(["codes", "all", "plan"])
}

/// The plan of a file, or a new one.
async fn obtain(
    out: &Out,
    engine: &Users,
    locations: &Locations,
    file: Option<&Path>,
) -> Result<Plan> {
    let Some(path) = file else {
        return operation::plan(out, engine, request(locations)).await;
    };
    let mut plan: Plan = operation::read_plan(path, "users")?;
    engine.accept(&mut plan)?;
    Ok(plan)
}

fn request(locations: &Locations) -> Request {
    Request {
        locations: (!locations.all).then(|| locations.codes.clone()),
        max_deactivate: locations.max_deactivate,
        allow_empty: locations.allow_empty,
    }
}

/// Shows a plan that is to be applied. On a terminal a guard that only waits for the number of
/// deactivations asks for it, location by location; anything else leaves that one as it is.
async fn show(out: &Out, consent: &Consent, plan: &mut Plan) -> Result<()> {
    if out.format() == OutputFormat::Plain {
        out.say(describe::page(plan).trim_end());
    }
    let waiting = plan.locations.iter().filter(|one| one.awaits_figure());
    let waiting = waiting.map(|one| (one.code.clone(), one.name.clone(), one.deactivations()));
    let waiting: Vec<_> = waiting.collect();
    if waiting.is_empty() || consent.yes || !ask::is_possible(out) {
        return Ok(());
    }
    let mut interrupts = Interrupts::listen()?;
    for (code, name, figure) in waiting {
        let prompt = format!(
            "Type {figure} to deactivate so many at {}, anything else to leave it as it is: ",
            scrub(&name)
        );
        if ask::ask(out, &prompt, &mut interrupts).await? == figure.to_string() {
            plan.allow(&code, figure as u64)?;
        }
    }
    Ok(())
}

/// What a confirmation names: figures, places, the database, and what is left out. The name of
/// every production target is typed.
fn question(plan: &Plan) -> Question {
    let (mut changes, mut typed) = (Vec::new(), Vec::new());
    for location in &plan.locations {
        if location.is_applicable() {
            changes.push(describe::changes_at(location));
            typed.extend(location.production.then(|| location.name.clone()));
        } else if let Some(failure) = location.obstacle() {
            changes.push(describe::nothing_at(&location.name, &failure.message));
        }
    }
    let text = format!(
        "Apply to {}:\n  {}",
        scrub(&plan.database),
        changes.join("\n  ")
    );
    Question { text, typed }
}
