//! How a run ended: written whole, always, and the one source of its exit code.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{VERSION, words};
use crate::clock::Clock;
use crate::engine::{Outcome, Verdict};
use crate::error::{Error, Failure, Kind};

/// The content of `report.json` but for the engine's own report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The version of the file.
    pub version: u32,
    /// How it ended.
    pub verdict: Verdict,
    /// The exit code of whoever waits for it.
    pub exit: u8,
    /// Why it is not clean; `None` exactly when the exit is 0.
    pub error: Option<Failure>,
    /// The result for people.
    pub sentence: String,
    /// When it ended.
    pub ended: Timestamp,
}

/// The content of `report.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFile<R> {
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// What the engine reported; `None` when it could not.
    pub report: Option<R>,
}

impl<R: Outcome> ReportFile<R> {
    /// What is to be kept of an engine's `outcome`.
    pub fn of(outcome: Result<R, Error>) -> Self {
        let (verdict, error, sentence, report) = match outcome {
            Ok(report) => {
                let (verdict, error) = (report.verdict(), report.failure());
                (verdict, error, report.sentence(), Some(report))
            }
            Err(error) => {
                let verdict = match error.kind() {
                    Kind::Stopped => Verdict::Stopped,
                    _ => Verdict::Failed,
                };
                let sentence = words::ended_in(&error);
                (verdict, Some(Failure::from(error)), sentence, None)
            }
        };
        let ending = Ending {
            version: VERSION,
            verdict,
            exit: error.as_ref().map_or(0, |error| error.kind.exit()),
            error,
            sentence,
            ended: Clock::System.now(),
        };
        Self { ending, report }
    }
}
