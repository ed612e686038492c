//! What a plan and a report say of themselves: obstacles, resources, exit codes, sentences.

use uuid::Uuid;

use super::model::{End, Plan, Report, Scope, WhenRunning};
use super::words;
use crate::engine::{Outcome, Summary, Verdict, seal};
use crate::error::{Error, Failure, Kind, Result};

/// The one thing that two Dapodik runs cannot have at once.
pub const RESOURCE: &str = "dapodik";

impl Plan {
    /// The plan with a seal over all of it.
    pub(super) fn sealed(mut self) -> Result<Self> {
        self.hash = self.seal()?;
        Ok(self)
    }

    /// Whether it still is what was sealed.
    pub fn is_sealed(&self) -> Result<bool> {
        Ok(self.seal()? == self.hash)
    }

    fn seal(&self) -> Result<String> {
        let asked = (&self.server, &self.database, &self.scope, &self.kecamatan);
        seal(&(
            self.id,
            asked,
            self.when_running,
            &self.metadata,
            &self.notes,
        ))
    }

    /// Whether it only watches a sync that is running already.
    pub fn attaches(&self) -> bool {
        self.metadata.is_running()
            && self.when_running == WhenRunning::Attach
            && self.scope.is_followed()
    }

    /// Why it may not be carried out: a sync is running already.
    pub fn obstacle(&self) -> Option<Failure> {
        let minds = !matches!(self.scope, Scope::Ptk { .. });
        let refused = match self.when_running {
            WhenRunning::Refuse => true,
            WhenRunning::Attach => !self.scope.is_followed(),
            WhenRunning::Force => false,
        };
        (minds && refused && self.metadata.is_running()).then(|| words::running(self).into())
    }

    /// The request as one line, such as `GET http://…/api/sync/global`.
    pub fn call(&self) -> String {
        words::call(self)
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn target(&self) -> String {
        words::scope(&self.scope, &self.kecamatan)
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

impl Report {
    /// Whether the check found that something is missing.
    fn is_partial(&self) -> bool {
        self.is_done() && (self.verified == Some(false) || !self.kecamatan.failed.is_empty())
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        if self.is_partial() {
            return Verdict::Partial;
        }
        self.end.verdict()
    }

    fn failure(&self) -> Option<Failure> {
        if self.is_partial() {
            let error = Error::new(Kind::Partial, words::missing(self));
            return Some(error.hint(words::hint_missing()).into());
        }
        match &self.end {
            End::Done | End::DoneByMetadata | End::Started => None,
            End::Failed(failure) | End::Interrupted(failure) => Some(failure.clone()),
            End::Stopped(what) => Some(Error::new(Kind::Stopped, what.as_str()).into()),
        }
    }

    fn sentence(&self) -> String {
        words::result(self)
    }
}
