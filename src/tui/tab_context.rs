//! What a tab needs to act.

use super::run_watcher::RunWatcher;
use crate::context::AppContext;
use crate::run::Operator;

/// What a tab needs to act; cheap to clone, so that work can take it along.
#[derive(Clone, Debug)]
pub struct TabContext {
    /// Settings as the files are now, the operator, how workers are started.
    pub app: AppContext,
    pub watcher: RunWatcher,
    pub operator: Operator,
}

impl TabContext {
    pub fn new(app: AppContext, operator: Operator) -> Self {
        Self {
            app,
            watcher: RunWatcher::default(),
            operator,
        }
    }
}
