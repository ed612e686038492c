//! News and actions of all tabs, a variant each. The frame passes both back to the tab they came
//! from; a tab knows only its own (see [`super::mounted`]).

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
    Script(script::Act),
    Dapodik(dapodik::Act),
}

impl Protocol for News {
    type Act = Act;
}
