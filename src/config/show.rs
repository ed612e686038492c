//! `config show`: every setting and every secret's variable, masked, with its origin.

use std::collections::BTreeSet;

use super::Config;
use super::secret::{Form, LOGIN, SECRETS, file_path};
use super::setting::{MASK, Origin, Setting};
use super::words;

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
                value: words::NOT_SET.to_owned(),
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
