//! What every verb needs: where settings come from, who is asking, where output goes.

use std::sync::Arc;

use super::log;
use super::out::{Out, OutputFormat};
use crate::config::{Config, Toggle};
use crate::context::AppContext;
use crate::error::{Error, Kind, Result};

#[derive(Clone, Debug)]
pub struct CliContext {
    pub app: AppContext,
    pub out: Out,
}

impl CliContext {
    /// The settings as the files are now, for a verb that only looks: it writes nothing anywhere,
    /// and says on standard error what `-v` asks for.
    pub fn config(&self) -> Result<Arc<Config>> {
        let config = self.load()?;
        if self.out.format() == OutputFormat::Plain {
            log::to_stderr(self.app.verbose);
        }
        Ok(config)
    }

    /// The settings as the files are now, for a verb that may write: it keeps a log. The dashboard
    /// does too, for lines on standard error would be written over the screen.
    pub fn config_to_act(&self) -> Result<Arc<Config>> {
        let config = self.load()?;
        log::to_files(&config, self.app.verbose);
        Ok(config)
    }

    fn load(&self) -> Result<Arc<Config>> {
        let config = self.app.config()?;
        match config.screen.unicode {
            Toggle::Auto => {}
            chosen => self.out.set_unicode(chosen == Toggle::On),
        }
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
                self.unconfigured().because(error)
            } else {
                error
            }
        })
    }

    /// What to do without a configuration: try the simulated world, or begin one.
    pub fn unconfigured(&self) -> Error {
        Error::config("there is no configuration yet").hint(format!(
            "`selaras demo` tries everything in a simulated world on this machine; \
             `selaras config init` writes {} to fill in",
            self.app.sources.config_file().display()
        ))
    }
}
