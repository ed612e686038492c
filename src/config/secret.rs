//! Secrets: from the environment, else from `.env`; each as `NAME`, `NAME_FILE` or `NAME_COMMAND`.
//!
//! They are fetched when they are needed and kept for the life of one configuration, so that a
//! command is asked once, and a corrected password counts as soon as everything is read again.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;

use super::setting::MASK;
use super::variables::{Environment, Found, Level, Variables};
use crate::error::{Error, Result};
use crate::proc;
use crate::text;

const NOT_STARTED: &str = "could not be started";
const TIMED_OUT: &str = "did not end within 10 s and was killed";
/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How much a command may print, and a file may hold.
const LONGEST: u64 = 64 << 10;
/// How much of its stderr is repeated, in characters.
const EXCERPT: usize = 200;

/// The names of all secrets. The first two are also looked for with a location's code behind.
pub const SECRETS: [&str; 15] = [
    "EXTERNAL_API_EMAIL",
    "EXTERNAL_API_PASSWORD",
    "PIMPINAN_API_KEY",
    "SCRIPT_API_TOKEN",
    "SCRIPT_API_USERNAME",
    "SCRIPT_API_PASSWORD",
    "EALUMNI_USERNAME",
    "EALUMNI_PASSWORD",
    "EALUMNI_API_KEY",
    "EALUMNI_AUTH_TOKEN",
    "DAPODIK_USERNAME",
    "DAPODIK_PASSWORD",
    "DAPODIK_API_KEY",
    "SERVE_JWT_SECRET",
    "SERVE_API_KEY",
];

/// The names that may have a location's code behind.
pub(super) const LOGIN: [&str; 2] = ["EXTERNAL_API_EMAIL", "EXTERNAL_API_PASSWORD"];

/// What a location's server is logged in to with.
#[derive(Clone)]
pub struct Credentials {
    /// The e-mail; not shown either.
    pub email: String,
    pub password: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(…)")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Value,
    File,
    Command,
}

impl Form {
    const ALL: [Self; 3] = [Self::Value, Self::File, Self::Command];

    pub fn suffix(self) -> &'static str {
        match self {
            Self::Value => "",
            Self::File => "_FILE",
            Self::Command => "_COMMAND",
        }
    }
}

pub(super) struct Given<'a> {
    pub variable: String,
    pub form: Form,
    pub found: Found<'a>,
}

/// The variables, and the secrets fetched so far.
pub(super) struct SecretStore {
    pub variables: Variables,
    fetched: Mutex<BTreeMap<String, SecretString>>,
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretStore(…)")
    }
}

impl SecretStore {
    pub fn new(variables: Variables) -> Self {
        let fetched = Mutex::default();
        Self { variables, fetched }
    }

    /// Which variable gives the secret `name`; two of one level are an error.
    pub fn given(&self, name: &str) -> Result<Option<Given<'_>>> {
        for level in [Level::Environment, Level::DotEnv] {
            let mut forms = Form::ALL.into_iter().filter_map(|form| {
                let variable = format!("{name}{}", form.suffix());
                let found = self.variables.filled(level, &variable)?;
                Some(Given {
                    variable,
                    form,
                    found,
                })
            });
            let first = forms.next();
            if let (Some(first), Some(second)) = (&first, forms.next()) {
                let place = first.found.origin.to_string();
                let (first, second) = (&first.variable, &second.variable);
                let text = format!("{first} and {second} are both set ({place})");
                return Err(Error::config(text).hint("keep one of the two"));
            }
            if first.is_some() {
                return Ok(first);
            }
        }
        Ok(None)
    }

    /// The secret `name`, fetched at most once.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>> {
        let Some(given) = self.given(name)? else {
            return Ok(None);
        };
        // Held while a command runs: other users of the same secret wait for it.
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = fetched.get(&given.variable) {
            return Ok(Some(secret.clone()));
        }
        let text = match given.form {
            Form::Value => given.found.value.to_owned(),
            Form::File => read_file(&given)?,
            Form::Command => self.run(&given)?,
        };
        let secret = SecretString::from(text);
        fetched.insert(given.variable, secret.clone());
        Ok(Some(secret))
    }

    fn run(&self, given: &Given<'_>) -> Result<String> {
        let environment = &self.variables.environment;
        output(given.found.value, environment, given.found.base)
            .map(|text| without_newline(&text))
            .map_err(|reason| Error::config(format!("{}: the command {reason}", given.variable)))
    }

    /// The names under which the secret `name` of a location is looked for, the first one first.
    pub fn names_for(name: &str, code: &str) -> Vec<String> {
        let own = suffix(code).map(|suffix| format!("{name}_{suffix}"));
        own.into_iter().chain([name.to_owned()]).collect()
    }

    /// The first secret of `names` that is set.
    pub fn first(&self, names: &[String]) -> Result<Option<SecretString>> {
        for name in names {
            if let Some(secret) = self.secret(name)? {
                return Ok(Some(secret));
            }
        }
        Ok(None)
    }

    pub fn missing(&self, purpose: &str, names: &[String]) -> Error {
        let text = match names {
            [one] => format!("{purpose}: {one} is not set"),
            [one, other] => format!("{purpose}: neither {one} nor {other} is set"),
            many => format!("{purpose}: none of {} is set", many.join(", ")),
        };
        Error::config(text).hint(format!(
            "set it in the environment or in {}; also as …_FILE (a file) or …_COMMAND (a command)",
            self.variables.dotenv.display()
        ))
    }
}

pub(super) fn file_path(given: &Given<'_>) -> PathBuf {
    given.found.base.join(given.found.value)
}

fn read_file(given: &Given<'_>) -> Result<String> {
    let path = file_path(given);
    let refused = |reason| {
        let (variable, path) = (&given.variable, path.display());
        Error::config(format!("{variable}: the file {path} {reason}"))
    };
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| refused("cannot be read").because(error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(refused("is longer than 64 KiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused("is not UTF-8 text"))?;
    let text = without_newline(&text);
    if text.is_empty() {
        return Err(refused("is empty"));
    }
    Ok(text)
}

fn without_newline(text: &str) -> String {
    text.trim_end_matches(['\r', '\n']).to_owned()
}

/// A location's code as it stands behind a variable's name. `None` for a code that would be taken
/// for `_FILE` or `_COMMAND`: such a location has no variables of its own.
pub(super) fn suffix(code: &str) -> Option<String> {
    let plain = |character: char| {
        let upper = character.to_ascii_uppercase();
        if upper.is_ascii_alphanumeric() {
            upper
        } else {
            '_'
        }
    };
    let suffix: String = code.trim().chars().map(plain).collect();
    let taken = ["FILE", "COMMAND"].iter().any(|word| {
        suffix
            .strip_suffix(word)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    });
    (!taken && !suffix.is_empty()).then_some(suffix)
}

struct Ended {
    status: std::io::Result<ExitStatus>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// What `command` prints, or why there is nothing. It gets the environment it was configured in, no
/// input, and a process group of its own, which is killed when the time is over. Blocks its thread.
fn output(
    command: &str,
    environment: &Environment,
    folder: &Path,
) -> std::result::Result<String, String> {
    output_within(LIMIT, command, environment, folder)
}

fn output_within(
    limit: Duration,
    command: &str,
    environment: &Environment,
    folder: &Path,
) -> std::result::Result<String, String> {
    proc::default_for_children();
    let child = Command::new("/bin/sh")
        .args(["-c", command])
        .env_clear()
        .envs(environment.pairs())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{NOT_STARTED}: {error}"))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, receiver) = mpsc::channel();
    // Left behind when the time is over; it ends with the group that is killed then.
    thread::spawn(move || sender.send(wait(child)));
    match receiver.recv_timeout(limit) {
        Ok(ended) => judge(ended),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            Err(TIMED_OUT.to_owned())
        }
    }
}

fn wait(mut child: Child) -> Ended {
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = child.wait();
    Ended {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before a failure is kept; the exit status tells the rest.
            let _ = pipe.take(LONGEST + 1).read_to_end(&mut bytes);
        }
        bytes
    })
}

fn judge(ended: Ended) -> std::result::Result<String, String> {
    let status = ended
        .status
        .map_err(|error| format!("{NOT_STARTED}: {error}"))?;
    if ended.stdout.len() as u64 > LONGEST {
        return Err("printed more than 64 KiB".to_owned());
    }
    if !status.success() {
        let printed = String::from_utf8_lossy(&ended.stdout);
        let mut stderr = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        for line in printed
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            stderr = stderr.replace(line, MASK);
        }
        let stderr = text::excerpt(&stderr, EXCERPT);
        return Err(if stderr.is_empty() {
            format!("failed ({status}) and said nothing")
        } else {
            format!("failed ({status}): {stderr}")
        });
    }
    let text = String::from_utf8(ended.stdout)
        .map_err(|_| "printed something that is not UTF-8 text".to_owned())?;
    if text.trim().is_empty() {
        return Err("printed nothing".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_a_suffix_unless_it_means_a_form() {
        let table = [
            ("dev", Some("DEV")),
            ("Jawa-1", Some("JAWA_1")),
            ("é.x", Some("__X")),
            ("profile", Some("PROFILE")),
            ("file", None),
            ("dev-file", None),
            ("COMMAND", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(suffix(code).as_deref(), expected, "{code}");
        }
    }

    fn run(command: &str) -> std::result::Result<String, String> {
        let environment = [("PATH", "/usr/bin:/bin"), ("NAME", "value")]
            .into_iter()
            .collect();
        output(command, &environment, Path::new("/"))
    }

    #[test]
    fn a_command_sees_the_environment_and_its_failure_is_told_without_what_it_printed() {
        assert_eq!(run("printf %s \"$NAME$HOME\"").as_deref(), Ok("value"));
        let table = [
            (
                "echo MARK; echo 'no MARK \u{1b}[2J' >&2; exit 3",
                "failed (exit status: 3): no •••• ^[[2J",
            ),
            ("exit 1", "failed (exit status: 1) and said nothing"),
            ("true", "printed nothing"),
            ("printf '\\377'", "printed something that is not UTF-8 text"),
            ("head -c 100000 /dev/zero", "printed more than 64 KiB"),
        ];
        for (command, reason) in table {
            assert_eq!(run(command).unwrap_err(), reason);
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("PATH", "/usr/bin:/bin")].into_iter().collect();
        let run = |limit, command| output_within(limit, command, &environment, folder.path());
        let made = run(LIMIT, "mkfifo alive && echo made");
        assert_eq!(made.as_deref(), Ok("made\n"));
        let fifo = folder.path().join("alive");
        let (sender, receiver) = mpsc::channel();
        // Reading ends when the last process that has it open for writing is gone.
        thread::spawn(move || sender.send(std::fs::read(fifo)));
        let hung = run(
            Duration::from_millis(300),
            "tail -f /dev/null > alive & wait",
        );
        assert_eq!(hung, Err(TIMED_OUT.to_owned()));
        let gone = receiver.recv_timeout(Duration::from_secs(10));
        assert_eq!(gone.unwrap().unwrap(), b"");
    }
}
