//! What every verb stands on: where settings come from, who is asking, where words go.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Global;
use super::log::{self, Logging};
use super::out::Out;
use super::words;
use crate::config::{Config, Sources, Toggle};
use crate::error::{Context, Error, Kind, Result};
use crate::run::{Launch, Operator, Runs};

/// What every verb stands on.
#[derive(Clone, Debug)]
pub struct Face {
    /// The options before the verb.
    pub global: Global,
    /// Where settings come from.
    pub sources: Sources,
    /// Where words go.
    pub out: Out,
    logging: Logging,
}

impl Face {
    /// The face of this process.
    pub fn new(global: Global, out: Out, logging: Logging) -> Result<Self> {
        let sources = Sources::of_process(global.config.clone())?;
        Ok(Self {
            global,
            sources,
            out,
            logging,
        })
    }

    /// The settings as the files are now.
    pub fn config(&self) -> Result<Arc<Config>> {
        let mut config = Config::load(&self.sources)?;
        if let Some(state_dir) = &self.global.state_dir {
            config.state_dir = std::path::absolute(state_dir).doing("find", state_dir)?;
        }
        config.read_only |= self.global.read_only;
        match config.screen.unicode {
            Toggle::Auto => {}
            chosen => self.out.set_unicode(chosen == Toggle::On),
        }
        log::install(self.logging, &config, self.global.verbose);
        Ok(Arc::new(config))
    }

    /// An engine with these settings. Where there is no configuration at all, the error explains
    /// the two ways on.
    pub fn engine<E>(
        &self,
        config: &Arc<Config>,
        make: impl FnOnce(Arc<Config>) -> Result<E>,
    ) -> Result<E> {
        make(Arc::clone(config)).map_err(|error| {
            if config.file.is_none() && error.kind() == Kind::Config {
                self.unconfigured(Some(error))
            } else {
                error
            }
        })
    }

    /// What to do without a configuration: try the simulated world, or begin one.
    pub fn unconfigured(&self, cause: Option<Error>) -> Error {
        let error = Error::config(words::NO_CONFIG);
        let error = match cause {
            Some(cause) => error.because(cause),
            None => error,
        };
        error.hint(words::two_ways_on(&self.sources.config_file()))
    }

    /// Who is asking.
    pub fn operator(&self, config: &Config) -> Operator {
        let variable = |name: &str| self.sources.environment.get(name).map(str::to_owned);
        Operator::of(Some(&config.operator), variable)
    }

    /// How a worker that shares our settings is started.
    pub fn launch(&self, config: &Config) -> Result<Launch> {
        let cwd = std::env::current_dir().doing("find", &PathBuf::from("."))?;
        let mut args = vec!["--state-dir".to_owned(), path_text(&config.state_dir)?];
        if let Some(file) = &config.file {
            args.extend(["--config".to_owned(), path_text(file)?]);
        }
        args.extend((0..self.global.verbose).map(|_| "-v".to_owned()));
        Ok(Launch::this(args, cwd))
    }
}

/// The runs of this machine.
pub fn runs(config: &Config) -> Result<Runs> {
    Runs::at(&config.state_dir)
}

/// Refuses when nothing may be written.
pub fn may_write(config: &Config) -> Result<()> {
    refuse_when(config.read_only)
}

/// As [`may_write`], where there is no configuration yet.
pub fn refuse_when(read_only: bool) -> Result<()> {
    if read_only {
        return Err(Error::config(words::READ_ONLY).hint(words::READ_ONLY_HINT));
    }
    Ok(())
}

fn path_text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::usage(words::strange_path(path)))
}
