//! `selaras users migrate`: the one change to a foreign schema, statement by statement.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::words;
use crate::cli::ask::Question;
use crate::cli::cli_context::CliContext;
use crate::cli::operation::{self, Acting, Proposal};
use crate::cli::out::OutputFormat;
use crate::context;
use crate::error::Result;
use crate::text::scrub;
use crate::users::describe;
use crate::users::migrate::{Migrate, Plan, Report, Request};

/// Make users unique by e-mail and location, after showing the statements and asking
///
/// Nothing else of a foreign schema is ever altered. Refuses, naming the rows, where an e-mail
/// stands twice at one location.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(context: &CliContext, args: &MigrateArgs) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Migrate::new)?;
    context::may_write(&config)?;
    let request = Request::default();
    let plan = operation::plan(&context.out, &engine, request).await?;
    if context.out.voice() == OutputFormat::Plain {
        context.out.say(plan_text(&plan).trim_end());
    }
    let proposal = Proposal {
        question: Question {
            text: words::alter(plan.changes.len() as u64, &plan.database),
            typed: Vec::new(),
        },
        request: json!(request),
        details: report_text,
        plan,
    };
    operation::act(context, &config, &args.acting, &engine, proposal).await
}

/// The statements and what they are for, the rows in their way.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    for index in &plan.found {
        let columns = scrub(&index.columns.join(", "));
        let _ = writeln!(text, "unique index {} ({columns})", scrub(&index.name));
    }
    for change in &plan.changes {
        let _ = writeln!(
            text,
            "+ {};\n    {}",
            scrub(&change.sql),
            scrub(&change.why)
        );
    }
    for row in &plan.duplicates {
        let _ = writeln!(text, "✗ {}", describe::duplicate(row));
    }
    for note in plan.notes.iter().chain(&plan.after) {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    let _ = writeln!(text, "plan {} for {}", plan.id, scrub(&plan.database));
    text
}

/// The statements that were run, where not all were.
pub fn report_text(report: &Report) -> String {
    let done = match &report.error {
        Some(_) => report.done.as_slice(),
        None => &[],
    };
    let mut text = done.iter().fold(String::new(), |text, sql| {
        text + &format!("✓ {};\n", scrub(sql))
    });
    for note in &report.notes {
        let _ = writeln!(text, "! {}", scrub(note));
    }
    text
}
