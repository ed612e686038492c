//! `selaras config`: make, check and show the settings.

use clap::{Args, Subcommand};
use serde_json::json;

use super::cli_context::CliContext;
use super::out::{Out, Output, OutputFormat};
use crate::config::{self, Commands, Config, Finding, Level};
use crate::context;
use crate::error::{Kind, Result};
use crate::text::table::Plain;
use crate::text::{plural, scrub};

/// Make, check and show the configuration
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write a configuration file with every setting and its comment
    Init(Output),
    Check(CheckArgs),
    /// Show every setting with its origin; secrets are masked
    Show(Output),
}

/// Check every setting and the secrets that are needed
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Run the commands of NAME_COMMAND secrets too
    #[arg(long)]
    commands: bool,
    #[command(flatten)]
    output: Output,
}

impl ConfigCommand {
    pub fn run(&self, context: &CliContext) -> Result<u8> {
        match self {
            Self::Init(_) => init(context),
            Self::Check(args) => check(context, args),
            Self::Show(_) => show(context),
        }
    }

    pub fn wants_json(&self) -> bool {
        match self {
            Self::Init(output) | Self::Show(output) => output.json,
            Self::Check(args) => args.output.json,
        }
    }
}

fn init(context: &CliContext) -> Result<u8> {
    // There may be no file yet that could say so.
    context::refuse_when(context.app.read_only)?;
    let path = context.app.sources.config_file();
    config::init(&path)?;
    let file = path.display().to_string();
    match context.out.format() {
        OutputFormat::Json => context.out.document(&json!({"file": file}))?,
        OutputFormat::Plain => context.out.print(&format!("{file}\n"))?,
    }
    context.out.say(&config::next_steps(&path));
    Ok(0)
}

fn check(context: &CliContext, args: &CheckArgs) -> Result<u8> {
    let config = context.config()?;
    let findings = config.check(if args.commands {
        Commands::Run
    } else {
        Commands::Skip
    });
    let levels = || findings.iter().map(|finding| finding.level);
    let bad = levels().any(|level| level == Level::Problem);
    let exit = if bad { Kind::Config.exit() } else { 0 };
    if context.out.format() == OutputFormat::Json {
        let document = json!({"file": file(&config), "findings": findings, "exit": exit});
        context.out.document(&document)?;
    } else {
        for finding in &findings {
            context.out.show(&lines(&context.out, finding))?;
        }
        let state = match total(levels()) {
            Some(total) => total,
            None if levels().any(|level| level == Level::Note) => "no problem found".to_owned(),
            None => NOTHING_SET_UP.to_owned(),
        };
        let file = file(&config).unwrap_or("the defaults".to_owned());
        context.out.say(&format!("{file}: {state}"));
    }
    Ok(exit)
}

fn lines(out: &Out, finding: &Finding) -> String {
    let hint = finding.hint.as_deref();
    let hint = hint.map(|hint| format!("    hint: {}\n", scrub(hint)));
    let (mark, text) = (out.mark(finding.level), scrub(&finding.text));
    format!("{mark}{text}\n{}", hint.unwrap_or_default())
}

pub const NOTHING_SET_UP: &str = "nothing is set up yet";

/// `1 problem, 2 things need a look`; `None` where there is neither.
pub fn total(levels: impl Iterator<Item = Level>) -> Option<String> {
    let (mut problems, mut looks) = (0, 0);
    for level in levels {
        problems += u64::from(level == Level::Problem);
        looks += u64::from(level == Level::Warning);
    }
    let verb = if looks == 1 { "needs" } else { "need" };
    let parts = [
        (problems > 0).then(|| plural(problems, "problem")),
        (looks > 0).then(|| format!("{} {verb} a look", plural(looks, "thing"))),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn show(context: &CliContext) -> Result<u8> {
    let config = context.config()?;
    let settings = config.show();
    if context.out.format() == OutputFormat::Json {
        let settings: Vec<_> = settings
            .iter()
            .map(|setting| {
                let origin = setting.origin.to_string();
                json!({"key": setting.key, "value": setting.value, "origin": origin})
            })
            .collect();
        let document = json!({"file": file(&config), "settings": settings});
        return context.out.document(&document).map(|()| 0);
    }
    let mut rows = Plain::new(&["key", "value", "origin"]);
    for setting in &settings {
        rows.row([&setting.key, &setting.value, &setting.origin.to_string()]);
    }
    context.out.show(&rows.text()).map(|()| 0)
}

fn file(config: &Config) -> Option<String> {
    let file = config.file.as_ref();
    file.map(|file| file.display().to_string())
}
