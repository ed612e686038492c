//! The work of a controller: planning, starting, reading the report, stopping; all beside the screen.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::context;
use crate::engine::{Engine, Job};
use crate::error::{Error, Result};
use crate::run::{self, Id, NewRun, ReportFile, Run, StopWait, Until};
use crate::tui::flow::News;
use crate::tui::tab::TabContext;
use crate::tui::tasks::{Work, WorkName};

pub const PLAN: &str = "plan";
pub const START: &str = "start";
pub const REPORT: &str = "report";
pub const STOP: &str = "stop";

pub(super) fn name<E: Engine>(task: &'static str) -> WorkName {
    WorkName {
        owner: E::NAME,
        task,
    }
}

/// How a plan comes about: from the settings of the moment, what was asked for, and a job.
pub type Planner<E> = fn(Arc<Config>, Value, Job) -> Planning<E>;

type Planning<E> = Pin<Box<dyn Future<Output = Result<<E as Engine>::Plan>> + Send>>;

/// Plans with the engine that `make` makes, which may add to the request what the runs know; what
/// [`Planner`]s are made of.
pub fn planned_by<E: Engine>(
    make: fn(Arc<Config>, &mut E::Request) -> Result<E>,
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Planning<E> {
    Box::pin(async move {
        let mut request: E::Request = serde_json::from_value(request)
            .map_err(|cause| Error::bug("the request cannot be read").because(cause))?;
        let engine = make(config, &mut request)?;
        let planned = engine.plan(request, &job).await;
        job.flush();
        planned
    })
}

type Wrap<E, N> = fn(News<E>) -> N;

pub(super) fn plan<E: Engine, N: Send + 'static>(
    planner: Planner<E>,
    context: TabContext,
    request: Value,
    wrap: Wrap<E, N>,
) -> Work<N> {
    Work::new(name::<E>(PLAN), move |mailbox| async move {
        // What a full inbox cannot take is only progress; the plan itself is an answer.
        let sink = move |event| {
            let _ = mailbox.try_progress(wrap(News::Said(event)));
        };
        let job = Job::new(sink, CancellationToken::new()).at(context.app.clock);
        let outcome = match context.app.config() {
            Ok(config) => planner(config, request, job).await,
            Err(error) => Err(error),
        };
        wrap(News::Planned(outcome.map_err(Into::into)))
    })
}

pub(super) fn start<E: Engine, N: Send + 'static>(
    context: TabContext,
    plan: E::Plan,
    request: Value,
    wrap: Wrap<E, N>,
) -> Work<N> {
    Work::new(name::<E>(START), move |_| async move {
        let started = begin::<E>(&context, &plan, request).await;
        wrap(News::Started(started.map_err(Into::into)))
    })
    .vital()
}

async fn begin<E: Engine>(
    context: &TabContext,
    plan: &E::Plan,
    request: Value,
) -> Result<run::Started> {
    let config = context.app.config()?;
    context::may_write(&config)?;
    let runs = context::runs(&config)?;
    let new = NewRun {
        engine: E::NAME,
        request,
        plan,
        operator: context.app.operator(&config),
        worker: context.app.launch(&config)?,
    };
    let started = run::start(&runs, new).await;
    context.watcher.look(runs);
    started
}

pub(super) fn report<E: Engine, N: Send + 'static>(
    context: TabContext,
    run: Arc<Run>,
    wrap: Wrap<E, N>,
) -> Work<N> {
    Work::new(name::<E>(REPORT), move |_| async move {
        let read = || -> Result<ReportFile<E::Report>> {
            let config = context.app.config()?;
            context::runs(&config)?.report(run.id())
        };
        // A report that cannot be read still has its verdict and sentence in `run`.
        let report = read().ok().and_then(|file| file.report);
        wrap(News::Reported(run, report.map(Box::new)))
    })
}

pub(super) fn stop<E: Engine, N: Send + 'static>(
    context: TabContext,
    id: Id,
    wrap: Wrap<E, N>,
) -> Work<N> {
    Work::new(name::<E>(STOP), move |_| async move {
        let stopping = async {
            let config = context.app.config()?;
            let runs = context::runs(&config)?;
            run::stop(&runs, id, StopWait::until(Until::Answered)).await
        };
        wrap(News::Stopped(id, stopping.await.map_err(Into::into)))
    })
}
