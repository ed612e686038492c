//! A run in one document, or on one page: what it was to do, how it ended, what it wrote.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::after::Aftermath;
use crate::cli::out::{Out, OutputFormat};
use crate::cli::{dapodik, pimpinan, users, words};
use crate::config::Config;
use crate::dapodik::Dapodik;
use crate::engine::Engine;
use crate::error::{Failure, Result};
use crate::pimpinan::Pimpinan;
use crate::run::{Id, Listed, ReportFile, Run, Runs, State};
use crate::users::Users;
use crate::users::migrate::Migrate;

/// A row of the list for programs.
pub fn row(listed: &Listed) -> Value {
    match listed {
        Listed::Run(run) => document(run),
        Listed::Unreadable { name, why } => {
            json!({"run": name, "state": words::UNREADABLE, "error": why})
        }
    }
}

fn document(run: &Run) -> Value {
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

/// A run with its plan and its report, where they can be read.
pub fn with_report(runs: &Runs, run: &Run) -> Value {
    let mut document = document(run);
    document["plan"] = runs.plan(run.id()).unwrap_or_default();
    let report = runs.report(run.id());
    document["report"] = report
        .map(|file: ReportFile<Value>| json!(file.report))
        .unwrap_or_default();
    document
}

/// Prints all of it.
pub async fn show(out: &Out, config: &Arc<Config>, runs: &Runs, id: Id) -> Result<u8> {
    let run = runs.get(id)?;
    let aftermath = Aftermath::of(config, runs, &run).await;
    let said = aftermath.as_ref().and_then(Aftermath::sentence);
    if out.voice() == OutputFormat::Json {
        let mut document = with_report(runs, &run);
        document["written"] = json!(aftermath.as_ref().and_then(Aftermath::written));
        out.document(&document)?;
    } else {
        out.show(&words::run(&run, &runs.path(id), aftermath.as_ref()))?;
        out.show(&detail(runs, &run))?;
        if let Some(said) = said {
            out.show(&format!("{said}\n"))?;
        }
    }
    if let Some(error) = aftermath.and_then(|aftermath| aftermath.error) {
        out.tell(&Failure::from(error));
    }
    Ok(0)
}

/// What only its engine can read: the plan as it was shown, the report's details.
fn detail(runs: &Runs, run: &Run) -> String {
    match run.manifest.engine.as_str() {
        Users::NAME => pages(runs, run, users::plan_text, users::report),
        Migrate::NAME => pages(runs, run, users::migration_text, users::migrated_text),
        Pimpinan::NAME => pages(runs, run, pimpinan::plan_text, pimpinan::report),
        Dapodik::NAME => pages(runs, run, dapodik::plan_text, dapodik::report),
        _ => String::new(),
    }
}

fn pages<P: DeserializeOwned, R: DeserializeOwned>(
    runs: &Runs,
    run: &Run,
    plan_text: fn(&P) -> String,
    report_text: fn(&R) -> String,
) -> String {
    let plan = match runs.plan(run.id()) {
        Ok(plan) => plan_text(&plan),
        Err(error) => format!("! {}\n", error.chain()),
    };
    let report = runs.report(run.id()).ok();
    let report = report.and_then(|file: ReportFile<R>| file.report);
    let report = report
        .map(|report| report_text(&report))
        .unwrap_or_default();
    format!("\n{plan}{report}")
}
