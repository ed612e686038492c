//! Staying with a run: its events as they come, and what Ctrl-C means meanwhile.
//!
//! A hang-up needs nothing of us: it ends this process, and the run goes on.

use tokio::task::JoinSet;

use super::ask::Interrupts;
use super::output::Output;
use super::progress::Progress;
use super::words;
use crate::error::Result;
use crate::run::{self, Id, Runs, StopWait, Until};

/// What Ctrl-C means while a run is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenInterrupted {
    /// The run is stopped: whoever started it waits for it.
    Stop,
    /// Only the following ends.
    Leave,
}

/// How following a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The run has ended.
    ToTheEnd,
    /// It goes on without us.
    Left,
}

/// Shows a run from its first event to its end.
pub async fn follow(
    runs: &Runs,
    id: Id,
    progress: &Progress,
    (interrupted, interrupts): (WhenInterrupted, &mut Interrupts),
) -> Result<Followed> {
    progress.expect(&runs.get(id)?);
    let mut following = runs.follow(id, 0)?;
    // Beside the following: what the run says while it stops should be seen.
    let mut stops = JoinSet::new();
    let mut asked = false;
    let mut output = Output::of(runs, id, progress.out());
    loop {
        tokio::select! {
            printed = output.next() => printed?,
            batch = following.next() => match batch? {
                Some(entries) => entries.iter().for_each(|entry| progress.entry(entry)),
                None => break,
            },
            () = interrupts.next() => match interrupted {
                WhenInterrupted::Leave => {
                    progress.finish();
                    progress.out().say(&words::left(&id.short()));
                    return Ok(Followed::Left);
                }
                WhenInterrupted::Stop => {
                    progress.say(if asked { "asked again" } else { words::STOPPING });
                    asked = true;
                    let runs = runs.clone();
                    stops.spawn(async move {
                        run::stop(&runs, id, StopWait::until(Until::Answered)).await
                    });
                }
            },
            Some(Ok(Err(error))) = stops.join_next() => progress.out().tell(&error.into()),
        }
    }
    output.finish()?;
    progress.finish();
    Ok(Followed::ToTheEnd)
}
