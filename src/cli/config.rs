//! `selaras config`: make, check and show the settings.

use serde_json::{Value, json};

use super::args::Config as Verb;
use super::face::{self, Face};
use super::out::Voice;
use super::table::Plain;
use super::words;
use crate::config::{self, Commands, Finding, Level};
use crate::error::{Kind, Result};

/// Does a verb and says the exit code.
pub fn run(face: &Face, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Init { .. } => init(face),
        Verb::Check { commands, .. } => check(face, *commands),
        Verb::Show { .. } => show(face),
    }
}

fn init(face: &Face) -> Result<u8> {
    // There may be no file yet that could say so.
    face::refuse_when(face.desk.read_only)?;
    let path = face.desk.sources.config_file();
    config::init(&path)?;
    match face.out.voice() {
        Voice::Json => face
            .out
            .document(&json!({"file": path.display().to_string()}))?,
        Voice::Plain => face.out.print(&format!("{}\n", path.display()))?,
    }
    face.out.say(&config::next_steps(&path));
    Ok(0)
}

fn check(face: &Face, commands: bool) -> Result<u8> {
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
    if face.out.voice() == Voice::Json {
        let findings: Vec<_> = findings.iter().map(document).collect();
        let document = json!({"file": file(&config), "findings": findings, "exit": exit});
        face.out.document(&document)?;
    } else {
        for finding in &findings {
            face.out
                .show(&words::finding(finding, face.out.has_unicode()))?;
        }
        let file = config.file.as_deref();
        face.out.say(&words::checked(file, &findings));
    }
    Ok(exit)
}

fn show(face: &Face) -> Result<u8> {
    let config = face.config()?;
    let settings = config.show();
    if face.out.voice() == Voice::Json {
        let settings: Vec<_> = settings
            .iter()
            .map(|setting| {
                let origin = setting.origin.to_string();
                json!({"key": setting.key, "value": setting.value, "origin": origin})
            })
            .collect();
        let document = json!({"file": file(&config), "settings": settings});
        return face.out.document(&document).map(|()| 0);
    }
    let mut rows = Plain::new(&["key", "value", "origin"]);
    for setting in &settings {
        rows.row([&setting.key, &setting.value, &setting.origin.to_string()]);
    }
    face.out.show(&rows.text()).map(|()| 0)
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
