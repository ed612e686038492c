//! A script behind a service: what would be run there, and the run itself.
//!
//! ```text
//!   POST /sync/run ──────────────── blocks to the end ───────────────▶ answer ─▶ Report
//!     └ meanwhile GET /sync/status, GET /sync/log: new lines go to the output
//!     └ dropped: status until idle, then the log once more             ─▶ no result
//! ```

mod answer;
mod client;
mod log;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use answer::Status;
pub use client::{Client, address};
pub use log::Window;
use watch::Watch;

use super::describe::probably_stale;
use super::model::{Plan, RemotePlan, Report, Request, Target};
use super::output::Output;
use crate::config::{Config, RemoteScript};
use crate::engine::Job;
use crate::error::{Error, Failure, Result};
use crate::text::excerpt;

/// How often status and log are asked for, unless said otherwise, in milliseconds.
const POLL_MS: u64 = 5_000;

/// Asks the service for its state.
pub async fn plan(
    config: &Arc<Config>,
    settings: &RemoteScript,
    request: Request,
    job: &Job,
) -> Result<Plan> {
    let client = Client::new(config, settings).await?;
    let running = client.status(job).await? == Status::Running;
    let shown = client.log(job).await;
    let (run, no_stop) = match client.running_run(job).await {
        Ok(Ok(run)) => (run, None),
        Ok(Err(why)) => (None, Some(why)),
        Err(error) => (None, Some(error.chain())),
    };
    let attach = request.attach && running;
    let text = shown.as_ref().ok().and_then(Option::as_ref);
    let text = text.map(|log| log.text.as_str());
    let stale_since = text
        .filter(|_| running)
        .and_then(|text| log::stale_since(text, job.now(), &TimeZone::system()));
    let remote = RemotePlan {
        url: address(settings),
        running,
        log: matches!(shown, Ok(Some(_))),
        attach,
        run,
        stale_since,
        no_stop,
        poll_ms: request.poll_ms.unwrap_or(POLL_MS),
    };
    let mut problems: Vec<Failure> = Vec::new();
    if running && !attach {
        let last = text.and_then(|text| text.lines().last());
        problems.push(is_running(client.name(), last, stale_since).into());
    }
    let warnings = match &shown {
        Ok(Some(_)) => Vec::new(),
        Ok(None) => vec![format!("{} has no log to show (yet)", client.name())],
        Err(error) => vec![error.chain()],
    };
    Plan::of(
        Target::Remote(remote),
        problems,
        warnings,
        request.last,
        None,
    )
}

/// Runs the script there, or follows what runs there already.
pub async fn run(
    config: &Arc<Config>,
    settings: &RemoteScript,
    plan: &RemotePlan,
    output: Output,
    job: &Job,
) -> Result<Report> {
    let client = Client::new(config, settings).await?;
    let status = client.status(job).await?;
    if status == Status::Running && !plan.attach {
        return Err(is_running(client.name(), None, None));
    }
    let mut watch = Watch::new(&client, plan, output, job);
    if plan.attach {
        watch.follow().await
    } else {
        watch.skip_old().await;
        watch.run().await
    }
}

fn is_running(server: &str, last_line: Option<&str>, stale_since: Option<Timestamp>) -> Error {
    let last = last_line.map_or_else(String::new, |line| {
        format!("; the last line of its log: {}", excerpt(line, 200))
    });
    let text = format!("a sync is already running at {server}{last}");
    match stale_since {
        None => Error::busy(text).hint("`selaras script run --attach` follows it"),
        Some(at) => Error::busy(format!("{text}; {}", probably_stale(at))).hint(
            "look there whether the script runs; where it does not, its lock file is to be removed",
        ),
    }
}
