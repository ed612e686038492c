//! `selaras users`: plan, apply and list at a shell.

mod list;
mod migrate;
mod report;
mod table;
mod undo;
mod words;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;

use super::ask::{self, Consent, Interrupts, Question};
use super::cli_context::CliContext;
use super::operation::{self, Acting, Proposal};
use super::out::{Out, Output, OutputFormat};
use crate::context;
use crate::error::{Context, EXIT_CHANGES_PENDING, Error, Failure, Result};
use crate::files;
use crate::users::{Plan, Request, Users, describe};

pub use migrate::{plan_text as migration_text, report_text as migrated_text};
pub use report::report;
pub use table::plan as plan_text;

/// The longest plan that is taken from a file, in bytes; as long as one that a run may have.
const LONGEST_PLAN: u64 = 64 << 20;

/// Compare the users of branch servers with the database, and bring them in line
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    Plan(PlanArgs),
    Apply(ApplyArgs),
    List(list::ListArgs),
    Undo(undo::UndoArgs),
    Migrate(migrate::MigrateArgs),
}

impl UsersCommand {
    /// Does the verb and returns the exit code.
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Plan(args) => plan(context, args).await,
            Self::Apply(args) => apply(context, args).await,
            Self::List(args) => list::run(context, args).await,
            Self::Undo(args) => undo::run(context, args).await,
            Self::Migrate(args) => migrate::run(context, args).await,
        }
    }

    /// Whether standard output gets exactly one JSON document.
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

/// Show what a sync would do; writes nothing
///
/// Exits 0 with the plan printed, whatever is in it; as its error when every asked location
/// failed; 10 with --detailed-exitcode when something would change.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct PlanArgs {
    #[command(flatten)]
    locations: Locations,
    #[command(flatten)]
    output: Output,
    /// Exit 10 when something would change
    #[arg(long)]
    detailed_exitcode: bool,
    /// Ask no server: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    plan: Option<PathBuf>,
}

/// Do it, after showing it and asking
///
/// The work is done by a process of its own: a lost connection does not end it, Ctrl-C stops
/// it after the batch in hand. Exits as the run does.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct ApplyArgs {
    #[command(flatten)]
    locations: Locations,
    #[command(flatten)]
    acting: Acting,
    /// Ask no server: apply the plan in FILE, made by `users plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    plan: Option<PathBuf>,
}

async fn plan(context: &CliContext, args: &PlanArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config()?;
    let engine = context.engine(&config, Users::new)?;
    let plan = obtain(out, &engine, &args.locations, args.plan.as_deref()).await?;
    match out.voice() {
        OutputFormat::Json => out.document(&plan)?,
        OutputFormat::Plain => out.show(&table::plan(&plan))?,
    }
    tell_errors(out, &plan);
    Ok(match plan.failure() {
        Some(failure) => failure.kind.exit(),
        None if args.detailed_exitcode && plan.has_changes() => EXIT_CHANGES_PENDING,
        None => 0,
    })
}

async fn apply(context: &CliContext, args: &ApplyArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Users::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    context::may_write(&config)?;
    let mut plan = obtain(&context.out, &engine, &args.locations, args.plan.as_deref()).await?;
    show(&context.out, &args.acting.consent, &mut plan).await?;
    let proposal = Proposal {
        request: json!(request(&args.locations)),
        question: question(&plan),
        details: report::report,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
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
    let plan: Plan = serde_json::from_slice(&read(path)?).map_err(|cause| {
        Error::usage(words::no_plan(path))
            .because(cause)
            .hint(words::HINT_PLAN_FILE)
    })?;
    engine.accept(&plan)?;
    Ok(plan)
}

/// The bytes of a file, or of standard input (`-`); a pipe such as `<(…)` may be one.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let read = if path == Path::new("-") {
        files::read_all(std::io::stdin(), LONGEST_PLAN)
    } else {
        File::open(path).and_then(|file| files::read_all(file, LONGEST_PLAN))
    };
    read.doing("read", path)
}

fn request(locations: &Locations) -> Request {
    Request {
        locations: (!locations.all).then(|| locations.codes.clone()),
        max_deactivate: locations.max_deactivate,
        allow_empty: locations.allow_empty,
    }
}

/// A location's error is data on standard output, and said here too.
fn tell_errors(out: &Out, plan: &Plan) {
    let mut told: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for location in &plan.locations {
        let Some(failure) = &location.error else {
            continue;
        };
        // What is wrong with the database is wrong everywhere.
        match told.iter_mut().find(|(known, _)| *known == failure) {
            Some((_, names)) => names.push(&location.name),
            None => told.push((failure, vec![&location.name])),
        }
    }
    for (failure, names) in told {
        out.tell(&Failure {
            message: describe::at(&names.join(", "), &failure.message),
            ..failure.clone()
        });
    }
}

/// Shows a plan that is to be applied. On a terminal a guard that only waits for the number of
/// deactivations asks for it, location by location; anything else leaves that one as it is.
async fn show(out: &Out, consent: &Consent, plan: &mut Plan) -> Result<()> {
    if out.voice() == OutputFormat::Plain {
        out.say(table::plan(plan).trim_end());
    }
    let waiting = plan.locations.iter().filter(|one| one.awaits_figure());
    let waiting: Vec<_> = waiting
        .map(|one| {
            (
                one.code.clone(),
                one.name.clone(),
                one.deactivations() as u64,
            )
        })
        .collect();
    if waiting.is_empty() || consent.yes || !ask::is_possible(out) {
        return Ok(());
    }
    let mut interrupts = Interrupts::listen()?;
    for (code, name, figure) in waiting {
        let prompt = words::figure(&name, figure);
        if ask::ask(out, &prompt, &mut interrupts).await? == figure.to_string() {
            plan.allow(&code, figure)?;
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
    Question {
        text: words::question(&changes, &plan.database),
        typed,
    }
}
