//! The context of somebody named sari in a simulated world.

use std::path::{Path, PathBuf};

use selaras::clock::Clock;
use selaras::config::{Environment, Home, Sources};
use selaras::context::AppContext;

/// A context with this configuration, and nothing of the machine's own outside `folder`. Workers are
/// started from `exe`; without it nothing is to be started.
pub fn app_context(folder: &Path, config: PathBuf, exe: Option<PathBuf>) -> AppContext {
    let sources = Sources {
        config: Some(config),
        environment: Environment::from_iter([("USER", "sari")]),
        folder: folder.to_owned(),
        home: Home::below(folder),
        host: "kantor".to_owned(),
    };
    AppContext {
        sources,
        state_dir: None,
        read_only: false,
        verbose: 0,
        exe,
        clock: Clock::System,
    }
}
