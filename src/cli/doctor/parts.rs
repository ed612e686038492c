//! Officials, script and education data: whether a plan can be made, which is all that can be asked
//! of them without doing anything.
//!
//! The central API is not called: it knows no question, only a push.

use std::sync::Arc;

use futures_util::future::OptionFuture;

use super::check::{Area, Check};
use crate::cli::words;
use crate::clock::Clock;
use crate::config::Config;
use crate::dapodik::Dapodik;
use crate::engine::{Engine as _, Job};
use crate::error::{Error, Result};
use crate::pimpinan::{self, Pimpinan};
use crate::script::{self, Script};

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
    let refused = plan.refused.len() as u64;
    let text = words::officials(&plan.database, plan.send.len() as u64, refused, &plan.url);
    let check = if refused > 0 {
        Check::look(Area::Push, text)
    } else {
        Check::well(Area::Push, text)
    };
    Ok(vec![check])
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
        checks.insert(0, Check::well(Area::Script, words::can_run(&name)));
    }
    Ok(checks)
}

async fn education(config: &Arc<Config>) -> Result<Vec<Check>> {
    let engine = Dapodik::new(Arc::clone(config))?;
    let metadata = engine.metadata(&Job::silent()).await?;
    let state = metadata.sentence(Clock::System.now());
    let text = words::of(&engine.server(), &state);
    Ok(vec![Check::well(Area::Dapodik, text)])
}
