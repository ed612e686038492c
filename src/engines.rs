//! The one list of all engines, for those who know only an engine's name: the worker and
//! `selaras runs show`.
//!
//! Dashboard and server do not read it: each tab, each endpoint knows its own engine.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;

use crate::config::Config;
use crate::dapodik::{self, Dapodik};
use crate::engine::Engine;
use crate::error::Result;
use crate::pimpinan::{self, Pimpinan};
use crate::run::worker::Work;
use crate::run::{ReportFile, Run, Runs};
use crate::script::Script;
use crate::script::unlock::Unlock;
use crate::users::migrate::Migrate;
use crate::users::{self, Users};

const ENGINES: [&dyn NamedEngine; 6] = [
    &Entry::<Users> {
        open: |config, _| Users::new(config?),
        page: |plan, _| users::describe::page(plan),
        details: users::describe::details,
    },
    &Entry::<Migrate> {
        open: |config, _| Migrate::new(config?),
        page: |plan, _| users::describe::migration_page(plan),
        details: users::describe::migration_details,
    },
    &Entry::<Pimpinan> {
        open: |config, _| Pimpinan::new(config?),
        page: |plan, _| pimpinan::describe::page(plan),
        details: pimpinan::describe::details,
    },
    &Entry::<Script> {
        open: |config, work| {
            // First, and whatever the settings are: whoever follows the run looks for the file.
            let output = work.make_output();
            Ok(Script::new(config?)?.with_output(output?))
        },
        page: |_, _| String::new(),
        details: |_| String::new(),
    },
    &Entry::<Unlock> {
        open: |config, _| Unlock::new(&config?),
        page: |_, _| String::new(),
        details: |_| String::new(),
    },
    &Entry::<Dapodik> {
        open: |config, _| Dapodik::new(config?),
        page: dapodik::describe::page,
        details: dapodik::describe::details,
    },
];

/// The engine of this name, as run folders have it.
pub fn named(name: &str) -> Option<&'static dyn NamedEngine> {
    ENGINES.into_iter().find(|engine| engine.name() == name)
}

/// An engine whose types only this file knows.
pub trait NamedEngine {
    fn name(&self) -> &'static str;
    /// Does a run, or reports why it cannot be done; returns its exit code.
    fn perform(&self, work: Work, config: Result<Arc<Config>>) -> LocalBoxFuture<'static, u8>;
    /// The plan of a run as it was shown, and what its report says besides its sentence.
    fn page(&self, runs: &Runs, run: &Run, now: Timestamp) -> String;
}

struct Entry<E: Engine> {
    open: fn(Result<Arc<Config>>, &Work) -> Result<E>,
    page: fn(&E::Plan, Timestamp) -> String,
    details: fn(&E::Report) -> String,
}

impl<E: Engine> NamedEngine for Entry<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn perform(&self, work: Work, config: Result<Arc<Config>>) -> LocalBoxFuture<'static, u8> {
        match (self.open)(config, &work) {
            Ok(engine) => work.perform(engine).boxed_local(),
            Err(error) => std::future::ready(work.give_up::<E>(error)).boxed_local(),
        }
    }

    fn page(&self, runs: &Runs, run: &Run, now: Timestamp) -> String {
        let plan = match runs.plan(run.id()) {
            Ok(plan) => (self.page)(&plan, now),
            Err(error) => format!("! {}\n", error.chain()),
        };
        let report = runs.report(run.id()).ok();
        let report = report.and_then(|file: ReportFile<E::Report>| file.report);
        plan + &report.as_ref().map(self.details).unwrap_or_default()
    }
}
