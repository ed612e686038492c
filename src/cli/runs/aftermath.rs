//! What a users run had written that could not say so itself: the marker rows of its database know.
//!
//! A run killed after its COMMIT has no report, and one whose COMMIT was not answered does not know.

use std::sync::Arc;

use uuid::Uuid;

use crate::cli::out::Out;
use crate::config::Config;
use crate::engine::{Engine as _, Verdict};
use crate::error::{Error, Failure, Result};
use crate::run::{Run, Runs, State};
use crate::text::scrub;
use crate::users::{Plan, Users};

/// What the database says of a run.
#[derive(Debug)]
pub struct Aftermath {
    /// Whether the run died, rather than reported that it does not know.
    died: bool,
    /// The names of the locations it was to write to, and whether it had.
    places: Vec<(String, bool)>,
    /// Why the database could not be asked.
    pub error: Option<Error>,
}

impl Aftermath {
    /// Asks; `None` where a run has nothing to ask for.
    pub async fn of(config: &Arc<Config>, runs: &Runs, run: &Run) -> Option<Self> {
        let died = match &run.state {
            State::Died => true,
            State::Finished(ending) if ending.verdict == Verdict::Interrupted => false,
            State::Finished(_) | State::Running => return None,
        };
        if run.manifest.engine != Users::NAME {
            return None;
        }
        let plan: Plan = runs.plan(run.id()).ok()?;
        let (applied, error) = match applied(config, run.id().uuid()).await {
            Ok(applied) => (applied, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut meant: Vec<_> = plan
            .locations
            .iter()
            .filter(|one| one.is_applicable())
            .collect();
        meant.sort_by_key(|one| one.location_id);
        let places = meant
            .iter()
            .map(|one| (scrub(&one.name), applied.contains(&one.location_id)));
        Some(Self {
            died,
            places: places.collect(),
            error,
        })
    }

    /// The names of the locations that were written to; `None` where nobody knows.
    pub fn written(&self) -> Option<Vec<&str>> {
        self.error.is_none().then(|| self.named(true))
    }

    /// Whether all that was to be written is in the database, and only the report is missing.
    pub fn is_complete(&self) -> bool {
        self.died && self.error.is_none() && self.places.iter().all(|(_, written)| *written)
    }

    /// The state of the run, where it is known better than from its folder.
    pub fn state(&self) -> Option<&'static str> {
        self.is_complete().then_some("applied, then died")
    }

    /// What is known now, as a sentence; `None` where the database was not asked.
    pub fn sentence(&self) -> Option<String> {
        if self.error.is_some() {
            return None;
        }
        let (written, missing) = (self.named(true).join(", "), self.named(false).join(", "));
        Some(match (written.as_str(), missing.as_str()) {
            (_, "") if self.died => {
                format!(
                    "applied, then died: all of it is in the database ({written}), only its \
                     report is missing"
                )
            }
            (_, "") => format!("the database says: written for {written}"),
            ("", _) => "the database says: nothing of it was written".to_owned(),
            _ => format!("the database says: written for {written}, nothing for {missing}"),
        })
    }

    /// The names of the locations that were written to, or were not.
    fn named(&self, wanted: bool) -> Vec<&str> {
        let places = self.places.iter().filter(|(_, written)| *written == wanted);
        places.map(|(name, _)| name.as_str()).collect()
    }
}

/// How a run ended, as far as anybody knows.
pub fn result(run: &Run, aftermath: Option<&Aftermath>) -> String {
    let (sentence, said) = (run.sentence(), aftermath.and_then(Aftermath::sentence));
    match said {
        None => sentence,
        Some(said) if aftermath.is_some_and(Aftermath::is_complete) => said,
        Some(said) => format!("{sentence}; {said}"),
    }
}

/// Says why a run is not clean. One that wrote all of it and then died failed at nothing.
pub fn tell(out: &Out, run: &Run, aftermath: Option<&Aftermath>) {
    let Some(failure) = run.failure() else {
        return;
    };
    match aftermath.map(|known| (known.is_complete(), known.sentence())) {
        Some((true, Some(said))) => out.say(&format!("run {}: {said}", run.id().short())),
        Some((false, Some(said))) => out.tell(&Failure {
            message: format!("{}; {said}", failure.message),
            ..failure
        }),
        _ => out.tell(&failure),
    }
}

async fn applied(config: &Arc<Config>, run: Uuid) -> Result<Vec<i64>> {
    let users = Users::new(Arc::clone(config))?;
    users.applied_locations(run).await
}
