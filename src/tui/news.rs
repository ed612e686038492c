//! What the work of the dashboard brings back: one variant for each tab, and what all share.
//!
//! The loop carries it without looking into it; a tab takes its own variant and [`News::Run`], and
//! lets everything else pass.

use super::run_watcher::RunEvent;
use super::tab::{dapodik, pimpinan, runs, script, users};

/// What comes back to a place.
#[derive(Debug)]
pub enum News {
    /// For the tab of users.
    Users(users::News),
    /// For the tab of the push.
    Pimpinan(pimpinan::News),
    /// For the tab of DB Script.
    Script(script::News),
    /// For the tab of Dapodik.
    Dapodik(dapodik::News),
    /// For the overlay of runs.
    Runs(runs::News),
    /// What happens to runs, whoever started them: to the overlay all of it, to a tab the runs of
    /// its engine.
    Run(RunEvent),
}
