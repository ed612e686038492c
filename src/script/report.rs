//! Plans and reports for code that knows no engine by name.

use uuid::Uuid;

use super::model::{End, Last, Plan, Report, Target};
use super::{RESOURCE, describe};
use crate::engine::{Outcome, Seal, Summary, Verdict};
use crate::error::{Error, Failure, Kind, Result};

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Plan {
    /// A sealed plan.
    pub(super) fn of(
        target: Target,
        problems: Vec<Failure>,
        warnings: Vec<String>,
        last: Option<Last>,
        changed: Option<bool>,
    ) -> Result<Self> {
        let plan = Self {
            engine: "script".to_owned(),
            id: Uuid::now_v7(),
            hash: String::new(),
            target,
            problems,
            warnings,
            last,
            changed,
        };
        plan.sealed()
    }
}

impl Target {
    /// Its name: the file's, or the server's.
    pub fn name(&self) -> String {
        match self {
            Self::Local(local) => describe::file_name(&local.path),
            Self::Remote(remote) => describe::server(&remote.url),
        }
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    /// Running a script always does something.
    fn is_empty(&self) -> bool {
        false
    }

    fn target(&self) -> String {
        self.target.name()
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        match self.end {
            End::Success => Verdict::Clean,
            End::Partial => Verdict::Partial,
            End::Stopped | End::Left => Verdict::Stopped,
            End::NoResult => Verdict::Interrupted,
            End::AlreadyRunning | End::Failed | End::TimeLimit | End::Unreadable => Verdict::Failed,
        }
    }

    fn failure(&self) -> Option<Failure> {
        let kind = match self.end {
            End::Success => return None,
            End::AlreadyRunning => Kind::Busy,
            End::Failed | End::TimeLimit => Kind::Script,
            End::Partial => Kind::Partial,
            End::Stopped | End::Left => Kind::Stopped,
            End::NoResult | End::Unreadable => Kind::Remote,
        };
        let error = Error::new(kind, describe::failure(self));
        Some(match describe::hint(self.end) {
            Some(hint) => error.hint(hint).into(),
            None => error.into(),
        })
    }

    fn sentence(&self) -> String {
        describe::result(self)
    }
}
