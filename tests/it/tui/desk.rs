//! The desk of somebody named sari in a simulated world.

use std::path::{Path, PathBuf};

use selaras::clock::Clock;
use selaras::config::{Environment, Home, Sources};
use selaras::desk::Desk;

/// A desk with this configuration, and nothing of the machine's own outside `folder`. Workers are
/// started from `exe`; without it nothing is to be started.
pub fn desk(folder: &Path, config: PathBuf, exe: Option<PathBuf>) -> Desk {
    let sources = Sources {
        config: Some(config),
        environment: Environment::from_iter([("USER", "sari")]),
        folder: folder.to_owned(),
        home: Home::below(folder),
        host: "kantor".to_owned(),
    };
    Desk {
        sources,
        state_dir: None,
        read_only: false,
        verbose: 0,
        exe,
        clock: Clock::System,
    }
}
