//! `selaras users list`: the table of users, filtered and sorted, as text, CSV or JSON.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::target::Target;
use crate::cli::cli_context::CliContext;
use crate::cli::out::OutputFormat;
use crate::error::{Error, Result};
use crate::text::table::cell;
use crate::users::export::{self, Reader, export};
use crate::users::model::Status;
use crate::users::store::Store;
use crate::users::store::browse::{Column, Filter, Listed, Order};
use crate::users::{Users, describe};

/// How many users of a plain table are read at a time.
const WINDOW: usize = 5_000;

/// List the users in the database
///
/// Columns stand two blanks apart and are never empty: awk -F '  +' takes them.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only users of this location
    #[arg(long, value_name = "CODE")]
    location: Option<String>,
    /// Only users with this status
    #[arg(long)]
    status: Option<StatusWord>,
    /// Only users added today, in the last 7 days (week), on a day, or in a range of days
    #[arg(long, value_name = "today|week|DAY|FROM..TO")]
    created: Option<String>,
    /// Only users whose e-mail contains TEXT
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// By which column
    #[arg(long, default_value = "created")]
    sort: SortWord,
    /// The smallest first
    #[arg(long)]
    ascending: bool,
    /// At most N users
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// As a plain table, CSV, or one JSON document
    #[arg(long, default_value = "table")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StatusWord {
    /// May log in.
    Active,
    /// May not.
    Inactive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SortWord {
    /// By e-mail.
    Email,
    /// By the location's name.
    Location,
    /// By status.
    Status,
    /// By when they were added.
    Created,
    /// By when they were last changed.
    Updated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people, grep and awk.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON array.
    Json,
}

impl ListArgs {
    fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    pub fn wants_json(&self) -> bool {
        self.json || (self.format == Format::Json && self.output.is_none())
    }
}

pub async fn run(context: &CliContext, args: &ListArgs) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine(&config, Users::new)?;
    let filter = filter(&engine, args).await?;
    let order = Order {
        column: column(args.sort),
        descending: !args.ascending,
    };
    let mut store = engine.reading().await?;
    let mut ids = match &mut store {
        Some(store) => store.ids(&filter, order).await?,
        None => Vec::new(),
    };
    ids.truncate(args.limit.unwrap_or(usize::MAX));
    let mut target = Target::open(args.output.as_deref(), args.force)?;
    let written = match args.format() {
        Format::Table => table(store.as_mut(), &ids, &mut target).await,
        Format::Csv => {
            let reader = if target.is_terminal() {
                Reader::Terminal
            } else {
                Reader::Program
            };
            export(
                store.as_mut(),
                &ids,
                export::Format::Csv(reader),
                &mut target,
            )
            .await
        }
        Format::Json => export(store.as_mut(), &ids, export::Format::Json, &mut target).await,
    };
    let written = match written {
        Ok(written) => written,
        // A reader that has enough (`| head`) is no error.
        Err(_) if target.is_closed() => return Ok(0),
        Err(error) => {
            if target.abandon() && args.output.is_none() {
                context.out.leave_document();
            }
            return Err(error);
        }
    };
    target.finish()?;
    if let Some(path) = &args.output {
        if context.out.format() == OutputFormat::Json {
            context
                .out
                .document(&json!({"file": path.display().to_string(), "users": written}))?;
        }
        context.out.say(&describe::exported(written, path));
    }
    Ok(0)
}

async fn table(store: Option<&mut Store>, ids: &[i64], out: &mut Target) -> Result<u64> {
    let mut written = 0;
    let failed = |cause| Error::local("the list of users cannot be written").because(cause);
    line(out, ["EMAIL", "LOCATION", "STATUS", "CREATED"]).map_err(failed)?;
    if let Some(store) = store {
        for window in ids.chunks(WINDOW) {
            for Listed {
                email,
                location_code,
                status,
                created_at,
                ..
            } in store.rows(window).await?
            {
                let [email, code, status, created] =
                    [email, location_code, status, created_at].map(|value| cell(&value));
                line(out, [&email, &code, &status, &created]).map_err(failed)?;
                written += 1;
            }
        }
    }
    out.flush().map_err(failed)?;
    Ok(written)
}

/// A line of the table; its widths are fixed, because the longest e-mail is not known yet.
fn line(out: &mut Target, [email, code, status, created]: [&str; 4]) -> io::Result<()> {
    let padding = 40_usize.saturating_sub(crate::text::width(email));
    writeln!(
        out,
        "{email}{:padding$}  {code:<10}  {status:<8}  {created}",
        ""
    )
}

async fn filter(engine: &Users, args: &ListArgs) -> Result<Filter> {
    let created = args.created.as_deref().map(str::parse).transpose()?;
    let location = match &args.location {
        Some(code) => Some(engine.location(code).await?.id),
        None => None,
    };
    Ok(Filter {
        location,
        status: args.status.map(|status| match status {
            StatusWord::Active => Status::Active,
            StatusWord::Inactive => Status::Inactive,
        }),
        created,
        text: args.text.clone(),
    })
}

fn column(word: SortWord) -> Column {
    match word {
        SortWord::Email => Column::Email,
        SortWord::Location => Column::Location,
        SortWord::Status => Column::Status,
        SortWord::Created => Column::Created,
        SortWord::Updated => Column::Updated,
    }
}
