//! News and actions of all tabs, a variant each. The frame passes both back to the tab they came
//! from; a tab knows only its own (see [`super::mounted`]).

use super::keys;
use super::tab::{Protocol, dapodik, pimpinan, runs, script, users};

#[derive(Debug)]
pub enum News {
    Users(users::News),
    Pimpinan(pimpinan::News),
    Script(script::News),
    Dapodik(dapodik::News),
    Runs(runs::News),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Users(users::Act),
    Pimpinan(pimpinan::Act),
    Dapodik(dapodik::Act),
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
