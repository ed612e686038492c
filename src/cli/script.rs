//! `selaras script`: run, status, log, stop and unlock at a shell.

mod log;
mod status;
mod table;
mod words;

use clap::{Args, Subcommand};
use serde_json::json;

use super::ask::{Consent, Interrupts, Question, confirm};
use super::cli_context::CliContext;
use super::operation::{self, Acting, Answer, Proposal};
use super::out::{Output, OutputFormat};
use super::runs;
use crate::config::{Config, Script as Settings};
use crate::context;
use crate::context::script::{in_hand, last};
use crate::engine::{Engine, Job};
use crate::error::{Failure, Result};
use crate::script::unlock::Unlock;
use crate::script::{Client, Plan, Report, Request, Script, Target, WATCHED_MS, describe};

/// Run and watch a database sync script, here or behind a service
#[derive(Debug, Subcommand)]
pub enum ScriptCommand {
    Run(RunArgs),
    /// Whether it runs, how its lock file stands, what speaks for and against a run, the last runs
    Status(Output),
    Log(log::LogArgs),
    /// Stop the script: TERM to all of it, after a grace KILL, and wait for its end
    ///
    /// Asked twice, it is killed at once.
    Stop(Acting),
    /// Remove a stale lock file, after showing it and asking
    ///
    /// Only one that nobody holds, and only when that could be found out; root can find out more.
    Unlock(Consent),
}

impl ScriptCommand {
    /// Does the verb and returns the exit code.
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Run(args) => start(context, args).await,
            Self::Status(_) => status::run(context).await,
            Self::Log(args) => log::run(context, args).await,
            Self::Stop(acting) => stop(context, acting).await,
            Self::Unlock(consent) => unlock(context, consent).await,
        }
    }

    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Run(args) => args.acting.consent.json,
            Self::Status(output) => output.json,
            Self::Log(args) => args.json,
            Self::Stop(acting) => acting.consent.json,
            Self::Unlock(consent) => consent.json,
        }
    }
}

/// Run the script, after showing what is known of it and asking
///
/// Its output comes on standard output as it is printed: whole lines, everything that could
/// drive a terminal made visible, colours only on a terminal. Byte for byte it is kept in the
/// run's output.log. It lasts until the script has ended and nothing it left in the
/// background has its output any more (`leftovers` in `[script]`). Ends 12 when the script
/// fails, 9 when it runs already, 11 when what it left was stopped.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    acting: Acting,
    /// When it runs already, follow that run instead of refusing
    #[arg(long)]
    attach: bool,
}

async fn start(context: &CliContext, args: &RunArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Script::new)?;
    let runs = context::runs(&config)?;
    if let Some(run) = in_hand(&runs)? {
        // What goes on without its worker cannot be followed: its output is lost.
        let ours = run.manifest.engine == Script::NAME && run.orphan.is_none();
        return if args.attach && ours {
            runs::attend(&context.out, &config, &runs, run.id()).await
        } else {
            Err(words::busy(&run))
        };
    }
    // Before anybody is asked: the answer would be the same afterwards.
    context::may_write(&config)?;
    let request = Request {
        last: last(&runs)?,
        attach: args.attach,
        poll_ms: (!args.acting.detach).then_some(WATCHED_MS),
    };
    let plan = operation::plan(&context.out, &engine, request.clone()).await?;
    if context.out.voice() == OutputFormat::Plain {
        context.out.say(table::plan(&plan).trim_end());
    }
    if !plan.problems.is_empty() {
        return refuse(context, &plan);
    }
    let proposal = Proposal {
        request: json!(request),
        question: question(&plan),
        details: |_| String::new(),
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}

/// Says what must be put right first; the first problem speaks for all.
fn refuse(context: &CliContext, plan: &Plan) -> Result<u8> {
    let Some(first) = plan.problems.first() else {
        return Ok(0);
    };
    if context.out.voice() == OutputFormat::Json {
        let answer = Answer::<_, Report>::failed(None, Some(plan), first);
        context.out.document(&answer)?;
    }
    for problem in &plan.problems {
        context.out.tell(problem);
    }
    Ok(first.kind.exit())
}

fn question(plan: &Plan) -> Question {
    let verb = describe::capital(describe::verb(&plan.target));
    Question {
        text: format!("{verb} {}?", describe::what(&plan.target)),
        typed: Vec::new(),
    }
}

/// Stops the run that goes on here, or at a service that can be asked to.
async fn stop(context: &CliContext, acting: &Acting) -> Result<u8> {
    let config = context.config_to_act()?;
    let runs = context::runs(&config)?;
    if let Some(run) = in_hand(&runs)? {
        if let Some(why) = cannot_stop(runs.plan(run.id()).ok().as_ref()) {
            return Err(words::cannot_stop(&why));
        }
        return runs::stop(context, &config, &runs, run.id(), acting).await;
    }
    let engine = context.engine(&config, Script::new)?;
    if matches!(engine.settings(), Settings::Remote(_)) {
        return stop_there(context, &config, &engine.client().await?, acting).await;
    }
    if context.out.voice() == OutputFormat::Json {
        context.out.document(&json!({"run": null, "error": null}))?;
    }
    context.out.say(words::NOTHING_RUNS);
    Ok(0)
}

/// Stops what somebody else runs at a service.
async fn stop_there(
    context: &CliContext,
    config: &Config,
    client: &Client,
    acting: &Acting,
) -> Result<u8> {
    let job = Job::silent();
    let running = client.running_run(&job).await?;
    if let Some(run) = running.map_err(|why| words::cannot_stop(&why))? {
        context::may_write(config)?;
        let question = Question {
            text: words::stop_there(client.name()),
            typed: Vec::new(),
        };
        let mut interrupts = Interrupts::listen()?;
        confirm(&context.out, &acting.consent, &question, &mut interrupts).await?;
        client.stop(&run, &job).await?;
        context.out.say(&describe::asked_to_stop(client.name()));
    } else {
        context.out.say(words::NOTHING_RUNS);
    }
    if context.out.voice() == OutputFormat::Json {
        context.out.document(&json!({"run": null, "error": null}))?;
    }
    Ok(0)
}

/// Why the script of a run cannot be stopped from here.
fn cannot_stop(plan: Option<&Plan>) -> Option<String> {
    match &plan?.target {
        Target::Remote(remote) => remote.no_stop.clone(),
        Target::Local(_) => None,
    }
}

async fn unlock(context: &CliContext, consent: &Consent) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, |config| Unlock::new(&config))?;
    context::may_write(&config)?;
    let plan = operation::plan(&context.out, &engine, ()).await?;
    if let Some(problem) = &plan.problem {
        if context.out.voice() == OutputFormat::Json {
            let answer = Answer::<_, Failure>::failed(None, Some(&plan), problem);
            context.out.document(&answer)?;
        }
        context.out.tell(problem);
        return Ok(problem.kind.exit());
    }
    let question = Question {
        text: words::remove(&plan.lock),
        typed: Vec::new(),
    };
    let acting = Acting {
        consent: consent.clone(),
        detach: false,
    };
    let proposal = Proposal {
        request: json!(null),
        question,
        details: |_| String::new(),
        plan,
    };
    operation::act(context, &config, &acting, &engine, proposal).await
}
