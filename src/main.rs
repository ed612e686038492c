//! Installs the panic hook and TLS, and turns the command line into an exit code.

use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Reports of panics keep the short form: a person at 2 a.m. needs the sentence first. They
    // have no colours, because nobody knows whether a terminal takes them.
    let (hook, _) = color_eyre::config::HookBuilder::blank()
        .display_env_section(false)
        .panic_section("This is a mistake of selaras; what was written is shown by `selaras runs`.")
        .into_hooks();
    set_hook(Box::new(move |panic| {
        selaras::cli::alarm(&hook.panic_report(panic).to_string());
    }));
    let exit = catch_unwind(|| {
        selaras::http::install_tls();
        selaras::cli::main(std::env::args_os())
    });
    ExitCode::from(exit.unwrap_or(selaras::error::Kind::Bug.exit()))
}
