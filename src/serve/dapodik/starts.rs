//! Runs that clients ask for: one at a time, and whoever asks for the same stream gets its run.
//!
//! A start takes as long as its preview: the portal is asked, the database is looked at. Meanwhile
//! there is no run yet that others could see, so what is being started is kept here.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::{Mutex, watch};

use crate::context::{self, AppContext, dapodik as sync_runs};
use crate::dapodik::{Dapodik, Request, Scope, WhenRunning};
use crate::engine::{Engine as _, Job};
use crate::error::{Error, Failure, Kind, Result};
use crate::run::{self, Id, NewRun, Run};
use crate::serve::{Caller, reply};

/// The start that is being made.
#[derive(Debug, Default)]
pub struct Starts(Mutex<Option<Start>>);

/// A run that is there, or soon will be.
#[derive(Clone, Debug)]
pub struct Start {
    scope: Scope,
    outcome: watch::Receiver<Option<std::result::Result<Id, Failure>>>,
}

impl Start {
    fn done(scope: Scope, id: Id) -> Self {
        let (_, outcome) = watch::channel(Some(Ok(id)));
        Self { scope, outcome }
    }

    /// The run, or why there is none; `None` while it is being started.
    fn known(&self) -> Option<Result<Id>> {
        let outcome = self.outcome.borrow().clone();
        outcome.map(|outcome| outcome.map_err(Error::from))
    }

    /// The run, if it is there by now.
    pub fn run(&self) -> Option<Id> {
        self.known()?.ok()
    }

    /// Waits for it.
    pub async fn outcome(&mut self) -> Result<Id> {
        let broke_off = || Error::bug("the start broke off").hint("look at `selaras runs list`");
        let outcome = self.outcome.wait_for(Option::is_some).await;
        let outcome = outcome.map_err(|_| broke_off())?.clone();
        outcome.ok_or_else(broke_off)?.map_err(Error::from)
    }
}

impl Starts {
    /// The run of this scope that is there, where a stream can follow it; else starts one.
    /// [`Kind::Busy`] when there is another.
    pub async fn join(&self, app: &AppContext, caller: Caller, scope: Scope) -> Result<Start> {
        let mut starting = self.0.lock().await;
        if let Some(start) = starting.as_ref().filter(|start| start.known().is_none()) {
            return if is_followed_as(&scope, &start.scope) {
                Ok(start.clone())
            } else {
                let busy = "another sync is being started";
                Err(Error::busy(busy).hint("GET /api/sync/runs will list it"))
            };
        }
        let app = app.clone();
        let looking = app.clone();
        let holder = reply::aside(move || {
            let config = looking.config()?;
            let running = sync_runs::running(&context::runs(&config)?)?;
            if running.is_none() {
                context::may_write(&config)?;
            }
            Ok(running)
        });
        if let Some(run) = holder.await? {
            return match scope_of(&run) {
                Some(other) if is_followed_as(&scope, &other) => Ok(Start::done(scope, run.id())),
                _ => Err(run.busy()),
            };
        }
        let (sender, outcome) = watch::channel(None);
        let begun = Start {
            scope: scope.clone(),
            outcome,
        };
        *starting = Some(begun.clone());
        // To the end, whether or not the client waits for it.
        tokio::spawn(async move {
            let started = start(&app, caller, scope).await;
            sender.send_replace(Some(started.map_err(Failure::from)));
        });
        Ok(begun)
    }
}

/// Looks and starts, in the caller's name.
async fn start(app: &AppContext, caller: Caller, scope: Scope) -> Result<Id> {
    let config = app.config()?;
    context::may_write(&config)?;
    let runs = context::runs(&config)?;
    let engine = Dapodik::new(Arc::clone(&config))?;
    let (earlier, asked) = (runs.clone(), scope.clone());
    let request =
        reply::aside(move || sync_runs::request(&earlier, asked, WhenRunning::Refuse)).await?;
    let plan = engine.plan(request.clone(), &Job::silent()).await?;
    if let Some(failure) = plan.obstacle() {
        return Err(failure.into());
    }
    let new = NewRun {
        engine: Dapodik::NAME,
        request: json!(request),
        plan: &plan,
        operator: app.caller(&config, caller.name),
        worker: app.launch(&config)?,
    };
    match run::start(&runs, new).await {
        Ok(started) => Ok(started.id),
        // A screen or a shell was faster.
        Err(error) if error.kind() == Kind::Busy => {
            let holder = reply::aside(move || sync_runs::running(&runs)).await?;
            let same = holder
                .filter(|run| scope_of(run).is_some_and(|other| is_followed_as(&scope, &other)));
            same.map(|run| run.id()).ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// What a run syncs; `None` where that cannot be read.
pub fn scope_of(run: &Run) -> Option<Scope> {
    let request: Request = serde_json::from_value(run.manifest.request.clone()).ok()?;
    Some(request.scope)
}

/// Whether a stream of `asked` is that of a run of `other`: kecamatan in any order.
fn is_followed_as(asked: &Scope, other: &Scope) -> bool {
    match (asked, other) {
        (Scope::Kecamatan { codes: asked }, Scope::Kecamatan { codes: other }) => {
            asked.iter().all(|code| other.contains(code))
                && other.iter().all(|code| asked.contains(code))
        }
        (asked, other) => asked.is_followed() && asked == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapodik::KecamatanCode;

    #[test]
    fn the_same_kecamatan_in_any_order_are_one_stream() {
        let kecamatan = |codes: &[&str]| Scope::Kecamatan {
            codes: (codes.iter())
                .map(|code| KecamatanCode::parse(code).unwrap())
                .collect(),
        };
        let (one, both) = (
            kecamatan(&["34.04.07"]),
            kecamatan(&["34.04.07", "34.04.01"]),
        );
        let turned = kecamatan(&["34.04.01", "34.04.07", "34.04.01"]);
        assert!(is_followed_as(&both, &turned) && is_followed_as(&turned, &both));
        assert!(!is_followed_as(&both, &one) && !is_followed_as(&one, &both));
        assert!(is_followed_as(&Scope::Global, &Scope::Global));
        assert!(!is_followed_as(&Scope::Global, &both));
        assert!(!is_followed_as(&Scope::AllPtk, &Scope::AllPtk));
    }
}
