//! What a run is: who started what, with which plan. Written once, before the worker begins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::Id;
use crate::error::Failure;
use crate::text::scrub;

/// The content of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the file.
    pub version: u32,
    /// The run's name.
    pub id: Id,
    /// The engine's name, such as `users`.
    pub engine: String,
    /// What it acts on, in a few words.
    pub target: String,
    /// What was asked for; an engine's `Request`.
    pub request: serde_json::Value,
    /// Who started it.
    pub operator: Operator,
    /// When it was confirmed.
    pub created: Timestamp,
    /// The plan's own id.
    pub plan_id: Uuid,
    /// The seal of `plan.json`.
    pub plan_hash: String,
    /// What only this run may act on while it lives.
    pub resources: Vec<String>,
    /// What it wanted and could not have, and why.
    pub refused: BTreeMap<String, Failure>,
    /// The version of selaras that started it.
    pub selaras: String,
    /// How the worker was started.
    pub launch: Launch,
}

/// Who started a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The address the SSH connection came from, if there was one.
    pub ssh_client: Option<String>,
}

impl Operator {
    /// The operator called `configured` (`user@host`, or `user`), else the one the environment
    /// names; `variable` looks a variable up.
    pub fn of(configured: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let system = rustix::system::uname();
        let host = system.nodename().to_string_lossy();
        let named = configured.map(str::to_owned);
        let named = named.or_else(|| variable("USER").filter(|name| !name.is_empty()));
        let named = named.or_else(|| variable("LOGNAME").filter(|name| !name.is_empty()));
        let named = named.unwrap_or_else(crate::proc::account);
        let (user, host) = named.split_once('@').unwrap_or((&named, &host));
        let client = variable("SSH_CONNECTION").or_else(|| variable("SSH_CLIENT"));
        Self {
            user: scrub(user),
            host: scrub(host),
            ssh_client: client.and_then(|all| all.split_whitespace().next().map(scrub)),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.user, self.host)
    }
}

/// How a worker is started: `exe args… work <id>` in `cwd`, with the face's own environment.
///
/// Paths may be any bytes, and JSON is text: what is written down is for people, and no worker is
/// started from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The program.
    #[serde(serialize_with = "as_text")]
    pub exe: PathBuf,
    /// The global arguments, such as `--config FILE --state-dir DIR`.
    #[serde(serialize_with = "as_texts", deserialize_with = "from_texts")]
    pub args: Vec<OsString>,
    /// The working folder.
    #[serde(serialize_with = "as_text")]
    pub cwd: PathBuf,
}

impl Launch {
    /// This very program, even when its file was replaced by an upgrade meanwhile.
    pub fn this(args: Vec<OsString>, cwd: PathBuf) -> Self {
        let exe = PathBuf::from("/proc/self/exe");
        Self { exe, args, cwd }
    }
}

fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

fn as_texts<S: Serializer>(args: &[OsString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(args.iter().map(|arg| arg.to_string_lossy()))
}

fn from_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OsString>, D::Error> {
    let texts: Vec<String> = Deserialize::deserialize(deserializer)?;
    Ok(texts.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_comes_from_the_configuration_or_the_environment() {
        let variable = |name: &str| match name {
            "USER" => Some("sari\u{1b}[2J".to_owned()),
            "SSH_CONNECTION" => Some("192.0.2.7 50022 192.0.2.1 22".to_owned()),
            _ => None,
        };
        let named = Operator::of(Some("admin@kantor"), variable);
        assert_eq!(named.to_string(), "admin@kantor");
        assert_eq!(named.ssh_client.as_deref(), Some("192.0.2.7"));
        assert_eq!(Operator::of(None, variable).user, "sari^[[2J");
        assert_eq!(Operator::of(None, |_| None).user, crate::proc::account());
    }
}
