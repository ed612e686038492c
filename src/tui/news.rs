//! What the work of the dashboard brings back: one variant for each tab.
//!
//! The loop carries it without looking into it, to the tab whose work it was.

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
}
