//! What was asked, and of whom: every error of a remote names it.

use std::fmt;

use reqwest::Method;
use url::Url;

use crate::text::{self, mask};

/// `GET https://dev.example/api/conf/users?page=4`: method and whole address, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    method: Method,
    address: String,
    host: String,
    port: Option<u16>,
}

impl Asked {
    /// What a request asks.
    pub fn of(method: &Method, url: &Url) -> Self {
        Self {
            method: method.clone(),
            address: text::scrub(&mask::address(url)),
            host: text::scrub(url.host_str().unwrap_or_default()),
            port: url.port_or_known_default(),
        }
    }

    /// A request that could not even be made.
    pub(super) fn nothing() -> Self {
        Self {
            method: Method::GET,
            address: "no address".to_owned(),
            host: String::new(),
            port: None,
        }
    }

    /// The host as the address names it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where a connection goes: `dev.example:443`.
    pub fn place(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The address, without secrets.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.address)
    }
}
