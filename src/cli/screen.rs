//! `selaras` without a verb: the dashboard on this terminal.

use std::io::{self, IsTerminal as _};

use super::cli_context::CliContext;
use crate::error::{Error, Result};
use crate::text::scrub;
use crate::tui::capabilities::TerminalCapabilities;
use crate::tui::console::End;
use crate::tui::{self, dashboard};

/// Whether there is a terminal to draw on and to read keys from.
pub fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// `TERM is dumb`.
pub fn term(term: Option<&str>) -> String {
    match term {
        None | Some("") => "TERM is not set".to_owned(),
        Some(term) => format!("TERM is {}", scrub(term)),
    }
}

/// Shows the dashboard until it is left, and returns the exit code.
pub async fn run(context: &CliContext) -> Result<u8> {
    if !has_terminal() {
        let config = context.config_to_act()?;
        return Err(match config.file {
            None => context.unconfigured(),
            Some(_) => Error::usage("the dashboard needs a terminal")
                .hint("see `selaras --help` for what works without one"),
        });
    }
    let capabilities = TerminalCapabilities::read();
    if !capabilities.can_draw() {
        let term = term(Some(&capabilities.term));
        return Err(Error::usage(format!(
            "{term}: the dashboard cannot be drawn on this terminal"
        ))
        .hint(
            "every verb works here in plain lines: `selaras users`, `push`, `script`, `dapodik`, \
             `runs`, `config`, `doctor` (`selaras --help` says more); the dashboard needs a TERM \
             such as xterm-256color",
        ));
    }
    // A configuration that cannot be read is a page of the dashboard, not its end.
    let config = context.config_to_act().ok();
    let options = tui::Options {
        clock: context.app.clock,
        ..dashboard::options(config.as_deref())
    };
    let places = dashboard::places(&context.app, config.as_ref());
    let farewell = tui::run(options, places).await?;
    if let Some(sentence) = farewell.sentence() {
        context.out.say(&sentence);
    }
    Ok(match farewell.end {
        End::Quit => 0,
        End::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
        // As the hang-up that usually comes with it.
        End::Lost => 129,
    })
}
