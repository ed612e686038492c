//! Officials, script and education data: whether a plan can be made, which is all that can be asked
//! of them without doing anything.
//!
//! The central API is not called: it knows no question, only a push.

use std::sync::Arc;

use futures_util::future::OptionFuture;
use jiff::Timestamp;

use super::{Area, Check, of};
use crate::clock::Clock;
use crate::config::{Config, Level};
use crate::dapodik::{Dapodik, Metadata, State};
use crate::engine::{Engine as _, Job};
use crate::error::{Error, Result};
use crate::pimpinan::{self, Pimpinan};
use crate::script::{self, Script};
use crate::text::{count, plural, scrub};

const SYNC: &str = "`selaras dapodik global` syncs all kecamatan";

/// What there is to say; nothing of a part that is not set up, which the settings have told.
pub async fn checks(config: &Arc<Config>) -> Vec<Check> {
    let officials = config.pimpinan.ready().is_ok().then(|| officials(config));
    let script = config.script.ready().is_ok().then(|| script(config));
    let education = config.dapodik.ready().is_ok().then(|| education(config));
    let (officials, script, education) = tokio::join!(
        OptionFuture::from(officials),
        OptionFuture::from(script),
        OptionFuture::from(education)
    );
    let parts = [
        (Area::Push, officials),
        (Area::Script, script),
        (Area::Dapodik, education),
    ];
    let told = parts.into_iter().filter_map(|(area, found)| {
        Some(match found? {
            Ok(checks) => checks,
            Err(error) => vec![Check::failed(area, "", &error)],
        })
    });
    told.flatten().collect()
}

async fn officials(config: &Arc<Config>) -> Result<Vec<Check>> {
    let engine = Pimpinan::new(Arc::clone(config))?;
    let request = pimpinan::Request::default();
    let plan = engine.plan(request, &Job::silent()).await?;
    let (level, refused) = match plan.refused.len() as u64 {
        0 => (Level::Note, String::new()),
        refused => (
            Level::Warning,
            format!(", {} refused (see `selaras push plan`)", count(refused)),
        ),
    };
    let text = format!(
        "{} answers: {} to send{refused}; {} is only called by a push",
        scrub(&plan.database),
        plural(plan.send.len() as u64, "official"),
        scrub(&plan.url)
    );
    Ok(vec![Check::new(Area::Push, level, text)])
}

async fn script(config: &Arc<Config>) -> Result<Vec<Check>> {
    let engine = Script::new(Arc::clone(config))?;
    let plan = engine
        .plan(script::Request::default(), &Job::silent())
        .await?;
    let problems = plan.problems.iter().map(|failure| {
        let error = Error::from(failure.clone());
        Check::failed(Area::Script, "", &error)
    });
    let warnings = plan.warnings.iter();
    let mut checks: Vec<_> = problems
        .chain(warnings.map(|warning| Check::look(Area::Script, warning)))
        .collect();
    if plan.problems.is_empty() {
        let name = match &plan.target {
            script::Target::Local(local) => local.path.display().to_string(),
            script::Target::Remote(remote) => remote.url.clone(),
        };
        checks.insert(
            0,
            Check::well(Area::Script, format!("{} can be run", scrub(&name))),
        );
    }
    Ok(checks)
}

/// The backend and the database that tells what it stored; one does not keep the other from being
/// looked at.
async fn education(config: &Arc<Config>) -> Result<Vec<Check>> {
    let engine = Dapodik::new(Arc::clone(config))?;
    let job = Job::silent();
    let (metadata, stored) = tokio::join!(engine.metadata(&job), engine.counts());
    let mut checks = vec![match metadata {
        Ok(metadata) => last_sync(&engine.server(), &metadata, Clock::System.now()),
        Err(error) => Check::failed(Area::Dapodik, "", &error),
    }];
    let database = engine.database().unwrap_or_default();
    match stored {
        Ok(None) => {}
        Ok(Some(stored)) if stored.is_empty() => {
            let text = of(&database, "no school is stored there yet");
            checks.push(Check::look(Area::Dapodik, text));
        }
        Ok(Some(stored)) => {
            let sekolah = stored.values().map(|of| of.sekolah).sum();
            let ptk = stored.values().map(|of| of.ptk).sum();
            let text = format!(
                "{} of {} kecamatan, {} PTK",
                plural(sekolah, "school"),
                count(stored.len() as u64),
                count(ptk)
            );
            checks.push(Check::well(Area::Dapodik, of(&database, &text)));
        }
        Err(error) => checks.push(Check::failed(Area::Dapodik, &database, &error)),
    }
    Ok(checks)
}

/// The state of the last global sync; one that is too old is worth a look.
fn last_sync(server: &str, metadata: &Metadata, now: Timestamp) -> Check {
    let text = of(server, &metadata.sentence(now));
    match &metadata.state {
        State::Error(_) => Check::broken(Area::Dapodik, text).hint(SYNC),
        State::Done(_) if metadata.is_fresh(now) => Check::well(Area::Dapodik, text),
        State::Never | State::Done(_) => Check::look(Area::Dapodik, text).hint(SYNC),
        State::Running => Check::look(Area::Dapodik, text).hint(
            "RUNNING may also be left from a crash: `selaras runs list` shows whether it is of \
             this machine",
        ),
        State::Strange(_) => Check::look(Area::Dapodik, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failed_sync_is_a_problem_and_an_old_one_is_no_good_news() {
        let now = "2026-11-20T01:00:00Z".parse().unwrap();
        let table = [
            (json!("2026-11-20T00:00:00Z"), Level::Note),
            (json!("2026-11-13T01:00:00Z"), Level::Note),
            (json!("2026-11-13T00:59:59Z"), Level::Warning),
            (json!("2026-02-27T01:00:00Z"), Level::Warning),
            (json!("ERROR: \ndisk full"), Level::Problem),
            (json!("RUNNING"), Level::Warning),
            (json!(null), Level::Warning),
        ];
        for (value, level) in table {
            let metadata = Metadata::read(&json!({"value": value})).unwrap();
            assert_eq!(last_sync("x", &metadata, now).level, level, "{value}");
        }
    }
}
