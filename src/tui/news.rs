//! What the tabs of the dashboard say, each in a variant of its own: news of their work, and actions
//! only they know.
//!
//! The frame carries both without looking into them, back to the tab they came from; a tab knows
//! its own alone (see [`super::mounted`]).

use super::tab::{Protocol, dapodik, pimpinan, runs, script, users};

/// What comes back to a place.
#[derive(Debug)]
pub enum News {
    Users(users::News),
    Pimpinan(pimpinan::News),
    Script(script::News),
    Dapodik(dapodik::News),
    Runs(runs::News),
}

/// What only one place knows to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Users(users::Act),
    Script(script::Act),
    Dapodik(dapodik::Act),
}

impl Protocol for News {
    type Act = Act;
}
