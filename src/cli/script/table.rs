//! A script plan as plain text: what would be run, and what speaks for or against it.

use std::fmt::Write as _;

use crate::clock::Clock;
use crate::script::{Last, LocalPlan, Plan, RemotePlan, Target, describe};
use crate::text::scrub;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    match &plan.target {
        Target::Local(local) => here(local, &mut text),
        Target::Remote(remote) => there(remote, &mut text),
    }
    if let Some(last) = &plan.last {
        row(&mut text, "last run", &last_run(last));
    }
    if let Some(changed) = plan.changed {
        row(&mut text, "changed", describe::changed(changed));
    }
    for warning in &plan.warnings {
        let _ = writeln!(text, "! {}", scrub(warning));
    }
    text
}

fn here(local: &LocalPlan, text: &mut String) {
    row(text, "script", &local.path.display().to_string());
    if local.exists {
        row(text, "run as", &local.command.join(" "));
        row(text, "file", &describe::file(local).join(", "));
    }
    if let Some(sha256) = &local.sha256 {
        row(text, "sha256", sha256);
    }
    match &local.lock {
        Some(lock) => row(text, "lock", &describe::lock(lock, Clock::System.now())),
        None => row(text, "lock", "none configured"),
    }
    match &local.log {
        Some(log) if log.readable => row(text, "log", &log.path.display().to_string()),
        Some(log) => row(
            text,
            "log",
            &format!("{}, not readable", log.path.display()),
        ),
        None => row(text, "log", "none configured"),
    }
}

fn there(remote: &RemotePlan, text: &mut String) {
    row(text, "service", &remote.url);
    let state = if remote.running { "running" } else { "idle" };
    row(text, "state", state);
    let log = if remote.log { "readable" } else { "none" };
    row(text, "log", log);
    let stop = remote.no_stop.as_deref().unwrap_or("possible");
    row(text, "stop", stop);
}

fn last_run(last: &Last) -> String {
    let short = &last.run[last.run.len().saturating_sub(6)..];
    format!("{short}, {}", describe::last_run(last, Clock::System.now()))
}

/// One line of name and value.
pub fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name:<10} {}", scrub(value));
}
