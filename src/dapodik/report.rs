//! What a plan and a report say of themselves: obstacles, resources, exit codes, sentences.

use std::time::Duration;

use uuid::Uuid;

use super::model::{Emptied, End, Plan, Report, Scope, WhenRunning};
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
            &self.emptied,
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

    /// Why it may not be carried out without a question: more rows would lose a value than somebody
    /// allowed, or nobody can count them.
    pub fn guard(&self, max_emptied: Option<u64>) -> Option<Failure> {
        let emptied = self.emptied.as_ref()?;
        let allowed = emptied.rows.zip(max_emptied);
        if allowed.is_some_and(|(rows, allowed)| rows <= allowed) {
            return None;
        }
        let error = Error::new(Kind::Guard, words::empties(emptied));
        Some(error.hint(words::hint_emptied(emptied.rows)).into())
    }

    /// The request as one line, such as `GET http://…/api/sync/global`.
    pub fn call(&self) -> String {
        words::call(self)
    }
}

impl Emptied {
    /// What somebody types who accepts it: how many rows, or a word where nobody can count them.
    pub fn typed(&self) -> String {
        self.rows
            .map_or_else(|| "empty".to_owned(), |rows| rows.to_string())
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
    /// Whether the check found that something is missing, or could not be made.
    fn is_partial(&self) -> bool {
        let missing = self.verified == Some(false) || !self.kecamatan.failed.is_empty();
        self.is_done() && (missing || self.unverifiable.is_some())
    }

    /// How long the sync took, of one that came to its end before our eyes.
    pub fn took(&self) -> Option<Duration> {
        let seen = self.is_done() && !self.watched;
        seen.then(|| Duration::from_millis(self.duration_ms))
    }

    /// The codes of the kecamatan in which something is missing, each once.
    pub fn incomplete(&self) -> Vec<String> {
        let failed = self.kecamatan.failed.iter().map(|named| named.key.clone());
        let skipped = self
            .skipped
            .iter()
            .filter_map(|named| named.kecamatan.clone());
        let mut codes: Vec<String> = failed.chain(skipped).collect();
        codes.sort();
        codes.dedup();
        codes
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
            let error = match &self.unverifiable {
                None => {
                    let error = Error::new(Kind::Partial, words::missing(self));
                    error.hint(words::hint_missing(self))
                }
                Some(why) => {
                    let error = Error::new(Kind::Partial, words::could_not_verify(&why.message));
                    error.hint(words::hint_verify(why.hint.as_deref()))
                }
            };
            return Some(error.into());
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
