//! `selaras runs list`: a row for each run, readable or not.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::aftermath::{Aftermath, result};
use super::show::document;
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Output, OutputFormat};
use crate::config::Config;
use crate::context;
use crate::error::Result;
use crate::run::{Listed, Runs};
use crate::text::local_time;
use crate::text::table::Plain;

/// The state of a folder that is no run.
const UNREADABLE: &str = "unreadable";

/// All runs of this machine, the newest first
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub output: Output,
}

pub async fn run(context: &CliContext) -> Result<u8> {
    let config = context.config()?;
    let runs = context::runs(&config)?;
    let listed = runs.list()?;
    let known = aftermaths(&config, &runs, &listed).await;
    let rows = listed.iter().zip(known.iter().map(Option::as_ref));
    if context.out.format() == OutputFormat::Json {
        let rows = rows.map(|(listed, known)| match listed {
            Listed::Run(run) => {
                let mut row = document(run);
                if let Some(written) = known.and_then(Aftermath::written) {
                    row["written"] = json!(written);
                }
                row
            }
            Listed::Unreadable { name, why } => {
                json!({"run": name, "state": UNREADABLE, "error": why})
            }
        });
        let rows: Vec<_> = rows.collect();
        return context.out.document(&json!({"runs": rows})).map(|()| 0);
    }
    let header = [
        "run", "state", "exit", "engine", "operator", "started", "target", "result",
    ];
    let mut table = Plain::new(&header).right(2..3);
    for (listed, known) in rows {
        match listed {
            Listed::Run(run) => {
                let manifest = &run.manifest;
                let exit = run.exit().map(|exit| exit.to_string());
                table.row([
                    &manifest.id.short(),
                    known.and_then(Aftermath::state).unwrap_or(run.state.word()),
                    &exit.unwrap_or_default(),
                    &manifest.engine,
                    &manifest.operator.to_string(),
                    &local_time(manifest.created),
                    &manifest.target,
                    &result(run, known),
                ]);
            }
            Listed::Unreadable { name, why } => {
                table.row([name, UNREADABLE, "", "", "", "", "", &why.message]);
            }
        }
    }
    context.out.show(&table.text()).map(|()| 0)
}

/// What the databases say of those runs that could not say it themselves. One that does not answer
/// is not asked again for the next run.
async fn aftermaths(
    config: &Arc<Config>,
    runs: &Runs,
    listed: &[Listed],
) -> Vec<Option<Aftermath>> {
    let mut known = Vec::with_capacity(listed.len());
    let mut answers = true;
    for row in listed {
        let aftermath = match row {
            Listed::Run(run) if answers => Aftermath::of(config, runs, run).await,
            Listed::Run(_) | Listed::Unreadable { .. } => None,
        };
        answers &= aftermath.as_ref().is_none_or(|one| one.error.is_none());
        known.push(aftermath);
    }
    known
}
