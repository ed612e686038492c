//! `selaras doctor`: what works here, what does not, and what to do about it.
//!
//! ```text
//!   settings ─┬─ users   ─┐
//!             ├─ engines ─┼─ sessions ──▶ ✓ ! ✗ ──▶ exit code
//!             └─ machine ─┘
//! ```
//! It reads, and logs in where a sync would; it writes nothing. A check that cannot be made says so.

mod engines;
mod machine;
mod sessions;
mod users;

use std::sync::Arc;

use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::cli_context::CliContext;
use super::config::{NOTHING_SET_UP, total};
use super::out::{Out, Output, OutputFormat};
use crate::config::{Commands, Config, Level};
use crate::error::{Error, Kind, Result};
use crate::text::scrub;

/// Check configuration, database, servers, permissions, and what would end a detached run
///
/// Writes nothing; logging in to the servers is all it does there. One line for each check:
/// ✓ well, ! worth a look, ✗ will not work. Exits 0 without a ✗; else with the code of the
/// worst kind, in this order: 3 configuration, 5 database, 6 this machine, 4 a server.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub output: Output,
}

pub async fn run(context: &CliContext) -> Result<u8> {
    let mut checks = Vec::new();
    match context.config() {
        Ok(config) => {
            let known = Arc::clone(&config);
            let settings = tokio::task::spawn_blocking(move || settings(&known));
            checks.extend(settings.await.unwrap_or_default());
            let (database, servers, engines) = tokio::join!(
                users::database(&config),
                users::servers(&config),
                engines::checks(&config)
            );
            checks.extend([database, servers, engines].into_iter().flatten());
            checks.extend(machine::files(&config));
            checks.extend(machine::room(&config.state_dir));
            checks.extend(machine::clock(&config));
        }
        Err(error) => checks.push(Check::failed(Area::Config, "", &error)),
    }
    let environment = &context.app.sources.environment;
    checks.push(sessions::check(environment));
    checks.extend(machine::terminal(environment));
    let exit = exit(&checks);
    let out = &context.out;
    if out.format() == OutputFormat::Json {
        out.document(&json!({"checks": checks, "exit": exit}))?;
        return Ok(exit);
    }
    for check in &checks {
        out.show(&check.lines(out))?;
    }
    out.say(&diagnosis(&checks));
    Ok(exit)
}

/// The configuration, as `config check` sees it. Blocks as the commands that print secrets do, up
/// to 10 s each.
fn settings(config: &Config) -> Vec<Check> {
    let findings = config.check(Commands::Run).into_iter();
    let check = findings.map(|finding| Check {
        hint: finding.hint,
        ..Check::new(Area::Config, finding.level, finding.text)
    });
    check.collect()
}

/// All checks in a sentence.
fn diagnosis(checks: &[Check]) -> String {
    let settings = checks.iter().filter(|check| check.area == Area::Config);
    let settings: Vec<Level> = settings.map(|check| check.level).collect();
    total(checks.iter().map(|check| check.level)).unwrap_or_else(|| {
        let sentence = if !settings.contains(&Level::Note) {
            NOTHING_SET_UP
        } else if settings.contains(&Level::Skipped) {
            "all that is set up is well"
        } else {
            "all is well"
        };
        sentence.to_owned()
    })
}

/// The exit code: 0 without a problem, else that of the worst kind. Without settings nothing works,
/// without a database no engine, on a broken machine no run, without a server that location.
fn exit(checks: &[Check]) -> u8 {
    let problems = || checks.iter().filter(|check| check.level == Level::Problem);
    [Kind::Config, Kind::Database, Kind::Local, Kind::Remote]
        .into_iter()
        .find(|kind| problems().any(|check| check.kind == *kind))
        .or(problems().map(|check| check.kind).next())
        .map_or(0, Kind::exit)
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    Config,
    Database,
    Servers,
    Push,
    Script,
    Dapodik,
    Permissions,
    Sessions,
    Terminal,
    Disk,
    Clock,
}

impl Area {
    /// Its name, and the kind of its problems.
    fn facts(self) -> (&'static str, Kind) {
        match self {
            Self::Config => ("config", Kind::Config),
            Self::Database => ("database", Kind::Database),
            Self::Servers => ("servers", Kind::Remote),
            Self::Push => ("push", Kind::Remote),
            Self::Script => ("script", Kind::Local),
            Self::Dapodik => ("dapodik", Kind::Remote),
            Self::Permissions => ("permissions", Kind::Local),
            Self::Sessions => ("sessions", Kind::Local),
            Self::Terminal => ("terminal", Kind::Local),
            Self::Disk => ("disk", Kind::Local),
            Self::Clock => ("clock", Kind::Local),
        }
    }
}

impl Serialize for Area {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.facts().0)
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Check {
    area: Area,
    level: Level,
    text: String,
    /// What to do.
    hint: Option<String>,
    /// What it would end a verb with.
    kind: Kind,
}

impl Check {
    /// There is nothing to judge: not set up, not there yet, or not to be looked at from here.
    fn skipped(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Skipped, text)
    }

    fn well(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Note, text)
    }

    /// It works, but somebody should look.
    fn look(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Warning, text)
    }

    /// It will not work.
    fn broken(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Problem, text)
    }

    /// It will not work, and this is why.
    fn failed(area: Area, name: &str, error: &Error) -> Self {
        let text = match name {
            "" => error.chain(),
            name => of(name, &error.chain()),
        };
        Self {
            hint: error.advice().map(str::to_owned),
            kind: error.kind(),
            ..Self::broken(area, text)
        }
    }

    fn new(area: Area, level: Level, text: impl Into<String>) -> Self {
        Self {
            area,
            level,
            text: text.into(),
            hint: None,
            kind: area.facts().1,
        }
    }

    #[must_use]
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn lines(&self, out: &Out) -> String {
        let (mark, area) = (out.mark(self.level), self.area.facts().0);
        let line = format!("{mark}{area:<11}  {}\n", scrub(&self.text));
        match &self.hint {
            // What is well, or switched off, needs no advice.
            Some(hint) if matches!(self.level, Level::Warning | Level::Problem) => {
                format!("{line}               hint: {}\n", scrub(hint))
            }
            _ => line,
        }
    }
}

/// `Dev: what`.
fn of(name: &str, what: &str) -> String {
    format!("{}: {what}", scrub(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_kind_decides_and_a_warning_does_not() {
        let [config, database, servers, disk] =
            [Area::Config, Area::Database, Area::Servers, Area::Disk]
                .map(|area| Check::broken(area, ""));
        let warning = Check::look(Area::Config, "");
        assert_eq!(exit(&[warning.clone(), Check::well(Area::Disk, "")]), 0);
        assert_eq!(exit(&[warning, servers.clone()]), 4);
        assert_eq!(exit(&[servers.clone(), disk.clone()]), 6);
        assert_eq!(exit(&[disk.clone(), database.clone()]), 5);
        assert_eq!(exit(&[servers, disk, database, config]), 3);
    }
}
