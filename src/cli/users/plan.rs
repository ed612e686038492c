//! `selaras users plan`: what a sync would do.

use std::path::PathBuf;

use clap::Args;

use super::{Locations, obtain, which};
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Out, Output, OutputFormat};
use crate::error::{EXIT_CHANGES_PENDING, Failure, Result};
use crate::users::{Plan, Users, describe};

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
    pub output: Output,
    /// Exit 10 when something would change
    #[arg(long)]
    detailed_exitcode: bool,
    /// Ask no server: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    plan: Option<PathBuf>,
}

pub async fn run(context: &CliContext, args: &PlanArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config()?;
    let engine = context.engine(&config, Users::new)?;
    let plan = obtain(out, &engine, &args.locations, args.plan.as_deref()).await?;
    match out.format() {
        OutputFormat::Json => out.document(&plan)?,
        OutputFormat::Plain => out.show(&describe::page(&plan))?,
    }
    tell_errors(out, &plan);
    Ok(match plan.failure() {
        Some(failure) => failure.kind.exit(),
        None if args.detailed_exitcode && plan.has_changes() => EXIT_CHANGES_PENDING,
        None => 0,
    })
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
