//! `selaras runs`: list, show, follow, stop and prune, whatever engine they are of.

mod aftermath;
mod follow;
mod list;
mod prune;
mod show;
mod stop;

use clap::Subcommand;

pub use aftermath::{Aftermath, result, tell};
pub use follow::{WhenInterrupted, attend, follow};
pub use prune::tidy;
pub use stop::stop;

use super::cli_context::CliContext;
use crate::error::Result;
use crate::run::Id;

/// List, follow and stop runs
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Follow(follow::FollowArgs),
    Stop(stop::StopArgs),
    Prune(prune::PruneArgs),
}

impl RunsCommand {
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::List(_) => list::run(context).await,
            Self::Show(args) => show::run(context, args).await,
            Self::Follow(args) => follow::run(context, args).await,
            Self::Stop(args) => stop::run(context, args).await,
            Self::Prune(args) => prune::run(context, args).await,
        }
    }

    pub fn wants_json(&self) -> bool {
        match self {
            Self::List(args) => args.output.json,
            Self::Show(args) => args.output.json,
            Self::Follow(args) => args.json,
            Self::Stop(args) => args.acting.consent.json,
            Self::Prune(args) => args.consent.json,
        }
    }
}

/// `c41f9a, 0b12cd`.
pub fn short_ids(runs: &[Id]) -> String {
    let names: Vec<_> = runs.iter().map(|id| id.short()).collect();
    names.join(", ")
}
