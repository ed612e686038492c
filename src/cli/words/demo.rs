//! Texts of `selaras demo`.

use std::path::Path;

use crate::run::Id;
use crate::text::{plural, scrub};

pub fn demo(config: &Path) -> String {
    format!(
        "A simulated outside world runs on this machine: branch servers Dev, Test, Prod and one that \
         is down.\nIts configuration is {}. Now Dev's users are synced; to do something else there:\n  \
         selaras demo -- users plan --all",
        config.display()
    )
}

pub fn no_length(text: &str) -> String {
    format!("«{}» is no length of time", scrub(text))
}

pub fn cannot_run(program: &str) -> String {
    format!("cannot run {}", scrub(program))
}

pub fn lost(program: &str) -> String {
    format!("cannot tell how {} ended", scrub(program))
}

pub fn lingering(runs: &[Id]) -> String {
    format!(
        "waiting for the end of {} in this simulated world: {} (Ctrl-C stops {} before it)",
        plural(runs.len() as u64, "run"),
        super::names(runs),
        if runs.len() == 1 { "it" } else { "them" }
    )
}
