//! What every verb stands on: where settings come from, who is asking, where words go.

use std::sync::Arc;

use super::log::{self, Logging};
use super::out::Out;
use super::words;
use crate::config::{Config, Toggle};
use crate::context::AppContext;
use crate::error::{Error, Kind, Result};

pub use crate::context::{may_write, refuse_when, runs};

/// What every verb stands on.
#[derive(Clone, Debug)]
pub struct CliContext {
    /// What the other faces stand on as well.
    pub app: AppContext,
    /// Where words go.
    pub out: Out,
    logging: Logging,
}

impl CliContext {
    /// A face with this context.
    pub fn new(app: AppContext, out: Out, logging: Logging) -> Self {
        Self { app, out, logging }
    }

    /// The settings as the files are now.
    pub fn config(&self) -> Result<Arc<Config>> {
        let config = self.app.config()?;
        match config.screen.unicode {
            Toggle::Auto => {}
            chosen => self.out.set_unicode(chosen == Toggle::On),
        }
        log::install(self.logging, &config, self.app.verbose);
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
        let error = Error::config("there is no configuration yet");
        let error = match cause {
            Some(cause) => error.because(cause),
            None => error,
        };
        error.hint(words::two_ways_on(&self.app.sources.config_file()))
    }
}
