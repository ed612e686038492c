//! The one list of all engines, for those who know only an engine's name: the worker and
//! `selaras runs show`.
//!
//! Dashboard and server do not read it: each tab, each endpoint knows its own engine.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::config::Config;
use crate::dapodik::Dapodik;
use crate::engine::Engine;
use crate::error::Result;
use crate::pimpinan::Pimpinan;
use crate::run::worker::Work;
use crate::script::Script;
use crate::script::unlock::Unlock;
use crate::users::Users;
use crate::users::migrate::Migrate;

const ENGINES: [&dyn NamedEngine; 6] = [
    &Entry::<Users> {
        open: |config, _| Users::new(config?),
    },
    &Entry::<Migrate> {
        open: |config, _| Migrate::new(config?),
    },
    &Entry::<Pimpinan> {
        open: |config, _| Pimpinan::new(config?),
    },
    &Entry::<Script> {
        open: |config, work| {
            // First, and whatever the settings are: whoever follows the run looks for the file.
            let output = work.make_output();
            Ok(Script::new(config?)?.with_output(output?))
        },
    },
    &Entry::<Unlock> {
        open: |config, _| Unlock::new(&config?),
    },
    &Entry::<Dapodik> {
        open: |config, _| Dapodik::new(config?),
    },
];

/// The engine of this name.
pub fn named(name: &str) -> Option<&'static dyn NamedEngine> {
    ENGINES.into_iter().find(|engine| engine.name() == name)
}

/// An engine whose types are known to this file alone.
pub trait NamedEngine {
    /// As it stands in run folders.
    fn name(&self) -> &'static str;
    /// Does a run, or reports why it cannot be done, and returns its exit code.
    fn perform(&self, work: Work, config: Result<Arc<Config>>) -> LocalBoxFuture<'static, u8>;
}

struct Entry<E: Engine> {
    open: fn(Result<Arc<Config>>, &Work) -> Result<E>,
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
}
