//! `selaras users apply`: a sync, shown and confirmed before.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Locations, obtain, question, request, show, which};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::context;
use crate::error::Result;
use crate::users::{Users, describe};

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
    pub acting: Acting,
    /// Ask no server: apply the plan in FILE, made by `users plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    plan: Option<PathBuf>,
}

pub async fn run(context: &CliContext, args: &ApplyArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Users::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    context::may_write(&config)?;
    let mut plan = obtain(&context.out, &engine, &args.locations, args.plan.as_deref()).await?;
    show(&context.out, &args.acting.consent, &mut plan).await?;
    let proposal = Proposal {
        request: json!(request(&args.locations)),
        question: question(&plan),
        details: describe::details,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}
