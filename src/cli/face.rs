//! What every verb stands on: where settings come from, who is asking, where words go.

use std::sync::Arc;

use super::args::Global;
use super::log::{self, Logging};
use super::out::Out;
use super::words;
use crate::config::{Config, Sources, Toggle};
use crate::desk::Desk;
use crate::error::{Error, Kind, Result};
use crate::run::{Launch, Operator};

pub use crate::desk::{may_write, refuse_when, runs};

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
        let config = self.desk().config()?;
        match config.screen.unicode {
            Toggle::Auto => {}
            chosen => self.out.set_unicode(chosen == Toggle::On),
        }
        log::install(self.logging, &config, self.global.verbose);
        Ok(config)
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
        self.desk().operator(config)
    }

    /// How a worker that shares our settings is started.
    pub fn launch(&self, config: &Config) -> Result<Launch> {
        self.desk().launch(config)
    }

    /// What the other faces stand on as well.
    pub fn desk(&self) -> Desk {
        Desk {
            sources: self.sources.clone(),
            state_dir: self.global.state_dir.clone(),
            read_only: self.global.read_only,
            verbose: self.global.verbose,
            exe: None,
        }
    }
}
