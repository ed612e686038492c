//! `selaras push`: sends the structural officials of Docku to the central API.

mod apply;
mod plan;

use std::path::Path;

use clap::{Args, Subcommand};

use super::cli_context::CliContext;
use super::operation;
use crate::clock::Clock;
use crate::config::Config;
use crate::context;
use crate::error::Result;
use crate::pimpinan::{Pimpinan, Plan, Request, describe};

/// Send the structural officials of Docku to the central API
#[derive(Debug, Subcommand)]
pub enum PushCommand {
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
}

impl PushCommand {
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Plan(args) => plan::run(context, args).await,
            Self::Apply(args) => apply::run(context, args).await,
        }
    }

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
    let mut plan: Plan = operation::read_plan(path, "push")?;
    engine.accept(&mut plan)?;
    Ok(plan)
}

fn request(who: &Who) -> Request {
    Request {
        exclude_roles: who.exclude_role.clone(),
        only: who.only.clone(),
        last: None,
    }
}

/// `last push 2026-11-08 14:03 (2 h ago): 200, 6 officials`.
fn last_push(engine: &Pimpinan) -> String {
    match engine.last_push() {
        Ok(Some(last)) => format!("last push {}", describe::logged(&last, Clock::System.now())),
        Ok(None) => "no push in the integration log yet".to_owned(),
        Err(error) => format!("the integration log cannot be read: {}", error.chain()),
    }
}
