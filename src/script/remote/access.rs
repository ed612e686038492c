//! What we show a service: a token from the configuration, or one that it gave us.

use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::error::{Error, Result};

/// How a token is had.
#[derive(Debug)]
pub enum Access {
    /// It is configured.
    Token,
    /// By logging in.
    Login {
        /// `SCRIPT_API_USERNAME`.
        username: String,
        /// `SCRIPT_API_PASSWORD`.
        password: SecretString,
    },
}

/// What the configuration gives us: a token, or a name and a password. May run a command.
pub fn secrets(config: &Config) -> Result<(Access, Option<SecretString>)> {
    if let Some(token) = config.secret("SCRIPT_API_TOKEN")? {
        return Ok((Access::Token, Some(token)));
    }
    let Some(username) = config.secret("SCRIPT_API_USERNAME")? else {
        // Says that it is missing, and where it may be set.
        config.needed_secret("SCRIPT_API_TOKEN")?;
        return Err(Error::bug("a secret was there and was not"));
    };
    let access = Access::Login {
        username: username.expose_secret().to_owned(),
        password: config.needed_secret("SCRIPT_API_PASSWORD")?,
    };
    Ok((access, None))
}
