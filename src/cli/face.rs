//! What every verb stands on: where settings come from, who is asking, where words go.
//!
//! Data goes to standard output, talk to standard error; with `--json` exactly one document goes
//! to standard output, whatever happens.

use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;

use serde::Serialize;

use super::args::Global;
use crate::config::{Config, Sources};
use crate::desk::Desk;
use crate::error::{Error, Failure, Result};
use crate::run::Operator;

pub use crate::desk::{launch, may_write, runs};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// For people, and for grep and awk.
    Plain,
    /// One document on standard output, JSON lines on standard error.
    Json,
}

impl Voice {
    /// What `--json` asks for.
    pub fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Plain }
    }
}

/// What every verb stands on.
#[derive(Clone, Debug)]
pub struct Face {
    /// The options before the verb.
    pub global: Global,
    /// Where settings come from.
    pub sources: Sources,
}

impl Face {
    /// The face of this process.
    pub fn new(global: Global) -> Result<Self> {
        let sources = Sources::of_process(global.config.clone())?;
        Ok(Self { global, sources })
    }

    /// The settings as the files are now.
    pub fn config(&self) -> Result<Arc<Config>> {
        self.desk().config()
    }

    /// Who is asking.
    pub fn operator(&self, config: &Config) -> Operator {
        self.desk().operator(config)
    }

    /// What the other faces stand on as well.
    pub fn desk(&self) -> Desk {
        Desk {
            sources: self.sources.clone(),
            state_dir: self.global.state_dir.clone(),
            read_only: self.global.read_only,
            exe: None,
        }
    }
}

/// Whether somebody sits at a terminal and can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Says a line of talk. Whoever stopped listening to us is not told more.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints data; a closed pipe (`| head`) is an end, not an error.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|cause| Error::local(super::words::CANNOT_PRINT).because(cause)),
    }
}

/// Prints the one document of `--json`.
pub fn print_json(document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(document)
        .map_err(|cause| Error::bug("the answer is no JSON").because(cause))?;
    print(&format!("{text}\n"))
}

/// Tells an error: prefix, sentence with causes, hint.
pub fn tell(failure: &Failure) {
    say(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        say(&format!("hint: {hint}"));
    }
}
