//! `selaras script log`: the end of the script's own log, and what is added to it.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::ask::Interrupts;
use crate::cli::cli_context::CliContext;
use crate::cli::out::{Out, OutputFormat};
use crate::config::Script as Settings;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::script::log::{Follower, Following, News, last};
use crate::script::{Client, Script, Window};
use crate::text::output::Line;

/// How often a service is asked for its log.
const POLL: Duration = Duration::from_secs(2);

/// The last lines of the script's own log file
#[derive(Debug, Args)]
pub struct LogArgs {
    /// How many lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    lines: usize,
    /// Go on with what is added, through rotation, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Print exactly one JSON document on standard output
    #[arg(long, conflicts_with = "follow")]
    pub json: bool,
}

pub async fn run(context: &CliContext, args: &LogArgs) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine(&config, Script::new)?;
    match engine.settings() {
        Settings::Remote(_) => there(&context.out, &engine.client().await?, args).await,
        Settings::Local(settings) => {
            let no_log =
                || Error::config("no log file is configured").hint("set `log_file` in [script]");
            let path = settings.log_file.as_deref().ok_or_else(no_log)?;
            here(&context.out, path, args).await
        }
    }
}

async fn here(out: &Out, path: &Path, args: &LogArgs) -> Result<u8> {
    if !args.follow {
        let lines = last(path, args.lines)?;
        return show(out, &path.display().to_string(), &lines);
    }
    let mut interrupts = Interrupts::listen()?;
    let (follower, lines) = Follower::open(path, args.lines)?;
    out.print(&text(&lines))?;
    let mut following = Following::new(follower);
    loop {
        tokio::select! {
            news = following.next() => tell(out, news?)?,
            () = interrupts.next() => return Ok(0),
        }
    }
}

fn tell(out: &Out, news: Vec<News>) -> Result<()> {
    let mut lines = Vec::new();
    for one in news {
        let said = match one {
            News::Line(line) => {
                lines.push(line);
                continue;
            }
            News::Replaced => "the log is another file from here on",
            News::Truncated => "the log was written anew from here on",
            News::Missing => "the log file is not there; waiting for it",
        };
        out.print(&text(&std::mem::take(&mut lines)))?;
        out.say(said);
    }
    out.print(&text(&lines))
}

async fn there(out: &Out, client: &Client, args: &LogArgs) -> Result<u8> {
    let job = Job::silent();
    let missing = || Error::remote("the service has no log to show");
    let log = client.log(&job).await?;
    if !args.follow {
        let log = log.ok_or_else(missing)?;
        return show(
            out,
            log.file.as_deref().unwrap_or(client.name()),
            &ends(&log.text, args),
        );
    }
    let mut window = Window::default();
    let mut interrupts = Interrupts::listen()?;
    let mut pulse = tokio::time::interval(POLL);
    if let Some(log) = log {
        window.advance(&log.text);
        out.print(&text(&ends(&log.text, args)))?;
    }
    loop {
        tokio::select! {
            _ = pulse.tick() => {}
            () = interrupts.next() => return Ok(0),
        }
        if let Some(log) = client.log(&job).await? {
            let fresh = window.advance(&log.text);
            if fresh.gap {
                out.say(Window::GAP);
            }
            let lines: Vec<_> = fresh.lines.into_iter().map(String::into_bytes).collect();
            out.print(&text(&lines))?;
        }
    }
}

fn ends(log: &str, args: &LogArgs) -> Vec<Vec<u8>> {
    let lines: Vec<_> = log.lines().collect();
    let from = lines.len().saturating_sub(args.lines);
    let last = lines[from..].iter();
    last.map(|line| line.as_bytes().to_vec()).collect()
}

fn show(out: &Out, name: &str, lines: &[Vec<u8>]) -> Result<u8> {
    match out.format() {
        OutputFormat::Plain => out.print(&text(lines))?,
        OutputFormat::Json => {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| String::from_utf8_lossy(line))
                .collect();
            out.document(&json!({"log": name, "lines": lines}))?;
        }
    }
    Ok(0)
}

fn text(lines: &[Vec<u8>]) -> String {
    let coloured = io::stdout().is_terminal();
    lines.iter().fold(String::new(), |text, line| {
        let line = Line::new(line);
        let line = if coloured { line.coloured() } else { line.text };
        text + &line + "\n"
    })
}
