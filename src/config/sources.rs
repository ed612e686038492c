//! What a configuration is made from. Loading is a function of these and of the files they name.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustix::process::geteuid;

use crate::error::{Error, Result};

use super::variables::{Environment, Here, Places};

/// Everything that decides what [`super::Config::load`] reads.
#[derive(Clone, Debug)]
pub struct Sources {
    pub config: Option<PathBuf>,
    pub environment: Environment,
    pub folder: PathBuf,
    pub home: Home,
    pub host: String,
}

/// The user's folders, without `selaras` at their end.
#[derive(Clone, Debug)]
pub struct Home {
    /// `$XDG_CONFIG_HOME`.
    pub config: PathBuf,
    /// `$XDG_DATA_HOME`.
    pub data: PathBuf,
    /// `$XDG_STATE_HOME`.
    pub state: PathBuf,
}

impl Home {
    pub fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("config"),
            data: folder.join("data"),
            state: folder.join("state"),
        }
    }
}

impl Sources {
    pub fn of_process(config: Option<PathBuf>) -> Result<Self> {
        let strategy = etcetera::choose_base_strategy().map_err(|error| {
            Error::config("there is no home folder: HOME is not set").because(error)
        })?;
        let folder = std::env::current_dir()
            .map_err(|error| Error::local("the working folder cannot be found").because(error))?;
        // What is no text is not among the variables, and is meant all the same.
        let named = std::env::var_os("SELARAS_CONFIG").filter(|path| path.to_str().is_none());
        let config = config.or_else(|| named.map(PathBuf::from));
        let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Ok(Self {
            config,
            environment: Environment::of_process(),
            folder,
            home: Home {
                config: strategy.config_dir(),
                data: strategy.data_dir(),
                state,
            },
            host: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
        })
    }

    /// The config file that is read if it is there, and that `config init` writes: `--config`,
    /// else `SELARAS_CONFIG`, else the usual place.
    pub fn config_file(&self) -> PathBuf {
        match self.asked_for() {
            Some((path, _)) => path,
            None => self.home.config.join("selaras/config.toml"),
        }
    }

    /// The config file that is there; one that was asked for must be.
    pub(super) fn existing_file(&self) -> Result<Option<PathBuf>> {
        let file = self.config_file();
        if file.try_exists().unwrap_or(true) {
            return Ok(Some(file));
        }
        match self.asked_for() {
            None => Ok(None),
            Some((path, who)) => {
                let path = path.display();
                Err(Error::config(format!(
                    "the config file {path} given by {who} does not exist"
                ))
                .hint(format!("`selaras --config {path} config init` writes one")))
            }
        }
    }

    /// Where `.env` may lie, when `file` is the config file that is read.
    pub(super) fn places(&self, file: Option<&Path>) -> Places {
        let usual = self.config_file();
        Places {
            beside: usual.parent().unwrap_or(&self.folder).to_owned(),
            has_file: file.is_some(),
            folder: self.folder.clone(),
            here: match self.asked_for() {
                Some(_) => Here::NotMeant,
                None if geteuid().is_root() => Here::NotForRoot,
                None => Here::Counts,
            },
        }
    }

    pub fn is_asked_for(&self) -> bool {
        self.asked_for().is_some()
    }

    /// The file somebody asked for, and how.
    fn asked_for(&self) -> Option<(PathBuf, &'static str)> {
        if let Some(path) = &self.config {
            return Some((self.folder.join(path), "--config"));
        }
        let path = self
            .environment
            .get("SELARAS_CONFIG")
            .filter(|path| !path.is_empty())?;
        Some((self.folder.join(path), "SELARAS_CONFIG"))
    }

    /// `user@host`.
    pub(super) fn operator(&self) -> String {
        let name = |variable| {
            self.environment
                .get(variable)
                .filter(|name| !name.is_empty())
        };
        match name("USER").or_else(|| name("LOGNAME")) {
            Some(user) => format!("{user}@{}", self.host),
            None => format!("{}@{}", crate::proc::account(), self.host),
        }
    }
}
