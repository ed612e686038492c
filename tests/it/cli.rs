//! The command line as a shell sees it: the real binary, an environment of its own, and a
//! simulated world that the test itself hosts, so that it can go wrong on time.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail like a test")]

mod attack;
mod demo;
mod doctor;
mod files;
mod guards;
mod json;
mod list;
mod office;
mod plans;
mod runs;
mod secrets;
mod servers;
mod streams;
mod syncs;
mod terminal;
mod words;

use office::Office;

/// The result sentence, word for word.
fn sentence(added: u64, deactivated: u64, unchanged: u64) -> String {
    format!(
        "Sync completed successfully! {added} users added, {deactivated} users deactivated, \
         {unchanged} users unchanged."
    )
}
