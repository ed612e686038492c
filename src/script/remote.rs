//! A script behind a service: what would be run there, and the run itself.
//!
//! ```text
//!   POST /sync/run ──────────────── blocks to the end ───────────────▶ answer ─▶ Report
//!     └ meanwhile GET /sync/status, GET /sync/log: new lines go to the output
//!     └ dropped: status until idle, then the log once more             ─▶ no result
//! ```

mod access;
mod answer;
mod client;
mod large;
mod last_line;
mod seen;
mod standstill;
mod watch;
mod window;

use std::sync::Arc;

use jiff::tz::TimeZone;

use answer::Standing;
pub use client::{Client, address};
use watch::Watch;
pub use window::Window;

use super::model::{Plan, RemotePlan, Report, Request, Target};
use super::output::Output;
use super::words;
use crate::config::{Config, RemoteScript};
use crate::engine::Job;
use crate::error::{Failure, Result};

/// How often status and log are asked for, unless said otherwise, in milliseconds.
const POLL_MS: u64 = 5_000;

/// Asks the service how it stands.
pub async fn plan(
    config: &Arc<Config>,
    settings: &RemoteScript,
    request: Request,
    job: &Job,
) -> Result<Plan> {
    let client = Client::new(config, settings).await?;
    let running = client.status(job).await? == Standing::Running;
    let log = client.log(job).await;
    let (run, no_stop) = match client.running_run(job).await {
        Ok(Ok(run)) => (run, None),
        Ok(Err(why)) => (None, Some(why)),
        Err(error) => (None, Some(error.chain())),
    };
    let attach = request.attach && running;
    let text = log.as_ref().ok().and_then(Option::as_ref);
    let text = text.map(|log| log.text.as_str());
    let stale_since = text
        .filter(|_| running)
        .and_then(|text| standstill::stale_since(text, job.now(), &TimeZone::system()));
    let remote = RemotePlan {
        url: address(settings),
        running,
        log: matches!(log, Ok(Some(_))),
        attach,
        run,
        stale_since,
        no_stop,
        poll_ms: request.poll_ms.unwrap_or(POLL_MS),
    };
    let mut problems: Vec<Failure> = Vec::new();
    if running && !attach {
        let last = text.and_then(|text| text.lines().last());
        problems.push(words::running_there(client.name(), last, stale_since).into());
    }
    let warnings = match &log {
        Ok(Some(_)) => Vec::new(),
        Ok(None) => vec![words::no_log_there(client.name())],
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
    let standing = client.status(job).await?;
    if standing == Standing::Running && !plan.attach {
        return Err(words::running_there(client.name(), None, None));
    }
    let mut watch = Watch::new(&client, plan, output, job);
    if plan.attach {
        watch.follow().await
    } else {
        watch.skip_old().await;
        watch.run().await
    }
}
