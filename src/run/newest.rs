//! The newest run of an engine of which somebody can make something.
//!
//! Engines know no runs: a face looks here for what an earlier one sent, or left undone, and puts
//! it into the request.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{Runs, State};
use crate::error::Result;

impl Runs {
    /// What `read` makes of plan, report and end of the newest run of `engine` of which it makes
    /// anything. Runs that go on, died or cannot be read are passed over.
    pub fn newest<P, R, T>(
        &self,
        engine: &str,
        mut read: impl FnMut(P, R, Timestamp) -> Option<T>,
    ) -> Result<Option<T>>
    where
        P: DeserializeOwned,
        R: DeserializeOwned,
    {
        for id in self.ids()? {
            let run = self.get(id).ok();
            let Some(run) = run.filter(|run| run.manifest.engine == engine) else {
                continue;
            };
            let State::Finished(ending) = run.state else {
                continue;
            };
            let report = self.report(id).ok().and_then(|file| file.report);
            if let (Some(report), Ok(plan)) = (report, self.plan(id))
                && let Some(made) = read(plan, report, ending.ended)
            {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }
}
