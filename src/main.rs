//! Parses, configures, picks a face, and turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    selaras::http::install_tls();
    // Reports of panics keep the short form: a person at 2 a.m. needs the sentence first.
    let hooks = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_section("This is a mistake of selaras; what was written is shown by `selaras runs`.")
        .install();
    if hooks.is_err() {
        return ExitCode::from(selaras::error::Kind::Bug.exit());
    }
    ExitCode::from(selaras::cli::main(std::env::args_os()))
}
