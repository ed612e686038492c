//! Removes the lock file of a script that is not running; an engine of its own, so that the
//! removal is shown, confirmed and remembered like everything else.
//!
//! Only a *stale* lock is removed: all processes were checked, and none has it. That is checked again
//! right before the removal.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lock::{LockFile, State};
use super::{RESOURCE, SOURCE, THE_LOOK, describe, look};
use crate::config::{Config, Script as Settings};
use crate::engine::{Engine, Job, Outcome, Seal, Summary, Verdict};
use crate::error::{Context as _, Error, Failure, Result};

#[derive(Clone, Debug)]
pub struct Unlock {
    lock: PathBuf,
    script: PathBuf,
}

/// Which lock file would be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    pub hash: String,
    pub script: PathBuf,
    /// The lock file as it was found.
    pub lock: LockFile,
    /// Why it is not removed; `None` where it may be.
    pub problem: Option<Failure>,
}

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The lock file that is gone; `None` where there was none.
    pub removed: Option<PathBuf>,
}

impl Unlock {
    /// An engine for the configured lock file.
    pub fn new(config: &Arc<Config>) -> Result<Self> {
        let Settings::Local(settings) = config.script.ready()? else {
            return Err(Error::usage(
                "the lock of a script behind a service can only be removed on its machine",
            ));
        };
        let missing =
            || Error::config("no lock file is configured").hint("set `lock_file` in [script]");
        let lock = settings.lock_file.clone().ok_or_else(missing)?;
        let script = std::path::absolute(&settings.path).doing("find", &settings.path)?;
        Ok(Self { lock, script })
    }

    fn look(&self) -> LockFile {
        LockFile::look(&self.lock, &self.script, None)
    }

    /// Removes the lock if it is still the one that was shown, and still stale.
    fn remove(&self, shown: &LockFile, now: Timestamp) -> Result<Report> {
        let found = self.look();
        if found.state == State::Absent {
            return Ok(Report { removed: None });
        }
        if found != *shown {
            let found = describe::lock(&found, now);
            return Err(Error::stale(format!(
                "the lock changed since it was shown; nothing was removed: {found}"
            ))
            .hint("look again"));
        }
        let path = &found.path;
        let removed = match fs::symlink_metadata(path) {
            // Made with mkdir, as some scripts do.
            Ok(found) if found.is_dir() => fs::remove_dir(path),
            _ => fs::remove_file(path),
        };
        removed.doing("remove", path)?;
        let removed = Some(found.path);
        Ok(Report { removed })
    }
}

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Engine for Unlock {
    type Request = ();
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "script-unlock";

    async fn plan(&self, (): (), job: &Job) -> Result<Plan> {
        let unlock = self.clone();
        let looking = look(move || Ok(unlock.look()));
        let lock = job.or_cancel(THE_LOOK, looking).await??;
        let problem = match &lock.state {
            State::Absent | State::Stale { .. } => None,
            State::Held { .. } | State::Unknown { .. } => {
                super::check::lock_problem(&lock, job.now())
            }
        };
        let plan = Plan {
            engine: Self::NAME.to_owned(),
            id: Uuid::now_v7(),
            hash: String::new(),
            script: self.script.clone(),
            lock,
            problem,
        };
        plan.sealed()
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        if !plan.check()? {
            return Err(super::plan_was_changed());
        }
        if plan.lock.path != self.lock {
            return Err(super::another_script(&plan.target()));
        }
        if let Some(problem) = plan.problem {
            return Err(problem.into());
        }
        let unlock = self.clone();
        let now = job.now();
        let report = look(move || unlock.remove(&plan.lock, now)).await?;
        job.line(SOURCE, report.sentence());
        Ok(report)
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.lock.state == State::Absent
    }

    fn target(&self) -> String {
        describe::file_name(&self.lock.path)
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        Verdict::Clean
    }

    fn failure(&self) -> Option<Failure> {
        None
    }

    fn sentence(&self) -> String {
        match &self.removed {
            Some(path) => format!("The stale lock {} was removed.", path.display()),
            None => "There is no lock file; nothing was removed.".to_owned(),
        }
    }
}
