//! What every verb stands on: where settings come from, who is asking, where words go.
//!
//! Data goes to standard output, talk to standard error; with `--json` exactly one document goes
//! to standard output, whatever happens.

use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::args::Global;
use crate::config::{Config, Sources};
use crate::error::{Context, Error, Failure, Result};
use crate::run::{Launch, Operator, Runs};

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
        let mut config = Config::load(&self.sources)?;
        if let Some(state_dir) = &self.global.state_dir {
            config.state_dir = std::path::absolute(state_dir).doing("find", state_dir)?;
        }
        config.read_only |= self.global.read_only;
        Ok(Arc::new(config))
    }

    /// Who is asking.
    pub fn operator(&self, config: &Config) -> Operator {
        let variable = |name: &str| self.sources.environment.get(name).map(str::to_owned);
        Operator::of(Some(&config.operator), variable)
    }
}

/// The runs of this machine.
pub fn runs(config: &Config) -> Result<Runs> {
    Runs::at(&config.state_dir)
}

/// How a worker that shares our settings is started.
pub fn launch(config: &Config) -> Result<Launch> {
    let cwd = std::env::current_dir().doing("find", &PathBuf::from("."))?;
    let mut args = vec!["--state-dir".to_owned(), path_text(&config.state_dir)?];
    if let Some(file) = &config.file {
        args.extend(["--config".to_owned(), path_text(file)?]);
    }
    Ok(Launch::this(args, cwd))
}

/// Refuses when nothing may be written.
pub fn may_write(config: &Config) -> Result<()> {
    if config.read_only {
        return Err(Error::config(super::words::READ_ONLY).hint(super::words::READ_ONLY_HINT));
    }
    Ok(())
}

fn path_text(path: &std::path::Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::usage(super::words::strange_path(path)))
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
