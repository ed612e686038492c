//! What a tab needs to act: the context every face stands on, and a word to the run watcher.

use super::run_watcher::RunWatcher;
use crate::context::AppContext;
use crate::run::Operator;

/// What a tab needs to act; cheap to clone, so that work can take it along.
#[derive(Clone, Debug)]
pub struct TabContext {
    /// Settings as the files are now, the operator, how workers are started.
    pub app: AppContext,
    /// Who looks for runs.
    pub watcher: RunWatcher,
    /// Who sat down before this screen.
    pub operator: Operator,
}

impl TabContext {
    /// The tools of a screen that `operator` sits before.
    pub fn new(app: AppContext, operator: Operator) -> Self {
        Self {
            app,
            watcher: RunWatcher::default(),
            operator,
        }
    }
}
