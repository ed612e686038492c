//! Secrets: from the environment, else from `.env`; each as `NAME`, `NAME_FILE` or `NAME_COMMAND`.
//!
//! They are fetched when they are needed and kept for the life of one configuration, so that a
//! command is asked once, and a corrected password counts as soon as everything is read again.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

use crate::error::{Error, Result};

use super::command;
use super::variables::{Found, Level, Variables};
use super::words;

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
    /// The password.
    pub password: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(…)")
    }
}

/// How a secret was given.
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

/// A variable that gives a secret.
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
        formatter.write_str("Vault(…)")
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
                let sentence = words::two_forms(&first.variable, &second.variable, &place);
                return Err(Error::config(sentence).hint("keep one of the two"));
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
        // Held while a command runs: whoever else needs the same secret waits for it.
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
        command::output(given.found.value, environment, given.found.base)
            .map(|text| without_newline(&text))
            .map_err(|reason| Error::config(words::secret_command(&given.variable, &reason)))
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

    /// The error that says where one of `names` may be set.
    pub fn missing(&self, purpose: &str, names: &[String]) -> Error {
        Error::config(words::secret_missing(purpose, names))
            .hint(words::where_to_set(&self.variables.dotenv))
    }
}

/// The path of a `NAME_FILE`.
pub(super) fn file_path(given: &Given<'_>) -> PathBuf {
    given.found.base.join(given.found.value)
}

fn read_file(given: &Given<'_>) -> Result<String> {
    let path = file_path(given);
    let refused = |reason| Error::config(words::secret_file(&given.variable, &path, reason));
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(command::LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| refused(words::UNREADABLE).because(error))?;
    if bytes.len() as u64 > command::LONGEST {
        return Err(refused("is longer than 64 KiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(words::NOT_TEXT))?;
    let text = without_newline(&text);
    if text.is_empty() {
        return Err(refused(words::IS_EMPTY));
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
}
