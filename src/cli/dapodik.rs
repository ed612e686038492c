//! `selaras dapodik`: look at a backend, start a sync there, follow it, at a shell.

mod report;
mod table;
mod words;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::args::{Acting, Dapodik as Verb, Running};
use super::ask::Question;
use super::cli_context::{self, CliContext};
use super::operation::{self, Answer, Proposal};
use super::out::{Out, OutputFormat};
use super::runs;
use crate::config::Config;
use crate::dapodik::{
    Dapodik, Emptied, KecamatanCode, Metadata, Nik, Npsn, Plan, RESOURCE, Report, Request, Scope,
    WhenRunning, preview, question,
};
use crate::engine::{Engine, Job};
use crate::error::{Failure, Result};
use crate::run::Runs;

pub use report::report;
pub use table::plan as plan_text;

/// Does a verb and says the exit code.
pub async fn run(context: &CliContext, verb: &Verb) -> Result<u8> {
    let config = context.config()?;
    let mut max_emptied = None;
    let (scope, when_running, acting) = match verb {
        Verb::Metadata { .. } => return metadata(context, &config).await,
        Verb::Kecamatan { list: true, .. } => return list(context, &config).await,
        Verb::Global { running, acting } => (Scope::Global, when(*running), acting),
        Verb::Kecamatan {
            codes,
            running,
            acting,
            ..
        } => {
            let codes: Result<_> = codes
                .iter()
                .map(|code| KecamatanCode::parse(code))
                .collect();
            (Scope::Kecamatan { codes: codes? }, when(*running), acting)
        }
        Verb::Ptk { nik, npsn, acting } => {
            let (nik, npsn) = (Nik::parse(nik)?, Npsn::parse(npsn)?);
            (Scope::Ptk { nik, npsn }, WhenRunning::Refuse, acting)
        }
        Verb::AllPtk {
            force_running,
            max_emptied: allowed,
            acting,
        } => {
            max_emptied = *allowed;
            (Scope::AllPtk, forced(*force_running), acting)
        }
        Verb::AllSekolah {
            force_running,
            acting,
        } => (Scope::AllSekolah, forced(*force_running), acting),
    };
    let request = Request {
        when_running,
        ..Request::of(scope)
    };
    act(context, &config, (acting, max_emptied), request).await
}

fn when(running: Running) -> WhenRunning {
    if running.attach {
        WhenRunning::Attach
    } else {
        forced(running.force_running)
    }
}

fn forced(force_running: bool) -> WhenRunning {
    if force_running {
        WhenRunning::Force
    } else {
        WhenRunning::Refuse
    }
}

async fn metadata(context: &CliContext, config: &Arc<Config>) -> Result<u8> {
    let engine = context.engine(config, Dapodik::new)?;
    let metadata: Metadata = engine.metadata(&Job::silent()).await?;
    let now = context.app.clock.now();
    match context.out.voice() {
        OutputFormat::Json => context.out.document(&json!({
            "server": engine.server(), "key": "LAST_GLOBAL_SYNC", "value": metadata.value,
            "state": metadata.state, "updated_at": metadata.updated_at,
            "sentence": metadata.sentence(now),
        }))?,
        OutputFormat::Plain => context.out.show(&format!("{}\n", metadata.sentence(now)))?,
    }
    Ok(0)
}

async fn list(context: &CliContext, config: &Arc<Config>) -> Result<u8> {
    let engine = context.engine(config, Dapodik::new)?;
    let regions = engine.regions().await?;
    if regions.kecamatan.is_empty() {
        return Err(Dapodik::no_list(regions.note.as_deref()));
    }
    if let Some(note) = &regions.note {
        context.out.say(&words::note(note));
    }
    match context.out.voice() {
        OutputFormat::Json => context
            .out
            .document(&json!({"kecamatan": regions.kecamatan}))?,
        OutputFormat::Plain => context.out.show(&table::regions(&regions.kecamatan))?,
    }
    Ok(0)
}

async fn act(
    context: &CliContext,
    config: &Arc<Config>,
    (acting, max_emptied): (&Acting, Option<u64>),
    request: Request,
) -> Result<u8> {
    let engine = context.engine(config, Dapodik::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    cli_context::may_write(config)?;
    let runs = cli_context::runs(config)?;
    let attaches = request.when_running == WhenRunning::Attach;
    if attaches && let Some(run) = runs.holder(RESOURCE)? {
        context.out.say(&words::attaching(&run.id().short()));
        return runs::attend(&context.out, &runs, run.id()).await;
    }
    let last = last(&runs, &request.scope)?;
    let request = Request {
        took_ms: last.and_then(|last| u64::try_from(last.as_millis()).ok()),
        ..request
    };
    let document = json!(request);
    let plan = operation::plan(&context.out, &engine, request).await?;
    if let Some(failure) = plan.obstacle() {
        // RUNNING over there may well be the run that goes on here.
        let ours = runs.holder(RESOURCE)?.map(|run| run.busy().into());
        return refuse(&context.out, &plan, &ours.unwrap_or(failure));
    }
    if context.out.voice() == OutputFormat::Plain {
        let lines = preview(&plan, last, context.app.clock.now());
        context.out.say(&lines.join("\n"));
    }
    if acting.consent.yes
        && let Some(failure) = plan.guard(max_emptied)
    {
        return refuse(&context.out, &plan, &failure);
    }
    let typed = plan.emptied.as_deref().map(Emptied::typed);
    let proposal = Proposal {
        request: document,
        question: Question {
            text: question(&plan),
            typed: typed.into_iter().collect(),
        },
        details: report::report,
        plan,
    };
    operation::act(context, config, acting, &engine, proposal).await
}

/// A plan that may not be carried out is shown all the same.
fn refuse(out: &Out, plan: &Plan, failure: &Failure) -> Result<u8> {
    if out.voice() == OutputFormat::Json {
        out.document(&Answer::<_, Report>::failed(None, Some(plan), failure))?;
    }
    out.tell(failure);
    Ok(failure.kind.exit())
}

/// How long the same took when it was last done.
fn last(runs: &Runs, scope: &Scope) -> Result<Option<Duration>> {
    runs.newest(Dapodik::NAME, |plan: Plan, report: Report, _| {
        let same = plan.scope == *scope;
        same.then(|| report.took()).flatten()
    })
}
