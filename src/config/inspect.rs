//! `config show`: every setting and every secret's variable, masked, with its origin. `config check`:
//! which parts are set up, and whether the secrets they need can be had.
//!
//! Looks at files and variables only; whether a database or a remote answers, `doctor` says.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret as _;

use super::Config;
use super::dapodik::Source;
use super::interface::Serve;
use super::script::Script;
use super::secret::{Form, LOGIN, SECRETS, SecretStore, file_path, suffix};
use super::setting::{Finding, Level, MASK, NOT_SET, Origin, Part, Setting};
use crate::error::{Error, Result};

impl Config {
    /// All settings in the order of the file, then the secrets. Runs no command.
    pub fn show(&self) -> Vec<Setting> {
        let mut settings = self.settings.clone();
        for name in SECRETS {
            settings.push(self.show_secret(name));
            if LOGIN.contains(&name) {
                let own = self.names_with_a_code(name);
                settings.extend(own.iter().map(|name| self.show_secret(name)));
            }
        }
        settings
    }

    fn show_secret(&self, name: &str) -> Setting {
        match self.secrets.given(name) {
            Ok(Some(given)) => Setting {
                value: match given.form {
                    Form::File => file_path(&given).display().to_string(),
                    Form::Value | Form::Command => MASK.to_owned(),
                },
                key: given.variable,
                origin: given.found.origin,
            },
            Ok(None) => Setting {
                key: name.to_owned(),
                value: NOT_SET.to_owned(),
                origin: Origin::Nowhere,
            },
            Err(error) => Setting {
                key: name.to_owned(),
                value: error.to_string(),
                origin: Origin::Nowhere,
            },
        }
    }

    /// The names set for single locations: `name` with a code behind.
    fn names_with_a_code(&self, name: &str) -> BTreeSet<String> {
        let with_code = self.secrets.variables.names().filter_map(|variable| {
            variable.strip_prefix(name)?.strip_prefix('_')?;
            let bare = variable
                .strip_suffix("_FILE")
                .or_else(|| variable.strip_suffix("_COMMAND"));
            Some(bare.unwrap_or(variable)).filter(|bare| *bare != name)
        });
        with_code.map(str::to_owned).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// They are run; each may take 10 s.
    Run,
    Skip,
}

/// Sets of secrets; one whole set is enough.
type Ways = &'static [&'static [&'static str]];

const PUSH: Ways = &[&["PIMPINAN_API_KEY"]];
const SERVICE: Ways = &[
    &["SCRIPT_API_TOKEN"],
    &["SCRIPT_API_USERNAME", "SCRIPT_API_PASSWORD"],
];
const BACKEND: Ways = &[
    &["EALUMNI_AUTH_TOKEN"],
    &["EALUMNI_API_KEY"],
    &["EALUMNI_USERNAME", "EALUMNI_PASSWORD"],
];
const PORTAL: Ways = &[&["DAPODIK_USERNAME", "DAPODIK_PASSWORD", "DAPODIK_API_KEY"]];
const SERVE: Ways = &[&["SERVE_JWT_SECRET"], &["SERVE_API_KEY"]];

impl Config {
    /// Everything there is to say about this configuration; [`Level::Problem`] where something
    /// that is set up will not work.
    pub fn check(&self, commands: Commands) -> Vec<Finding> {
        let mut check = Check {
            secrets: &self.secrets,
            commands,
            findings: self.warnings.clone(),
        };
        if self.file.is_none() {
            let usual = self.usual_file.display();
            let text = format!("there is no config file; it would be {usual}");
            check.findings.push(
                Finding::skipped(text).hint(
                    "`selaras config init` writes one, `selaras demo` shows everything without",
                ),
            );
        }
        check.users(self);
        if check.part("pimpinan", &self.pimpinan, |push| push.url.to_string()) {
            check.secrets("pimpinan", PUSH, Level::Problem);
        }
        if check.part("script", &self.script, script_detail)
            && matches!(self.script, Part::Ready(Script::Remote(_)))
        {
            check.secrets("script", SERVICE, Level::Problem);
        }
        check.part("dapodik", &self.dapodik, |dapodik| {
            source_detail(&dapodik.source)
        });
        if let Part::Ready(dapodik) = &self.dapodik {
            let ways = match dapodik.source {
                Source::Remote { .. } => BACKEND,
                Source::Portal { .. } => PORTAL,
            };
            check.secrets("dapodik", ways, Level::Problem);
        }
        check.secrets("serve", SERVE, Level::Skipped);
        check.strength(&self.serve);
        check.findings
    }
}

fn script_detail(script: &Script) -> String {
    match script {
        Script::Local(local) => local.path.display().to_string(),
        Script::Remote(remote) => format!("{}{}", remote.url, remote.prefix),
    }
}

fn source_detail(source: &Source) -> String {
    match source {
        Source::Remote { url, .. } => url.to_string(),
        Source::Portal { portal, database } => {
            format!("{} → {}", portal.base_url, database.target_name())
        }
    }
}

struct Check<'a> {
    secrets: &'a SecretStore,
    commands: Commands,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn part<T>(&mut self, name: &str, part: &Part<T>, detail: impl Fn(&T) -> String) -> bool {
        let finding = match part {
            Part::Ready(settings) => {
                Finding::note(format!("{name} is set up: {}", detail(settings)))
            }
            // Left alone is well; a key that waits for its variable was meant to work.
            Part::NotSetUp(problem) => {
                let begun = problem
                    .missing
                    .iter()
                    .any(|missing| missing.variable.is_some());
                let level = if begun {
                    Level::Problem
                } else {
                    Level::Skipped
                };
                finding_of(&problem.error(), level)
            }
        };
        self.findings.push(finding);
        part.problem().is_none()
    }

    fn users(&mut self, config: &Config) {
        self.part("users", &config.users, |users| users.database.target_name());
        let Part::Ready(users) = &config.users else {
            return;
        };
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for location in &users.locations {
            for name in LOGIN {
                let names = SecretStore::names_for(name, &location.code);
                let found = self.fetch_first(&names);
                self.judge(&location.name, found, &names, Level::Problem);
            }
            let Some(suffix) = suffix(&location.code) else {
                continue;
            };
            if let Some(first) = owners.insert(suffix.clone(), &location.code) {
                let second = &location.code;
                let text =
                    format!("the locations {first} and {second} share the variables …_{suffix}");
                self.findings.push(Finding::warning(text).hint(
                    "each would be logged in to with the other's password; change one of the two \
                     codes",
                ));
            }
        }
        if users.locations.is_empty() {
            // The locations stand in the database; each may still have variables of its own.
            for name in LOGIN {
                let names = [name.to_owned()];
                let found = self.fetch_first(&names);
                self.judge("users", found, &names, Level::Warning);
            }
        }
    }

    /// Whether one of `ways` is there; if not, a finding of `level`.
    fn secrets(&mut self, purpose: &'static str, ways: Ways, level: Level) {
        let names: Vec<String> = ways.iter().map(|way| way.join(" + ")).collect();
        let mut found = Ok(false);
        for way in ways {
            found = self.fetch_all(way);
            if !matches!(found, Ok(false)) {
                break;
            }
        }
        self.judge(purpose, found, &names, level);
    }

    /// Whether the secrets of our own server are long enough, as far as they are known by now.
    fn strength(&mut self, serve: &Serve) {
        for name in ["SERVE_JWT_SECRET", "SERVE_API_KEY"] {
            if !matches!(self.fetch(name), Ok(true)) {
                continue;
            }
            let skipped = self.commands == Commands::Skip
                && matches!(self.secrets.given(name), Ok(Some(given)) if given.form == Form::Command);
            if let (false, Ok(Some(secret))) = (skipped, self.secrets.secret(name)) {
                // Blanks around a header's value are cut off on the way, so they count for no key.
                let secret = secret.expose_secret();
                let length = match name {
                    "SERVE_API_KEY" => secret.trim().len(),
                    _ => secret.len(),
                };
                self.findings.extend(serve.weakness(name, length));
            }
        }
    }

    fn judge(&mut self, purpose: &str, found: Result<bool>, names: &[String], level: Level) {
        let error: Error = match found {
            Ok(true) => return,
            Ok(false) => self.secrets.missing(purpose, names),
            Err(error) => {
                self.findings.push(finding_of(&error, Level::Problem));
                return;
            }
        };
        self.findings.push(finding_of(&error, level));
    }

    fn fetch_all(&mut self, names: &[&str]) -> Result<bool> {
        for name in names {
            if !self.fetch(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fetch_first(&mut self, names: &[String]) -> Result<bool> {
        for name in names {
            if self.fetch(name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fetch(&mut self, name: &str) -> Result<bool> {
        let Some(given) = self.secrets.given(name)? else {
            return Ok(false);
        };
        if given.form == Form::Command && self.commands == Commands::Skip {
            let variable = &given.variable;
            self.note_once(Finding::skipped(format!(
                "{variable} is set; the command was not run"
            )));
            return Ok(true);
        }
        if given.form == Form::File {
            let content = format!("the secret of {}", given.variable);
            if let Some(warning) = super::open_to_all(&file_path(&given), &content) {
                self.note_once(warning);
            }
        }
        Ok(self.secrets.secret(name)?.is_some())
    }

    fn note_once(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

fn finding_of(error: &Error, level: Level) -> Finding {
    Finding {
        level,
        text: error.chain(),
        hint: error.advice().map(str::to_owned),
    }
}
