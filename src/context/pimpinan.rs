//! What the runs of this machine know about pushes: whom successful ones sent.
//!
//! The engine knows no runs; every face that looks at who is to be sent asks here.

use crate::engine::Engine as _;
use crate::error::Result;
use crate::pimpinan::{Pimpinan, Plan, Pushed};
use crate::run::Runs;

/// What successful pushes sent to `url`, or, when there was none, to any other address.
pub fn last(runs: &Runs, url: &str) -> Result<Option<Pushed>> {
    match known(runs, |pushed| pushed.url == url)? {
        Some(pushed) => Ok(Some(pushed)),
        None => known(runs, |_| true),
    }
}

/// The newest of these pushes, completed from those before it: who was left out of it was sent by
/// an earlier one, perhaps.
fn known(runs: &Runs, wanted: impl Fn(&Pushed) -> bool) -> Result<Option<Pushed>> {
    let mut known: Option<Pushed> = None;
    runs.newest(Pimpinan::NAME, |plan: Plan, report, at| {
        let pushed = Pushed::of(plan, &report, at).filter(&wanted)?;
        let known = known.get_or_insert_with(|| pushed.clone());
        known.complete_from(pushed);
        known.whole.then_some(())
    })?;
    Ok(known)
}
