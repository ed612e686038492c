//! Every text of the users sync for people, in one place, so that a second language can follow.
//!
//! Clauses without a full stop unless they are whole sentences; figures are put in here. Text from
//! outside is scrubbed here, or before it comes here.

mod browsing;
mod database;
mod fetching;
mod guards;
mod migrating;
mod notes;
mod results;
mod undoing;

pub use browsing::*;
pub use database::*;
pub use fetching::*;
pub use guards::*;
pub use migrating::*;
pub use notes::*;
pub use results::*;
pub use undoing::*;
