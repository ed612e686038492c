//! `[script]`.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::setting::{Missing, Part};
use super::url::WebUrl;
use super::value_type::{Choice, FilePath, Route, Size, Span, Web, Words};

/// Running and watching a database sync script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    Local(LocalScript),
    Remote(RemoteScript),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalScript {
    /// The script; `SYNC_SCRIPT_PATH` wins over the file.
    pub path: PathBuf,
    pub lock_file: Option<PathBuf>,
    pub log_file: Option<PathBuf>,
    pub grace: Duration,
    /// Stopped after this long.
    pub time_limit: Option<Duration>,
    /// What becomes of processes that still have the output when the script has ended.
    pub leftovers: Leftovers,
    /// How many bytes of output are kept.
    pub max_output: u64,
    /// Variables passed on, besides the usual ones.
    pub pass_env: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteScript {
    /// The service, without the prefix.
    pub url: WebUrl,
    /// Empty, or such as `/api`.
    pub prefix: String,
    /// How many bytes of output are kept.
    pub max_output: u64,
}

/// What becomes of processes that still have the output when the script's own has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leftovers {
    /// The run lasts until the last of them has let go of it.
    #[default]
    Wait,
    /// They are sent HUP, and the run ends.
    Hup,
    /// They are left alone, and the run ends.
    Leave,
}

const LEFTOVERS: Choice<Leftovers> = Choice(&[
    ("wait", Leftovers::Wait),
    ("hup", Leftovers::Hup),
    ("leave", Leftovers::Leave),
]);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Target {
    #[default]
    Local,
    Remote,
}

const TARGETS: Choice<Target> = Choice(&[("local", Target::Local), ("remote", Target::Remote)]);

pub(super) fn read(reader: &mut Reader<'_>) -> Part<Script> {
    let mut section = reader.section("script");
    let target = section.setting("target", &TARGETS);
    let path = section.overridable("path", &FilePath, "SYNC_SCRIPT_PATH");
    let local = LocalScript {
        path: path.clone().unwrap_or_default(),
        lock_file: section.optional("lock_file", &FilePath),
        log_file: section.optional("log_file", &FilePath),
        grace: section.setting("grace", &Span(Duration::ZERO)),
        time_limit: section.optional("time_limit", &Span(Duration::from_secs(1))),
        leftovers: section.setting("leftovers", &LEFTOVERS),
        max_output: section.setting("max_output", &Size),
        pass_env: section.setting("pass_env", &Words),
    };
    let url = section.optional("url", &Web);
    let prefix = section.setting("prefix", &Route { empty: true });
    let mut missing = section.missing;
    // An unset variable of the other target's keys is no obstacle.
    missing.retain(|missing| (missing.key == "script.url") == (target == Target::Remote));
    let settings = match target {
        Target::Local => {
            if path.is_none() {
                Missing::note(
                    &mut missing,
                    "script.path",
                    "SYNC_SCRIPT_PATH environment variable is not set, and `script.path` is missing",
                );
            }
            Some(Script::Local(local))
        }
        Target::Remote => {
            if url.is_none() {
                Missing::note_key(&mut missing, "script.url");
            }
            let max_output = local.max_output;
            url.map(|url| {
                Script::Remote(RemoteScript {
                    url,
                    prefix,
                    max_output,
                })
            })
        }
    };
    Part::of("script", missing, settings)
}
