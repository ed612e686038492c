//! The configuration as a stranger meets it: files, variables, errors, secrets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bad;
mod files;
mod origins;
mod secrets;
mod trust;
mod values;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use selaras::config::{Config, Environment, Home, Sources};
use selaras::error::{Error, Kind};
use tempfile::TempDir;

/// What no error, no listing and no debug print may ever contain.
const MARK: &str = "m4rk-s3cret";

/// A home with a config file in it.
struct Place {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        for below in ["config/selaras", "work"] {
            builder.create(folder.path().join(below)).expect("a folder");
        }
        Self {
            folder,
            environment: vec![("USER".to_owned(), "siti".to_owned())],
        }
    }

    fn with(config: &str) -> Self {
        let place = Self::new();
        place.write("config/selaras/config.toml", config);
        place
    }

    fn dotenv(self, content: &str) -> Self {
        self.write("config/selaras/.env", content);
        self
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write(&self, below: &str, content: &str) {
        let mut options = fs::File::options();
        options.write(true).create(true).truncate(true).mode(0o644);
        let mut file = options.open(self.path(below)).expect("a file");
        file.write_all(content.as_bytes())
            .expect("a file is written");
    }

    fn sources(&self) -> Sources {
        Sources {
            config: None,
            environment: self.environment.iter().cloned().collect::<Environment>(),
            folder: self.path("work"),
            home: Home::below(self.folder.path()),
            host: "kantor".to_owned(),
        }
    }

    fn load(&self) -> Config {
        match Config::load(&self.sources()) {
            Ok(config) => {
                assert!(!format!("{config:?}").contains(MARK));
                config
            }
            Err(error) => panic!("{}", error.chain()),
        }
    }

    /// The error of loading, with the folder's name cut out.
    fn refusal(&self) -> String {
        match Config::load(&self.sources()) {
            Ok(_) => panic!("the configuration was accepted"),
            Err(error) => told(&error, self.folder.path()),
        }
    }
}

/// All that people get to read of an error.
fn told(error: &Error, folder: &Path) -> String {
    assert_eq!(error.kind(), Kind::Config, "{}", error.chain());
    let text = format!(
        "{}\nhint: {}",
        error.chain(),
        error.advice().unwrap_or_default()
    );
    assert!(!format!("{text} {error:?}").contains(MARK), "{text}");
    text.replace(&format!("{}/", folder.display()), "")
}
