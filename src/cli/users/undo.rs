//! `selaras users undo`: a new plan that takes a run back, shown and confirmed like any other.

use clap::Args;
use serde_json::json;

use super::{question, show};
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::context;
use crate::engine::Engine as _;
use crate::error::{Error, Result};
use crate::text::scrub;
use crate::users::undo::{Request, Undo};
use crate::users::{Users, describe};

/// Take a run back, after showing what that would do and asking
///
/// Users it added become inactive, users it deactivated active, users it reactivated inactive.
/// Rows changed since are listed and left alone. The guards are those of a sync.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// The end of the run's id, such as c41f9a
    run: String,
    /// Delete the users it added, where nothing refers to them
    #[arg(long)]
    delete: bool,
    /// Allow up to N deactivations at each location, in place of the configured limits
    #[arg(long, value_name = "N")]
    max_deactivate: Option<u64>,
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(context: &CliContext, args: &UndoArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Undo::new)?;
    context::may_write(&config)?;
    let runs = context::runs(&config)?;
    let id = runs.find(&args.run)?;
    let run = runs.get(id)?;
    if run.manifest.engine != Users::NAME {
        let (short, engine) = (id.short(), scrub(&run.manifest.engine));
        let why = format!("run {short} is one of {engine}: only a users run can be undone");
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
        details: describe::details,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}
