//! What every face stands on: where settings come from, who is asking, where the runs are.
//!
//! A face asks it anew for every plan, so that a corrected file counts at once. Knows neither
//! shells nor screens; what is said to people about it is said in errors.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Config, Sources};
use crate::error::{Context, Error, Result};
use crate::run::{Launch, Operator, Runs};

/// What every face stands on.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Where settings come from.
    pub sources: Sources,
    /// `--state-dir`.
    pub state_dir: Option<PathBuf>,
    /// `--read-only`.
    pub read_only: bool,
    /// The program that workers are started from; `None` for this very one.
    pub exe: Option<PathBuf>,
}

impl Desk {
    /// The settings as the files are now.
    pub fn config(&self) -> Result<Arc<Config>> {
        let mut config = Config::load(&self.sources)?;
        if let Some(state_dir) = &self.state_dir {
            config.state_dir = std::path::absolute(state_dir).doing("find", state_dir)?;
        }
        config.read_only |= self.read_only;
        Ok(Arc::new(config))
    }

    /// Who is asking.
    pub fn operator(&self, config: &Config) -> Operator {
        let variable = |name: &str| self.sources.environment.get(name).map(str::to_owned);
        Operator::of(Some(&config.operator), variable)
    }

    /// How a worker that shares our settings is started.
    pub fn launch(&self, config: &Config) -> Result<Launch> {
        let launch = launch(config)?;
        Ok(match &self.exe {
            Some(exe) => Launch {
                exe: exe.clone(),
                ..launch
            },
            None => launch,
        })
    }
}

/// The runs of this machine.
pub fn runs(config: &Config) -> Result<Runs> {
    Runs::at(&config.state_dir)
}

/// How a worker that shares our settings is started from this very program.
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
        let hint = "leave --read-only out, or set read_only = false";
        return Err(Error::config("nothing may be written: read_only is set").hint(hint));
    }
    Ok(())
}

fn path_text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::usage(format!("{} has a name that is no text", path.display())))
}
