//! `selaras script run`: runs the script, or follows the run that is there.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::cli::ask::Question;
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::cli::out::OutputFormat;
use crate::cli::runs;
use crate::clock::Clock;
use crate::context;
use crate::context::script::{in_hand, last};
use crate::engine::Engine as _;
use crate::error::{Error, Result};
use crate::run::Run;
use crate::script::{LocalPlan, Plan, RemotePlan, Request, Script, Target, WATCHED_MS, describe};
use crate::text::{capital, scrub};

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
    pub acting: Acting,
    /// When it runs already, follow that run instead of refusing
    #[arg(long)]
    attach: bool,
}

pub async fn run(context: &CliContext, args: &RunArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Script::new)?;
    let runs = context::runs(&config)?;
    if let Some(run) = in_hand(&runs)? {
        // What runs on without its worker cannot be followed: its output is lost.
        let ours = run.manifest.engine == Script::NAME && run.orphan.is_none();
        return if args.attach && ours {
            runs::attend(&context.out, &config, &runs, run.id()).await
        } else {
            Err(busy(&run))
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
    if context.out.format() == OutputFormat::Plain {
        context.out.say(page(&plan).trim_end());
    }
    // What must be put right first; the first problem speaks for all.
    if let [first, others @ ..] = &*plan.problems {
        let exit = operation::fail(&context.out, None, &plan, first)?;
        for problem in others {
            context.out.tell(problem);
        }
        return Ok(exit);
    }
    let verb = capital(describe::verb(&plan.target));
    let question = format!("{verb} {}?", describe::what(&plan.target));
    let proposal = Proposal {
        request: json!(request),
        question: Question::new(question),
        details: |_| String::new(),
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}

fn busy(run: &Run) -> Error {
    let short = run.id().short();
    run.busy().hint(match run.orphan {
        Some(_) => "`selaras script stop` ends it".to_owned(),
        None => format!("`selaras runs follow {short}` shows it, `selaras script stop` stops it"),
    })
}

/// A plan on a page: what would be run, and what speaks for or against it.
pub fn page(plan: &Plan) -> String {
    let mut text = String::new();
    match &plan.target {
        Target::Local(local) => here(local, &mut text),
        Target::Remote(remote) => there(remote, &mut text),
    }
    if let Some(last) = &plan.last {
        let short = &last.run[last.run.len().saturating_sub(6)..];
        let what = describe::last_run(last, Clock::System.now());
        line(&mut text, "last run", &format!("{short}, {what}"));
    }
    if let Some(changed) = plan.changed {
        line(&mut text, "changed", describe::changed(changed));
    }
    for warning in &plan.warnings {
        let _ = writeln!(text, "! {}", scrub(warning));
    }
    text
}

fn here(local: &LocalPlan, text: &mut String) {
    line(text, "script", &local.path.display().to_string());
    if local.exists {
        line(text, "run as", &local.command.join(" "));
        line(text, "file", &describe::file(local).join(", "));
    }
    if let Some(sha256) = &local.sha256 {
        line(text, "sha256", sha256);
    }
    match &local.lock {
        Some(lock) => line(text, "lock", &describe::lock(lock, Clock::System.now())),
        None => line(text, "lock", "none configured"),
    }
    match &local.log {
        Some(log) if log.readable => line(text, "log", &log.path.display().to_string()),
        Some(log) => line(
            text,
            "log",
            &format!("{}, not readable", log.path.display()),
        ),
        None => line(text, "log", "none configured"),
    }
}

fn there(remote: &RemotePlan, text: &mut String) {
    line(text, "service", &remote.url);
    let state = if remote.running { "running" } else { "idle" };
    line(text, "state", state);
    let log = if remote.log { "readable" } else { "none" };
    line(text, "log", log);
    let stop = remote.no_stop.as_deref().unwrap_or("possible");
    line(text, "stop", stop);
}

/// One line of name and value.
pub fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name:<10} {}", scrub(value));
}
