//! `selaras users migrate`: the one change to a foreign schema, statement by statement.

use clap::Args;
use serde_json::json;

use crate::cli::ask::Question;
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::cli::out::OutputFormat;
use crate::context;
use crate::error::Result;
use crate::text::{plural, scrub};
use crate::users::describe;
use crate::users::migrate::{Migrate, Request};

/// Make users unique by e-mail and location, after showing the statements and asking
///
/// Nothing else of a foreign schema is ever altered. Refuses, naming the rows, where an e-mail
/// occurs twice at one location.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(context: &CliContext, args: &MigrateArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Migrate::new)?;
    context::may_write(&config)?;
    let request = Request::default();
    let plan = operation::plan(&context.out, &engine, request).await?;
    if context.out.format() == OutputFormat::Plain {
        context.out.say(describe::migration_page(&plan).trim_end());
    }
    let proposal = Proposal {
        question: Question::new(format!(
            "Run {} on {}",
            plural(plan.changes.len() as u64, "statement"),
            scrub(&plan.database)
        )),
        request: json!(request),
        details: describe::migration_details,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}
