//! `selaras users undo`: a new plan that takes a run back, shown and confirmed like any other.

use std::sync::Arc;

use serde_json::json;

use super::{question, report, show, words};
use crate::cli::args::UsersUndo;
use crate::cli::cli_context::{self, CliContext};
use crate::cli::operation::{self, Proposal};
use crate::config::Config;
use crate::engine::Engine as _;
use crate::error::{Error, Result};
use crate::users::Users;
use crate::users::undo::{Request, Undo};

/// Takes a run back and says the exit code.
pub async fn run(context: &CliContext, config: &Arc<Config>, args: &UsersUndo) -> Result<u8> {
    let engine = context.engine(config, Undo::new)?;
    cli_context::may_write(config)?;
    let runs = cli_context::runs(config)?;
    let id = runs.find(&args.run)?;
    let run = runs.get(id)?;
    if run.manifest.engine != Users::NAME {
        let why = words::not_undoable(&id.short(), &run.manifest.engine);
        return Err(Error::usage(why));
    }
    let request = Request {
        run: id.uuid(),
        plan: runs.plan(id)?,
        delete: args.delete,
        max_deactivate: args.max_deactivate,
    };
    let asked = json!({
        "undo": id, "delete": args.delete, "max_deactivate": args.max_deactivate,
    });
    let mut plan = operation::plan(&context.out, &engine, request).await?;
    show(&context.out, &args.acting.consent, &mut plan).await?;
    let proposal = Proposal {
        question: question(&plan),
        request: asked,
        details: report::report,
        plan,
    };
    operation::act(context, config, &args.acting, &engine, proposal).await
}
