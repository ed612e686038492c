//! `selaras config`: make, check and show the settings.

use serde_json::{Value, json};

use super::args::Config as Verb;
use super::face::{self, Face};
use super::table;
use super::words;
use crate::config::{self, Commands, Finding, Level};
use crate::error::{Kind, Result};

/// Does a verb and says the exit code.
pub fn run(face: &Face, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Init => init(face),
        Verb::Check { commands, json } => check(face, *commands, *json),
        Verb::Show { json } => show(face, *json),
    }
}

fn init(face: &Face) -> Result<u8> {
    let path = face.sources.config_file();
    config::init(&path)?;
    face::print(&format!("{}\n", path.display()))?;
    face::say(&config::next_steps(&path));
    Ok(0)
}

fn check(face: &Face, commands: bool, json: bool) -> Result<u8> {
    let config = face.config()?;
    let findings = config.check(if commands {
        Commands::Run
    } else {
        Commands::Skip
    });
    let bad = findings
        .iter()
        .any(|finding| finding.level == Level::Problem);
    let exit = if bad { Kind::Config.exit() } else { 0 };
    if json {
        let findings: Vec<_> = findings.iter().map(document).collect();
        face::print_json(&json!({"file": config.file, "findings": findings, "exit": exit}))?;
    } else {
        for finding in &findings {
            face::print(&words::finding(finding))?;
        }
        face::say(&words::checked(config.file.as_deref(), &findings));
    }
    Ok(exit)
}

fn show(face: &Face, json: bool) -> Result<u8> {
    let config = face.config()?;
    let settings = config.show();
    if json {
        let settings: Vec<_> = settings
            .iter()
            .map(|setting| {
                let origin = setting.origin.to_string();
                json!({"key": setting.key, "value": setting.value, "origin": origin})
            })
            .collect();
        face::print_json(&json!({"file": config.file, "settings": settings}))?;
        return Ok(0);
    }
    let mut rows = table::plain(&["key", "value", "origin"]);
    for setting in &settings {
        rows.add_row([
            setting.key.clone(),
            setting.value.clone(),
            setting.origin.to_string(),
        ]);
    }
    face::print(&format!("{rows}\n"))?;
    Ok(0)
}

/// A finding for programs.
pub fn document(finding: &Finding) -> Value {
    let level = words::level(finding.level);
    json!({"level": level, "text": finding.text, "hint": finding.hint})
}
