//! `selaras script`: runs and watches a database sync script, here or behind a service.

mod log;
mod run;
mod status;
mod stop;
mod unlock;

use clap::Subcommand;

use super::cli_context::CliContext;
use crate::error::Result;

/// Run and watch a database sync script, here or behind a service
#[derive(Debug, Subcommand)]
pub enum ScriptCommand {
    Run(run::RunArgs),
    Status(status::StatusArgs),
    Log(log::LogArgs),
    Stop(stop::StopArgs),
    Unlock(unlock::UnlockArgs),
}

impl ScriptCommand {
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Run(args) => run::run(context, args).await,
            Self::Status(_) => status::run(context).await,
            Self::Log(args) => log::run(context, args).await,
            Self::Stop(args) => stop::run(context, args).await,
            Self::Unlock(args) => unlock::run(context, args).await,
        }
    }

    pub fn wants_json(&self) -> bool {
        match self {
            Self::Run(args) => args.acting.consent.json,
            Self::Status(args) => args.output.json,
            Self::Log(args) => args.json,
            Self::Stop(args) => args.acting.consent.json,
            Self::Unlock(args) => args.consent.json,
        }
    }
}
