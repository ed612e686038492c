//! What a migration's plan and report say of themselves.

use uuid::Uuid;

use super::{Change, Plan, Report};
use crate::db;
use crate::engine::{Outcome, Summary, Verdict, seal};
use crate::error::{Error, Failure, Kind, Result};
use crate::users::words;

impl Plan {
    pub(super) fn sealed(mut self) -> Result<Self> {
        self.hash = self.seal()?;
        Ok(self)
    }

    /// Whether it still is what was sealed.
    pub fn is_sealed(&self) -> Result<bool> {
        Ok(self.seal()? == self.hash)
    }

    fn seal(&self) -> Result<String> {
        seal(&(
            self.id,
            &self.database,
            &self.found,
            &self.changes,
            &self.duplicates,
        ))
    }

    /// Why it may not be applied, if so.
    pub fn failure(&self) -> Option<Failure> {
        let refusal = || {
            Error::new(Kind::Guard, words::duplicates(&self.duplicates))
                .hint(words::hint_duplicates())
        };
        (!self.duplicates.is_empty()).then(|| refusal().into())
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() || !self.duplicates.is_empty()
    }

    fn target(&self) -> String {
        self.database.clone()
    }

    fn resources(&self) -> Vec<String> {
        let locations = self.locations.iter().map(|id| format!("users-{id}"));
        std::iter::once("users-schema".to_owned())
            .chain(locations)
            .collect()
    }
}

impl Report {
    pub(super) fn complete(done: Vec<String>) -> Self {
        Self {
            message: words::migrated(done.len()),
            done,
            notes: Vec::new(),
            error: None,
        }
    }

    pub(super) fn refused(failure: Failure) -> Self {
        Self {
            done: Vec::new(),
            notes: Vec::new(),
            message: failure.message.clone(),
            error: Some(failure),
        }
    }

    /// The first of the statements that were `left` was not answered.
    pub(super) fn unknown(done: Vec<String>, error: &Error, left: &[Change]) -> Self {
        let at = left.first().map_or("", |change| change.sql.as_str());
        let failure = Failure::from(error);
        let failure = Failure {
            message: words::migration_cut(at, &failure.message),
            hint: Some(words::hint_migration_cut()),
            ..failure
        };
        Self {
            done,
            ..Self::refused(failure)
        }
    }

    /// The first of the statements that were `left` failed.
    pub(super) fn broken(done: Vec<String>, error: &Error, left: &[Change]) -> Self {
        let statements: Vec<_> = left.iter().map(|change| change.sql.as_str()).collect();
        let at = statements.first().copied().unwrap_or_default();
        let failure = Failure::from(error);
        let failure = Failure {
            message: words::migration_failed(at, &failure.message, done.len()),
            hint: if db::is_denied(error) {
                Some(words::hint_migrate_by_hand(&statements))
            } else {
                failure.hint
            },
            ..failure
        };
        Self {
            done,
            ..Self::refused(failure)
        }
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        match &self.error {
            None => Verdict::Clean,
            Some(failure) if failure.kind == Kind::Stopped => Verdict::Stopped,
            Some(_) if self.done.is_empty() => Verdict::Failed,
            Some(_) => Verdict::Partial,
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.error.clone()
    }

    fn sentence(&self) -> String {
        self.message.clone()
    }
}
