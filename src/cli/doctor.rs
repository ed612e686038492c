//! `selaras doctor`: what works here, what does not, and what to do about it.
//!
//! ```text
//!   config ─┬─ database ─┐
//!           ├─ servers  ─┼─ permissions ─ sessions ─ terminal ─ disk ─ clock ──▶ ✓ ! ✗
//!           └─ parts    ─┘
//! ```
//! It reads, and logs in where a sync would; it writes nothing. A check that cannot be made says so.

pub(super) mod check;
mod clock;
mod database;
mod parts;
mod permissions;
mod servers;
mod sessions;
mod settings;
mod terminal;

use std::sync::Arc;

use serde_json::json;

use super::cli_context::CliContext;
use super::out::OutputFormat;
use crate::error::Result;
use check::{Check, exit};

/// Makes all checks, prints a line for each, and says the exit code.
pub async fn run(context: &CliContext) -> Result<u8> {
    let mut checks = Vec::new();
    match context.config() {
        Ok(config) => {
            let known = Arc::clone(&config);
            let settings = tokio::task::spawn_blocking(move || settings::checks(&known));
            checks.extend(settings.await.unwrap_or_default());
            let (database, servers, parts) = tokio::join!(
                database::checks(&config),
                servers::checks(&config),
                parts::checks(&config)
            );
            checks.extend([database, servers, parts].into_iter().flatten());
            checks.extend(permissions::checks(&config));
            checks.extend(permissions::room(&config.state_dir));
            checks.extend(clock::checks(&config));
        }
        Err(error) => checks.push(settings::unreadable(&error)),
    }
    let environment = &context.app.sources.environment;
    checks.push(sessions::check(environment));
    checks.extend(terminal::checks(environment));
    tell(context, &checks)
}

fn tell(context: &CliContext, checks: &[Check]) -> Result<u8> {
    let exit = exit(checks);
    if context.out.voice() == OutputFormat::Json {
        context
            .out
            .document(&json!({"checks": checks, "exit": exit}))?;
        return Ok(exit);
    }
    for check in checks {
        context
            .out
            .show(&super::words::check(check, context.out.has_unicode()))?;
    }
    context.out.say(&super::words::diagnosis(checks));
    Ok(exit)
}
