//! `selaras config`: make, check and show the settings.

use serde_json::{Value, json};

use super::args::Config as Verb;
use super::cli_context::{self, CliContext};
use super::out::OutputFormat;
use super::table::Plain;
use super::words;
use crate::config::{self, Commands, Finding, Level};
use crate::error::{Kind, Result};

/// Does a verb and says the exit code.
pub fn run(context: &CliContext, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Init { .. } => init(context),
        Verb::Check { commands, .. } => check(context, *commands),
        Verb::Show { .. } => show(context),
    }
}

fn init(context: &CliContext) -> Result<u8> {
    // There may be no file yet that could say so.
    cli_context::refuse_when(context.app.read_only)?;
    let path = context.app.sources.config_file();
    config::init(&path)?;
    match context.out.voice() {
        OutputFormat::Json => context
            .out
            .document(&json!({"file": path.display().to_string()}))?,
        OutputFormat::Plain => context.out.print(&format!("{}\n", path.display()))?,
    }
    context.out.say(&config::next_steps(&path));
    Ok(0)
}

fn check(context: &CliContext, commands: bool) -> Result<u8> {
    let config = context.config()?;
    let findings = config.check(if commands {
        Commands::Run
    } else {
        Commands::Skip
    });
    let bad = findings
        .iter()
        .any(|finding| finding.level == Level::Problem);
    let exit = if bad { Kind::Config.exit() } else { 0 };
    if context.out.voice() == OutputFormat::Json {
        let findings: Vec<_> = findings.iter().map(document).collect();
        let document = json!({"file": file(&config), "findings": findings, "exit": exit});
        context.out.document(&document)?;
    } else {
        for finding in &findings {
            context
                .out
                .show(&words::finding(finding, context.out.has_unicode()))?;
        }
        let file = config.file.as_deref();
        context.out.say(&words::checked(file, &findings));
    }
    Ok(exit)
}

fn show(context: &CliContext) -> Result<u8> {
    let config = context.config()?;
    let settings = config.show();
    if context.out.voice() == OutputFormat::Json {
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

/// The config file for programs; its name may be no text.
fn file(config: &config::Config) -> Option<String> {
    let file = config.file.as_ref();
    file.map(|file| file.display().to_string())
}

/// A finding for programs.
fn document(finding: &Finding) -> Value {
    let level = words::level(finding.level);
    json!({"level": level, "text": finding.text, "hint": finding.hint})
}
