//! The nouns of DB Script: what is looked at before a run, and the report of a run.
//!
//! Only shapes. What is found out about a script is in `check`, about its lock in `lock`, how its
//! end is read in `exit`.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lock::LockFile;
use crate::error::Failure;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The run before this one, as the face that keeps the runs knows it.
    pub last: Option<Last>,
    /// Remote: follow what runs there already, instead of starting.
    #[serde(default)]
    pub attach: bool,
    /// Remote: the pause between requests for status and log; 5 s unless given.
    #[serde(default)]
    pub poll_ms: Option<u64>,
}

/// An earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    pub run: String,
    pub started: Timestamp,
    pub operator: String,
    /// Of the script's file then.
    pub sha256: Option<String>,
    /// How it ended, in words; `None` while it is not known.
    pub meaning: Option<String>,
}

/// What would be run, and everything for or against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    pub hash: String,
    #[serde(flatten)]
    pub target: Target,
    /// What must be corrected first; no confirmation overrides it.
    pub problems: Vec<Failure>,
    pub warnings: Vec<String>,
    pub last: Option<Last>,
    /// Whether the script changed since the last run; `None` where that is not known.
    pub changed: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "lowercase")]
pub enum Target {
    Local(Box<LocalPlan>),
    Remote(RemotePlan),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalPlan {
    pub path: PathBuf,
    pub exists: bool,
    pub readable: bool,
    pub executable: bool,
    /// The command line it is run with.
    pub command: Vec<String>,
    /// Where it is run: its own folder.
    pub folder: PathBuf,
    /// Between TERM and KILL when it is stopped, in milliseconds.
    #[serde(default)]
    pub grace_ms: u64,
    pub owner: String,
    /// Its permissions in octal, such as `0750`.
    pub mode: String,
    pub size: u64,
    /// The SHA-256 of its content in hexadecimal digits.
    pub sha256: Option<String>,
    pub lock: Option<LockFile>,
    pub log: Option<LogFile>,
}

/// The script's own log file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    pub path: PathBuf,
    /// Whether it is there and can be read.
    pub readable: bool,
    pub world_readable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePlan {
    /// With the prefix.
    pub url: String,
    /// Whether a script runs there.
    pub running: bool,
    /// Whether its log can be read.
    pub log: bool,
    /// Whether what runs there is followed, instead of starting.
    pub attach: bool,
    /// The id of what runs there, where the service lists its runs.
    #[serde(default)]
    pub run: Option<String>,
    /// Since when its log has not changed, where that is so long that its lock is probably stale.
    #[serde(default)]
    pub stale_since: Option<Timestamp>,
    /// Why a run there cannot be stopped from here; `None` where it can.
    pub no_stop: Option<String>,
    /// The pause between requests for status and log.
    pub poll_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Success,
    /// It did nothing, because it runs already.
    AlreadyRunning,
    Failed,
    Stopped,
    TimeLimit,
    /// It did its work; what it left in the background was stopped.
    Partial,
    /// No longer followed; at the server it still runs.
    Left,
    /// It has ended, and how is not known here.
    NoResult,
    /// The server's answer says nothing about it.
    Unreadable,
}

/// A process that was still there when its script had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
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
    #[default]
    Hup,
    Alone,
    /// They were to be ended, and are still there.
    NotEnded,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The script's own exit code, 128 + n for signal n; `None` where there is none.
    pub exit: Option<i32>,
    /// The same in words.
    pub meaning: String,
    pub signal: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How long the script's own process took, in milliseconds; the rest of the time went to what
    /// it had left in the background.
    #[serde(default)]
    pub script_ms: Option<u64>,
    pub lines: u64,
    pub bytes: u64,
    pub kept: u64,
    /// How many in the middle of a service's answer were not kept, because it was very long.
    #[serde(default)]
    pub left_out: u64,
    pub end: End,
    pub left: Vec<Left>,
    #[serde(default)]
    pub left_fate: Fate,
}
