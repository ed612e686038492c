//! Another shell of the machine.

use std::path::Path;
use std::process::{Child, Stdio};

use crate::harness::child;

/// The program, from which workers are started too.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_selaras");

/// Starts `selaras` with these words in another process, as somebody named budi.
pub fn elsewhere(config: &Path, words: &[&str]) -> Child {
    child::tool(PROGRAM)
        .arg("--config")
        .arg(config)
        .args(words)
        .env("USER", "budi")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
