//! What the benchmarks share: two rivals timed in one run, a table, a bound that must hold.
//!
//! Rivals take turns, and the best time of each counts: other work on the machine only ever adds.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Two ways to the same end.
pub struct Race {
    /// What is done.
    pub what: String,
    /// Our best time.
    pub ours: Duration,
    /// The best time of what it is measured by.
    pub theirs: Duration,
    /// How many times longer ours may take.
    pub bound: f64,
}

/// The best time of each rival.
#[derive(Clone, Copy, Debug)]
pub struct Best {
    ours: Duration,
    theirs: Duration,
}

impl Best {
    /// Nobody ran yet.
    pub fn new() -> Self {
        let (ours, theirs) = (Duration::MAX, Duration::MAX);
        Self { ours, theirs }
    }

    /// Counts one of our runs, which began at `began`.
    pub fn ours(&mut self, began: Instant) {
        self.ours = self.ours.min(began.elapsed());
    }

    /// Counts a run of theirs that began at `began`.
    pub fn theirs(&mut self, began: Instant) {
        self.theirs = self.theirs.min(began.elapsed());
    }

    /// The result.
    pub fn race(self, what: impl Into<String>, bound: f64) -> Race {
        Race {
            what: what.into(),
            ours: self.ours,
            theirs: self.theirs,
            bound,
        }
    }
}

/// Prints the results as a Markdown table; fails when one is over its bound.
pub fn finish(theirs: &str, races: &[Race]) -> ExitCode {
    println!("\n| what | ours | {theirs} | ratio | bound | |\n|---|--:|--:|--:|--:|---|");
    let mut all = true;
    for race in races {
        let ratio = race.ours.as_secs_f64() / race.theirs.as_secs_f64();
        let holds = ratio <= race.bound;
        all &= holds;
        println!(
            "| {} | {} | {} | {ratio:.2} | {:.1} | {} |",
            race.what,
            millis(race.ours),
            millis(race.theirs),
            race.bound,
            if holds { "holds" } else { "BROKEN" },
        );
    }
    println!();
    if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `12.3 ms`.
fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}
