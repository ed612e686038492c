//! The nouns of DB Script: what is looked at before a run, and what a run came to.
//!
//! Only shapes. What is found out about a script is in `check`, about its lock in `lock`, how its
//! end is read in `exit`.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lock::LockFile;
use crate::error::Failure;

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The run before this one, as the face that keeps the runs knows it.
    pub last: Option<Last>,
    /// Remote: follow what runs there already, instead of starting.
    #[serde(default)]
    pub attach: bool,
    /// Remote: how often status and log are asked for; 5 s unless said otherwise.
    #[serde(default)]
    pub poll_ms: Option<u64>,
}

/// An earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Its id.
    pub run: String,
    /// When it was started.
    pub started: Timestamp,
    /// Who started it.
    pub operator: String,
    /// What the script was then.
    pub sha256: Option<String>,
    /// How it ended, in words; `None` while nobody knows.
    pub meaning: Option<String>,
}

/// What would be run, and everything that speaks for or against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `script`.
    pub engine: String,
    /// Two plans are never the same plan.
    pub id: Uuid,
    /// The seal over all the rest.
    pub hash: String,
    /// What is run, and where.
    #[serde(flatten)]
    pub target: Target,
    /// What must be put right first; nobody can confirm it away.
    pub problems: Vec<Failure>,
    /// What works and should still be looked at.
    pub warnings: Vec<String>,
    /// The run before this one.
    pub last: Option<Last>,
    /// Whether the script is another than at the last run; `None` where that is not known.
    pub changed: Option<bool>,
}

/// What is run, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "lowercase")]
pub enum Target {
    /// A script of this machine.
    Local(Box<LocalPlan>),
    /// A script behind a service.
    Remote(RemotePlan),
}

/// A script of this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalPlan {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Whether it can be read.
    pub readable: bool,
    /// Whether it may be executed.
    pub executable: bool,
    /// The command line it is run with.
    pub command: Vec<String>,
    /// Where it is run: its own folder.
    pub folder: PathBuf,
    /// Between TERM and KILL when it is stopped, in milliseconds.
    #[serde(default)]
    pub grace_ms: u64,
    /// Whose it is.
    pub owner: String,
    /// Its permissions in octal, such as `0750`.
    pub mode: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content in hexadecimal digits.
    pub sha256: Option<String>,
    /// Its own lock file, where one is configured.
    pub lock: Option<LockFile>,
    /// Its own log file, where one is configured.
    pub log: Option<LogFile>,
}

/// The script's own log file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is there and can be read.
    pub readable: bool,
    /// Whether everybody can read it.
    pub world_readable: bool,
}

/// A script behind a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePlan {
    /// The service, prefix included.
    pub url: String,
    /// Whether something runs there.
    pub running: bool,
    /// Whether its log can be read.
    pub log: bool,
    /// Whether what runs there is followed, instead of starting.
    pub attach: bool,
    /// The id of what runs there, where the service lists its runs.
    #[serde(default)]
    pub run: Option<String>,
    /// Since when its log stands still, where that is so long that its lock was probably left
    /// behind by a run that is no more.
    #[serde(default)]
    pub stale_since: Option<Timestamp>,
    /// Why a run there cannot be stopped from here; `None` where it can.
    pub no_stop: Option<String>,
    /// How often status and log are asked for.
    pub poll_ms: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It did its work.
    Success,
    /// It did nothing, because it runs already.
    AlreadyRunning,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Stopped,
    /// It took too long and was stopped.
    TimeLimit,
    /// It did its work; what it left in the background was stopped.
    Partial,
    /// Somebody stopped following; at the server it goes on.
    Left,
    /// It is over, and nobody here knows how.
    NoResult,
    /// The server's answer says nothing about it.
    Unreadable,
}

/// A process that was still there when its script had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Its number.
    pub pid: u32,
    /// What it runs, without arguments.
    pub command: String,
    /// Its user, where that is not the one of the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What became of the processes that a script left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Each got HUP.
    #[default]
    Hup,
    /// They were left alone.
    Alone,
    /// They were to be ended, and are still there.
    NotEnded,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The script's own exit code, 128 + n for signal n; `None` where there is none.
    pub exit: Option<i32>,
    /// The same in words.
    pub meaning: String,
    /// The number of the signal that ended it.
    pub signal: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How long the script's own process took, in milliseconds; the rest of the time went to what
    /// it had left in the background.
    #[serde(default)]
    pub script_ms: Option<u64>,
    /// How many lines it printed.
    pub lines: u64,
    /// How many bytes it printed.
    pub bytes: u64,
    /// How many of them were kept.
    pub kept: u64,
    /// How many in the middle of a service's answer were not kept, because it was very long.
    #[serde(default)]
    pub left_out: u64,
    /// How it ended.
    pub end: End,
    /// What it left in the background and was still there at the end of the run.
    pub left: Vec<Left>,
    /// What became of those.
    #[serde(default)]
    pub left_fate: Fate,
}
