//! `selaras serve`: serves HTTP until it is told to end; mints tokens for that.

use std::sync::Arc;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use tokio::signal::unix::SignalKind;

use super::ask::listen;
use super::cli_context::CliContext;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::run::Sharing;
use crate::serve::{self, Keys, Limits};
use crate::text::{plural, scrub};

/// Offer the endpoints of the script and of Dapodik over HTTP, to programs that carry a token or a key
///
/// The script: POST /sync/run, GET /sync/status, GET /sync/log, GET and DELETE /sync/runs. Dapodik,
/// where this machine does the work (source = "portal"): GET /api/sync/metadata, GET
/// /api/sync/global and /api/sync/kecamatan (streams of events), POST /api/sync/ptk, all-ptk and
/// all-sekolah, GET and DELETE /api/sync/runs. A run continues without its client, and without the
/// server.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(subcommand)]
    verb: Option<ServeVerb>,
}

#[derive(Debug, Subcommand)]
enum ServeVerb {
    /// Print a token for somebody, signed with SERVE_JWT_SECRET
    Token {
        /// Whose it is; the runs it starts are in this name
        #[arg(long = "for", value_name = "NAME")]
        name: String,
        /// How many days it is good for
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

pub async fn run(context: &CliContext, args: &ServeArgs) -> Result<u8> {
    match &args.verb {
        Some(ServeVerb::Token { name, days }) => token(context, name, *days).await,
        None => serve(context).await,
    }
}

async fn token(context: &CliContext, name: &str, days: u32) -> Result<u8> {
    let keys = keys(context.config()?).await?;
    let token = keys.mint(name, days, context.app.clock.now())?;
    context.out.print(&format!("{}\n", token.expose_secret()))?;
    let days = plural(u64::from(days), "day");
    let name = scrub(name);
    context
        .out
        .say(&format!("a token for {name}, good for {days}"));
    Ok(0)
}

async fn keys(config: Arc<Config>) -> Result<Keys> {
    // Secrets may be printed by commands, which take their time.
    tokio::task::spawn_blocking(move || Keys::of(&config))
        .await
        .map_err(|cause| Error::bug("the secrets were not asked for").because(cause))?
}

async fn serve(context: &CliContext) -> Result<u8> {
    let config = context.config_to_act()?;
    let state = config.state_dir.clone();
    let keys = keys(config).await?;
    // Here rather than at the first run: the access log begins with the first request.
    Sharing::of(&state).make_folders(&state)?;
    let listener = serve::listen(&context.app).await?;
    let address = listener
        .local_addr()
        .map_err(|cause| Error::local("the address cannot be told").because(cause))?;
    let end = end()?;
    if !address.ip().is_loopback() {
        context.out.say(
            "warning: other machines can reach it, and tokens travel unencrypted over HTTP: \
             listen on 127.0.0.1 and put a TLS proxy in front of it",
        );
    }
    for warning in &keys.warnings {
        context.out.say(&format!("warning: {warning}"));
    }
    // Last: whoever waits for this line has read the warnings.
    context.out.say(&format!(
        "serving on http://{address}; Ctrl-C ends it, and no run with it"
    ));
    serve::serve(keys, context.app.clone(), listener, Limits::default(), end).await?;
    context.out.say("no longer serving; runs continue");
    Ok(0)
}

/// Ends with SIGINT or SIGTERM. Runs continue without the server.
fn end() -> Result<impl Future<Output = ()>> {
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
