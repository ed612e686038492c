//! `selaras script status`: does it run, what speaks for and against a run, what was before.

use std::fmt::Write as _;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::run::{line, page};
use crate::cli::cli_context::CliContext;
use crate::cli::operation;
use crate::cli::out::{Output, OutputFormat};
use crate::context;
use crate::context::script::{Activity, Past, activity, in_hand, past};
use crate::error::Result;
use crate::run::Run;
use crate::script::{Plan, Request, Script, Target, describe};
use crate::text::table::Plain;
use crate::text::{duration, local_time, milliseconds};

/// How many earlier runs are listed.
const SHOWN: usize = 10;

/// Whether it runs, the state of its lock file, what speaks for and against a run, the last runs
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub output: Output,
}

pub async fn run(context: &CliContext) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine(&config, Script::new)?;
    let runs = context::runs(&config)?;
    let history = past(&runs, SHOWN)?;
    let request = Request {
        last: history.first().map(Past::last),
        ..Request::default()
    };
    let plan = operation::plan(&context.out, &engine, request).await?;
    let running = in_hand(&runs)?;
    let seen = running.as_ref().map(|run| activity(&runs, run.id()));
    let now = context.app.clock.now();
    if context.out.format() == OutputFormat::Json {
        let running = running.as_ref().zip(seen.as_ref());
        let document = document(&plan, running, &history, now);
        return context.out.document(&document).map(|()| 0);
    }
    let mut text = String::new();
    line(
        &mut text,
        "state",
        &state(&plan, running.as_ref().zip(seen.as_ref()), now),
    );
    text.push_str(&page(&plan));
    if !history.is_empty() {
        text.push('\n');
        text.push_str(&listed(&history));
    }
    context.out.show(&text).map(|()| 0)
}

fn state(plan: &Plan, running: Option<(&Run, &Activity)>, now: Timestamp) -> String {
    let Some((run, seen)) = running else {
        return elsewhere(plan).unwrap_or_else(|| "idle".to_owned());
    };
    // It says all that is known: there is no worker who would see more.
    if run.orphan.is_some() {
        return format!("running: {}", run.busy());
    }
    let since = run.started.unwrap_or(run.manifest.created);
    let mut text = format!(
        "running since {} ({}), run {} by {}",
        local_time(since),
        duration(now.duration_since(since)),
        run.id().short(),
        run.manifest.operator
    );
    text.extend(seen.pid.map(|pid| format!(", pid {pid}")));
    let _ = write!(text, ", {}", seen.last_output(now));
    if let Some(waiting) = &seen.waiting {
        let _ = write!(text, "; {}", waiting.sentence());
        if let Some(minutes) = waiting.overdue_minutes(now) {
            let _ = write!(
                text,
                "; look at it: this takes {minutes} min already, and `selaras script stop` ends them"
            );
        }
    }
    if let Some(minutes) = seen.silent_minutes(since, now) {
        let _ = write!(text, "; {}", describe::silent(minutes));
    }
    text
}

/// What runs without one of our runs.
fn elsewhere(plan: &Plan) -> Option<String> {
    let what = describe::elsewhere(plan)?;
    let stale_since = match &plan.target {
        Target::Remote(remote) => remote.stale_since,
        Target::Local(_) => None,
    };
    Some(match stale_since {
        Some(at) => format!("{what}; {}", describe::probably_stale(at)),
        None => what.to_owned(),
    })
}

fn listed(history: &[Past]) -> String {
    let header = ["run", "started", "took", "exit", "operator", "result"];
    let mut rows = Plain::new(&header).right(2..4);
    for past in history {
        let manifest = &past.run.manifest;
        let report = past.report.as_ref();
        let took = report.map(|report| milliseconds(report.duration_ms));
        let exit = report.and_then(|report| report.exit);
        rows.row([
            &manifest.id.short(),
            &local_time(manifest.created),
            &took.unwrap_or_default(),
            &exit.map(|exit| exit.to_string()).unwrap_or_default(),
            &manifest.operator.to_string(),
            &past.meaning().unwrap_or_else(|| "running".to_owned()),
        ]);
    }
    rows.text()
}

fn document(
    plan: &Plan,
    running: Option<(&Run, &Activity)>,
    history: &[Past],
    now: Timestamp,
) -> Value {
    let idle = elsewhere(plan).is_none();
    let state = if running.is_none() && idle {
        "idle"
    } else {
        "running"
    };
    let running = running.map(|(run, seen)| {
        let since = run.started.unwrap_or(run.manifest.created);
        json!({
            "run": run.id(), "operator": run.manifest.operator.to_string(), "since": since,
            "elapsed_ms": now.duration_since(since).as_millis(), "pid": seen.pid,
            "last_output": seen.last_output, "bytes": seen.bytes,
            "worker_died": run.orphan.is_some(),
            "silent_minutes": match run.orphan {
                Some(_) => None,
                None => seen.silent_minutes(since, now),
            },
            "waiting": seen.waiting.as_ref().map(|waiting| json!({
                "since": waiting.since, "script": waiting.ended, "left": waiting.left,
                "overdue_minutes": waiting.overdue_minutes(now),
            })),
        })
    });
    let history: Vec<Value> = history.iter().map(row).collect();
    json!({"state": state, "running": running, "plan": plan, "history": history})
}

fn row(past: &Past) -> Value {
    let manifest = &past.run.manifest;
    json!({
        "run": manifest.id, "started": manifest.created,
        "operator": manifest.operator.to_string(), "meaning": past.meaning(),
        "report": past.report,
    })
}
