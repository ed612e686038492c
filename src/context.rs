//! What every face stands on: where settings come from, who is asking, where the runs are.
//!
//! A face asks it anew for every plan, so that a corrected file counts at once. Knows neither
//! shells nor screens; what is said to people about it is said in errors.

pub mod dapodik;
pub mod pimpinan;
pub mod script;

use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::error::{Context, Error, Result};
use crate::run::{Launch, Operator, Runs};

/// What every face stands on.
#[derive(Clone, Debug)]
pub struct AppContext {
    /// Where settings come from.
    pub sources: Sources,
    /// `--state-dir`.
    pub state_dir: Option<PathBuf>,
    /// `--read-only`.
    pub read_only: bool,
    /// How often `--verbose` was given.
    pub verbose: u8,
    /// The program that workers are started from; `None` for this very one.
    pub exe: Option<PathBuf>,
    /// What time it is.
    pub clock: Clock,
}

impl AppContext {
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

    /// Somebody who asks over HTTP.
    pub fn caller(&self, config: &Config, user: String) -> Operator {
        Operator {
            user,
            ssh_client: None,
            ..self.operator(config)
        }
    }

    /// How a worker that shares our settings is started.
    pub fn launch(&self, config: &Config) -> Result<Launch> {
        let cwd = std::env::current_dir().doing("find", &PathBuf::from("."))?;
        let mut args = vec![
            "--state-dir".into(),
            config.state_dir.clone().into_os_string(),
        ];
        // The usual file is found again. To ask for it would rule out the `.env` that lies in the
        // working folder.
        if let Some(file) = config.file.as_ref().filter(|_| self.sources.is_asked_for()) {
            args.extend(["--config".into(), file.clone().into_os_string()]);
        }
        args.extend((0..self.verbose).map(|_| "-v".into()));
        let launch = Launch::this(args, cwd);
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

/// Refuses when nothing may be written.
pub fn may_write(config: &Config) -> Result<()> {
    refuse_when(config.read_only)
}

/// As [`may_write`], where there is no configuration yet.
pub fn refuse_when(read_only: bool) -> Result<()> {
    if read_only {
        let hint = "leave --read-only out, or set read_only = false";
        return Err(Error::config("nothing may be written: read_only is set").hint(hint));
    }
    Ok(())
}
