//! `selaras runs show`: a run in one document, or on one page.

use clap::Args;
use serde_json::{Value, json};

use super::aftermath::{Aftermath, result};
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Output, OutputFormat};
use crate::error::{Failure, Result};
use crate::run::{ReportFile, Run, Runs, State};
use crate::text::{local_time, scrub};
use crate::{context, engines};

/// What a run was to do, how it ended, and what it wrote
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The end of its id, such as c41f9a
    run: String,
    #[command(flatten)]
    pub output: Output,
}

pub async fn run(context: &CliContext, args: &ShowArgs) -> Result<u8> {
    let out = &context.out;
    let config = context.config()?;
    let runs = context::runs(&config)?;
    let run = runs.get(runs.find(&args.run)?)?;
    let aftermath = Aftermath::of(&config, &runs, &run).await;
    if out.format() == OutputFormat::Json {
        let mut document = with_report(&runs, &run);
        document["written"] = json!(aftermath.as_ref().and_then(Aftermath::written));
        out.document(&document)?;
    } else {
        out.show(&page(&runs, &run, aftermath.as_ref()))?;
        if let Some(engine) = engines::named(&run.manifest.engine) {
            let page = engine.page(&runs, &run, context.app.clock.now());
            if !page.is_empty() {
                out.show(&format!("\n{page}"))?;
            }
        }
        if let Some(said) = aftermath.as_ref().and_then(Aftermath::sentence) {
            out.show(&format!("{said}\n"))?;
        }
    }
    if let Some(error) = aftermath.and_then(|aftermath| aftermath.error) {
        out.tell(&Failure::from(error));
    }
    Ok(0)
}

/// All that is known of a run without its journal; the database may know more.
fn page(runs: &Runs, run: &Run, aftermath: Option<&Aftermath>) -> String {
    let manifest = &run.manifest;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let state = aftermath.and_then(Aftermath::state);
    let rows = [
        ("run", manifest.id.to_string()),
        ("state", state.unwrap_or(run.state.word()).to_owned()),
        ("engine", manifest.engine.clone()),
        ("target", manifest.target.clone()),
        ("operator", manifest.operator.to_string()),
        ("from", or_dash(manifest.operator.ssh_client.clone())),
        ("confirmed", local_time(manifest.created)),
        ("started", or_dash(run.started.map(local_time))),
        ("ended", or_dash(run.ended().map(local_time))),
        ("exit", or_dash(run.exit().map(|exit| exit.to_string()))),
        ("result", result(run, aftermath)),
        ("folder", runs.path(run.id()).display().to_string()),
    ];
    rows.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("{name:<10} {}\n", scrub(value))
    })
}

/// A run for programs.
pub fn document(run: &Run) -> Value {
    let manifest = &run.manifest;
    let ending = match &run.state {
        State::Finished(ending) => Some(ending),
        State::Running | State::Died => None,
    };
    json!({
        "run": manifest.id, "state": run.state.word(), "engine": manifest.engine,
        "target": manifest.target, "operator": manifest.operator.to_string(),
        "created": manifest.created, "started": run.started, "ended": run.ended(),
        "pid": run.worker.map(|worker| worker.pid),
        "verdict": ending.map(|ending| ending.verdict), "exit": run.exit(),
        "sentence": ending.map(|ending| &ending.sentence), "error": run.failure(),
    })
}

/// A run for programs, with its plan and its report where they can be read.
pub fn with_report(runs: &Runs, run: &Run) -> Value {
    let mut document = document(run);
    document["plan"] = runs.plan(run.id()).unwrap_or_default();
    let report = runs.report(run.id());
    document["report"] = report
        .map(|file: ReportFile<Value>| json!(file.report))
        .unwrap_or_default();
    document
}
