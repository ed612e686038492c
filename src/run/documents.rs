//! What a run writes down: `run.json` (who started what), `plan.json` (what was confirmed, sealed),
//! `report.json` (how it ended: written whole, always, and the one source of its exit code).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::fs::unreadable;
use super::{Id, VERSION};
use crate::clock::Clock;
use crate::engine::{Outcome, Verdict, seal};
use crate::error::{Error, Failure, Kind, Result};
use crate::text::scrub;

/// The content of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    pub id: Id,
    /// The engine's name, such as `users`.
    pub engine: String,
    pub target: String,
    /// What was asked for; an engine's `Request`.
    pub request: serde_json::Value,
    pub operator: Operator,
    pub created: Timestamp,
    pub plan_id: Uuid,
    pub plan_hash: String,
    /// What only this run may act on while it lives.
    pub resources: Vec<String>,
    /// The resources it wanted and could not get, and why.
    pub refused: BTreeMap<String, Failure>,
    pub selaras: String,
    pub launch: Launch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub user: String,
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
    #[serde(serialize_with = "as_text")]
    pub exe: PathBuf,
    /// The global arguments, such as `--config FILE --state-dir DIR`.
    #[serde(serialize_with = "as_texts", deserialize_with = "from_texts")]
    pub args: Vec<OsString>,
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

fn as_text<S: Serializer>(path: &Path, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

fn as_texts<S: Serializer>(
    args: &[OsString],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(args.iter().map(|arg| arg.to_string_lossy()))
}

fn from_texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Vec<OsString>, D::Error> {
    let texts: Vec<String> = Deserialize::deserialize(deserializer)?;
    Ok(texts.into_iter().map(OsString::from).collect())
}

/// The content of `plan.json`: a plan as it was confirmed, so that the worker does what was shown.
///
/// The hash is [`seal`] over the plan in the file: its layout does not matter, every value does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sealed<P> {
    pub version: u32,
    /// 64 hexadecimal digits.
    pub hash: String,
    pub plan: P,
}

impl Sealed<Box<RawValue>> {
    pub fn seal(plan: &impl Serialize) -> Result<Self> {
        let unfit = |cause| Error::bug("the plan is no JSON").because(cause);
        let text = serde_json::to_string(plan).map_err(unfit)?;
        // Hashed by way of the text, because the text is what the worker will read: some numbers
        // come back from it different from what they were.
        let value: Value = serde_json::from_str(&text).map_err(unfit)?;
        Ok(Self {
            version: VERSION,
            hash: seal(&value)?,
            plan: RawValue::from_string(text).map_err(unfit)?,
        })
    }
}

impl Sealed<Value> {
    /// Breaks the seal: the content must fit the hash, here and in `run.json`.
    pub(super) fn open<P: DeserializeOwned>(self, expected: &str, path: &Path) -> Result<P> {
        if self.hash != expected || seal(&self.plan)? != expected {
            let path = path.display();
            return Err(
                Error::local(format!("{path} was changed after it was confirmed"))
                    .hint("nothing was done; plan and confirm again"),
            );
        }
        serde_json::from_value(self.plan).map_err(|cause| unreadable(path, cause))
    }
}

/// The content of `report.json` but for the engine's own report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub version: u32,
    pub verdict: Verdict,
    /// The exit code of a command that waits for it.
    pub exit: u8,
    /// Why it is not clean; `None` exactly when the exit is 0.
    pub error: Option<Failure>,
    pub sentence: String,
    pub ended: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFile<R> {
    #[serde(flatten)]
    pub ending: Ending,
    /// What the engine reported; `None` when it could not.
    pub report: Option<R>,
}

impl<R: Outcome> ReportFile<R> {
    /// What is to be kept of an engine's `outcome`.
    pub fn of(outcome: Result<R>) -> Self {
        let (verdict, error, sentence, report) = match outcome {
            Ok(report) => {
                let (verdict, error) = (report.verdict(), report.failure());
                (verdict, error, report.sentence(), Some(report))
            }
            Err(error) => {
                // The sentence of a run that ended before its engine could say one.
                let (verdict, sentence) = match error.kind() {
                    Kind::Stopped => (Verdict::Stopped, error.chain()),
                    _ => (Verdict::Failed, format!("not done: {}", error.chain())),
                };
                (verdict, Some(Failure::from(error)), sentence, None)
            }
        };
        let ending = Ending {
            version: VERSION,
            verdict,
            exit: error.as_ref().map_or(0, |error| error.kind.exit()),
            error,
            sentence,
            ended: Clock::System.now(),
        };
        Self { ending, report }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

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

    fn reread(sealed: &impl Serialize) -> Sealed<Value> {
        serde_json::from_str(&serde_json::to_string(sealed).unwrap()).unwrap()
    }

    #[test]
    fn a_changed_plan_is_refused() {
        let path = Path::new("plan.json");
        let sealed = reread(&Sealed::seal(&json!({"delete": 3})).unwrap());
        let hash = sealed.hash.clone();
        let opened: Value = sealed.clone().open(&hash, path).unwrap();
        assert_eq!(opened, json!({"delete": 3}));
        let mut changed = sealed.clone();
        changed.plan = json!({"delete": 300});
        assert!(changed.open::<Value>(&hash, path).is_err());
        let resealed = reread(&Sealed::seal(&json!({"delete": 300})).unwrap());
        assert!(resealed.open::<Value>(&hash, path).is_err());
    }

    proptest! {
        #[test]
        fn every_number_survives_the_file(bits in any::<u64>(), whole in any::<i64>()) {
            let plan = json!({"part": f64::from_bits(bits), "whole": whole});
            let sealed = reread(&Sealed::seal(&plan).unwrap());
            let hash = sealed.hash.clone();
            prop_assert!(sealed.open::<Value>(&hash, Path::new("plan.json")).is_ok());
        }
    }
}
