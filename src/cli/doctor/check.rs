//! One thing that was looked at, and what all of them come to.

use serde::{Serialize, Serializer};

use crate::cli::words;
use crate::config::Level;
use crate::error::{Error, Kind};

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// Settings and secrets.
    Config,
    /// The database of the users.
    Database,
    /// The servers of the locations.
    Servers,
    /// The officials and where they go.
    Push,
    /// The script, here or behind a service.
    Script,
    /// The backend of the education data.
    Dapodik,
    /// Who may read and write our files.
    Permissions,
    /// What would end a run that goes on by itself.
    Sessions,
    /// What the terminal can show.
    Terminal,
    /// Room for runs and logs.
    Disk,
    /// The time.
    Clock,
}

impl Area {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Database => "database",
            Self::Servers => "servers",
            Self::Push => "push",
            Self::Script => "script",
            Self::Dapodik => "dapodik",
            Self::Permissions => "permissions",
            Self::Sessions => "sessions",
            Self::Terminal => "terminal",
            Self::Disk => "disk",
            Self::Clock => "clock",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Config => Kind::Config,
            Self::Database => Kind::Database,
            Self::Servers | Self::Push | Self::Dapodik => Kind::Remote,
            Self::Script
            | Self::Permissions
            | Self::Sessions
            | Self::Terminal
            | Self::Disk
            | Self::Clock => Kind::Local,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Where.
    pub area: Area,
    /// How bad it is.
    #[serde(serialize_with = "level")]
    pub level: Level,
    /// What it is.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
    /// What it would end a verb with.
    pub kind: Kind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn level<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words::level(*level))
}

impl Check {
    /// All is well.
    pub fn well(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Note, text.into())
    }

    /// Nobody can tell from here.
    pub fn unchecked(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Unchecked, text.into())
    }

    /// It works, but somebody should look.
    pub fn look(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Warning, text.into())
    }

    /// It will not work.
    pub fn broken(area: Area, text: impl Into<String>) -> Self {
        Self::new(area, Level::Problem, text.into())
    }

    /// It will not work, and this is why.
    pub fn failed(area: Area, name: &str, error: &Error) -> Self {
        let text = match name {
            "" => error.chain(),
            name => words::of(name, &error.chain()),
        };
        Self {
            hint: error.advice().map(str::to_owned),
            kind: error.kind(),
            ..Self::broken(area, text)
        }
    }

    fn new(area: Area, level: Level, text: String) -> Self {
        Self {
            area,
            level,
            text,
            hint: None,
            kind: area.kind(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The exit code: 0 without a problem, else that of the worst kind. Without settings nothing works,
/// without a database no engine, on a broken machine no run, without a server that location.
pub fn exit(checks: &[Check]) -> u8 {
    let problems = || checks.iter().filter(|check| check.level == Level::Problem);
    [Kind::Config, Kind::Database, Kind::Local, Kind::Remote]
        .into_iter()
        .find(|kind| problems().any(|check| check.kind == *kind))
        .or(problems().map(|check| check.kind).next())
        .map_or(0, Kind::exit)
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
