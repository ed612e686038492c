//! What the tabs of the dashboard say, each in a variant of its own: news of their work, and actions
//! only they know.
//!
//! The frame carries both without looking into them, back to the tab they came from; a tab knows
//! its own alone (see [`super::mounted`]).

use super::keys;
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
    Dapodik(dapodik::Act),
    Users(users::Act),
    /// Of a tab whose actions have no type of their own yet.
    Word(&'static str),
}

impl Protocol for News {
    type Act = Act;
}

/// An action of a tab that is not mounted yet.
pub type Action = keys::Action<Act>;
/// A binding of a tab that is not mounted yet.
pub type Binding = keys::Binding<Act>;
