//! `selaras push plan`: who would be sent.

use std::path::PathBuf;

use clap::Args;

use super::{Who, last_push, look, saved};
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Output, OutputFormat};
use crate::error::{EXIT_CHANGES_PENDING, Result};
use crate::pimpinan::{Pimpinan, describe};

/// Show who would be sent, who is refused and why; sends nothing
///
/// Exits 0 with the plan printed, refused rows or not; 10 with --detailed-exitcode when the
/// central API would be told something new.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub output: Output,
    /// Exit 10 when somebody to send is new or changed since the last successful push
    #[arg(long)]
    detailed_exitcode: bool,
    /// Do not read Docku: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    plan: Option<PathBuf>,
}

pub async fn run(context: &CliContext, args: &PlanArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config()?;
    let engine = context.engine(&config, Pimpinan::new)?;
    let plan = match &args.plan {
        Some(path) => saved(&engine, path)?,
        None => look(context, &config, &engine, &args.who).await?,
    };
    match out.format() {
        OutputFormat::Json => out.document(&plan)?,
        OutputFormat::Plain => {
            let (page, last) = (describe::page(&plan), last_push(&engine));
            out.show(&format!("{page}{last}\n"))?;
        }
    }
    Ok(if args.detailed_exitcode && plan.has_changes() {
        EXIT_CHANGES_PENDING
    } else {
        0
    })
}
