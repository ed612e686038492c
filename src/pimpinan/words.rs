//! Every text of the push for people, in one place, so that a second language can follow.
//!
//! Clauses without a full stop unless they are whole sentences. Text from outside is scrubbed here,
//! or before it comes here.

mod plans;
mod results;

pub use plans::*;
pub use results::*;
