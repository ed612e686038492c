//! `selaras` without a verb: the dashboard on this terminal.

use std::io::{self, IsTerminal as _};

use super::face::Face;
use super::words;
use crate::error::{Error, Result};
use crate::tui::console::End;
use crate::tui::surroundings::Surroundings;
use crate::tui::{self, dashboard};

/// Whether there is a terminal to draw on and to read keys from.
pub fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Shows the dashboard until somebody leaves it, and says the exit code.
pub async fn run(face: &Face) -> Result<u8> {
    if !has_terminal() {
        let config = face.config()?;
        return Err(match config.file {
            None => face.unconfigured(None),
            Some(_) => Error::usage(words::NO_VERB).hint(words::NO_VERB_HINT),
        });
    }
    let surroundings = Surroundings::read();
    if !surroundings.can_draw() {
        let term = Some(surroundings.term).filter(|term| !term.is_empty());
        return Err(Error::usage(words::cannot_draw(term.as_deref())).hint(words::CANNOT_DRAW_HINT));
    }
    // A configuration that cannot be read is a page of the dashboard, not its end.
    let config = face.config().ok();
    let options = tui::Options {
        clock: face.desk.clock,
        ..dashboard::options(config.as_deref())
    };
    let places = dashboard::places(&face.desk, config.as_ref());
    let farewell = tui::run(options, places).await?;
    if let Some(sentence) = farewell.sentence() {
        face.out.say(&sentence);
    }
    Ok(match farewell.end {
        End::Quit => 0,
        End::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
        // As the hang-up that usually comes with it.
        End::Lost => 129,
    })
}
