//! A sync of our own: from the portal into the database.

pub mod progress;
