//! `selaras script unlock`: removes a lock file that no process has.

use clap::Args;
use serde_json::json;

use crate::cli::ask::{Consent, Question};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::clock::Clock;
use crate::context;
use crate::error::Result;
use crate::script::describe;
use crate::script::unlock::Unlock;

/// Remove a stale lock file, after showing it and asking
///
/// Only one that nobody holds, and only when that could be found out; root can find out more.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    #[command(flatten)]
    pub consent: Consent,
}

pub async fn run(context: &CliContext, UnlockArgs { consent }: &UnlockArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, |config| Unlock::new(&config))?;
    context::may_write(&config)?;
    let plan = operation::plan(&context.out, &engine, ()).await?;
    if let Some(problem) = &plan.problem {
        return operation::fail(&context.out, None, &plan, problem);
    }
    let found = describe::lock(&plan.lock, Clock::System.now());
    let question = format!("Remove {}?\n  {found}", plan.lock.path.display());
    let acting = Acting {
        consent: consent.clone(),
        detach: false,
    };
    let proposal = Proposal {
        request: json!(null),
        question: Question::new(question),
        details: |_| String::new(),
        plan,
    };
    operation::act(context, &config, &acting, &engine, proposal).await
}
