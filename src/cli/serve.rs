//! `selaras serve`: opens the HTTP face until it is told to end; mints tokens for it.

use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Serve, ServeVerb};
use super::cli_context::CliContext;
use super::words;
use crate::error::{Error, Result};
use crate::run::Sharing;
use crate::serve::{self, Keys, Limits};

/// Serves, or prints a token.
pub async fn run(context: &CliContext, args: &Serve) -> Result<u8> {
    let config = context.config()?;
    // Secrets may be printed by commands, which take their time.
    let keys = tokio::task::spawn_blocking(move || Keys::of(&config))
        .await
        .map_err(|cause| Error::bug("the secrets were not asked for").because(cause))??;
    if let Some(ServeVerb::Token { name, days }) = &args.verb {
        let token = keys.mint(name, *days, context.app.clock.now())?;
        context.out.print(&format!("{}\n", token.expose_secret()))?;
        context.out.say(&words::minted(name, *days));
        return Ok(0);
    }
    let state = context.config()?.state_dir.clone();
    // Here rather than at the first run: the access log begins with the first request.
    Sharing::of(&state).make_folders(&state)?;
    let listener = serve::listen(&context.app).await?;
    let address = listener
        .local_addr()
        .map_err(|cause| Error::local("the address cannot be told").because(cause))?;
    let end = end()?;
    context.out.say(&words::serving(address));
    if !address.ip().is_loopback() {
        context.out.say(
            "warning: other machines can reach it, and tokens travel unencrypted \
     over HTTP: listen on 127.0.0.1 and put a TLS proxy in front of it",
        );
    }
    for warning in &keys.warnings {
        context.out.say(&format!("warning: {warning}"));
    }
    serve::serve(keys, context.app.clone(), listener, Limits::default(), end).await?;
    context.out.say(words::SERVED);
    Ok(0)
}

/// Somebody asks the server to end. Runs go on without it.
fn end() -> Result<impl Future<Output = ()>> {
    let install =
        |kind| signal(kind).map_err(|cause| Error::local(words::NO_SIGNALS).because(cause));
    let mut interrupt = install(SignalKind::interrupt())?;
    let mut terminate = install(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
