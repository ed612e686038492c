//! What a tab needs to act: the desk every face stands on, and a word to the lookout.

use super::watch::Lookout;
use crate::desk::Desk;
use crate::run::Operator;

/// What a tab needs to act; cheap to clone, so that work can take it along.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Settings as the files are now, the operator, how workers are started.
    pub desk: Desk,
    /// Who looks for runs.
    pub lookout: Lookout,
    /// Who sat down before this screen.
    pub operator: Operator,
}

impl Tools {
    /// The tools of a screen that `operator` sits before.
    pub fn new(desk: Desk, operator: Operator) -> Self {
        Self {
            desk,
            lookout: Lookout::default(),
            operator,
        }
    }
}
