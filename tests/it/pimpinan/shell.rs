//! A shell: the real binary, with its worker, in the demo's world or in an office.

use std::path::{Path, PathBuf};
use std::process::Output;

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use selaras::sim::world::{World, WorldOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{child, wait};

/// What a call said and how it ended.
pub struct Said {
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Calls selaras with `words` and a configuration, and nothing of our environment.
pub async fn call(config: &Path, words: &str) -> Said {
    let mut command = child::bare(env!("CARGO_BIN_EXE_selaras"));
    command
        .arg("--config")
        .arg(config)
        .args(words.split(' '))
        .env("HOME", config.parent().unwrap())
        .env("LANG", "C.UTF-8");
    let Output {
        status,
        stdout,
        stderr,
    } = wait::output(command).await;
    Said {
        exit: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// The demo's world, and a shell in it.
pub struct Shell {
    pub world: World,
    folder: TempDir,
}

impl Shell {
    pub async fn new() -> Self {
        selaras::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let world = World::start(folder.path(), &WorldOptions::default()).await;
        let shell = Self {
            world: world.unwrap(),
            folder,
        };
        let config = std::fs::read_to_string(shell.world.config()).unwrap();
        let config = format!("retry_base = \"1ms\"\n{config}");
        std::fs::write(shell.world.config(), config).unwrap();
        shell
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub async fn call(&self, words: &str) -> Said {
        call(&self.world.config(), words).await
    }

    /// Runs a statement on Docku.
    pub async fn change(&self, sql: &str) {
        let url = DatabaseUrl::file(self.world.docku());
        let mut docku = Connection::open(&url, Access::Write).await.unwrap();
        docku.command(sql).await.unwrap();
        docku.close().await.unwrap();
    }

    pub fn forwarded_to(&self) -> usize {
        self.world.central().forwarded_to().len()
    }
}
